#include <fmt/format.h>

#include "base/file.h"
#include "care/checks.h"
#include "hub/manifest.h"

namespace glimpse::care {
namespace {

/// Severity and advice for a generation whose model is not as it was.
Finding about(const library::Generation& generation, Severity severity, std::string what, std::string why) {
  const bool active = generation.state == library::GenerationState::kActive;
  return {active ? severity : Severity::kNote,
          "model",
          generation.model_directory,
          std::move(what),
          std::move(why),
          active ? fmt::format("searching needs it: 'glimpse model add {0}' fetches it again, 'glimpse model use NAME' "
                               "changes to another",
                               generation.model)
                 : "needed only to go back to it"};
}

void check_bytes(const library::Generation& generation, Findings& findings) {
  const auto manifest = hub::read_manifest(generation.model_directory);
  if (!manifest) {
    if (manifest.error().code() == ErrorCode::kNotFound) return;  // never downloaded: nothing to compare with
    findings.push_back(about(generation, Severity::kDamage, "a damaged manifest", manifest.error().message()));
    return;
  }
  const auto verified = hub::verify(*manifest, generation.model_directory);
  if (verified) return;
  findings.push_back(about(generation, Severity::kDamage, fmt::format("model '{}' is damaged", generation.model),
                           verified.error().message()));
}

void check_model(const library::Generation& generation, const ExamineOptions& options, Findings& findings) {
  const auto model = models::open_dual_encoder(generation.model_directory, options.models);
  if (!model) {
    const bool damaged = model.error().code() == ErrorCode::kCorruption;
    findings.push_back(about(generation, damaged ? Severity::kDamage : Severity::kWarning,
                             fmt::format("model '{}' cannot be opened", generation.model), model.error().message()));
    return;
  }
  if (const auto& found = (*model)->info().fingerprint; found != generation.fingerprint) {
    findings.push_back(
        about(generation, Severity::kWarning, fmt::format("model '{}' is another one by now", generation.model),
              fmt::format("the library's vectors were made by {}, the files are {}", generation.fingerprint, found)));
  }
  if (options.full || options.repair) check_bytes(generation, findings);
}

}  // namespace

void check_models(const library::Library& library, const ExamineOptions& options, Findings& findings) {
  const auto generations = library.generations();
  if (!generations) return;  // said by the check of the library
  for (const auto& generation : *generations) check_model(generation, options, findings);
}

}  // namespace glimpse::care
