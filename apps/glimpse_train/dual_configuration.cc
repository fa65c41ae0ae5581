#include "dual_configuration.h"

#include "base/file.h"
#include "hub/digest.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::uint64_t kMaxConfigurationBytes = 1 << 20;
constexpr const char* kConfiguration = "glimpse.json";

}  // namespace

Result<ordered_json> read_dual_configuration(const fs::path& model) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(model / kConfiguration, kMaxConfigurationBytes));
  auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || !json.value("heads", ordered_json()).is_string()) {
    return Error::corruption("{}: expected JSON with \"heads\"", display(model / kConfiguration));
  }
  return json;
}

Result<void> write_dual_configuration(ordered_json configuration, const std::string& name, const fs::path& directory) {
  configuration["name"] = name;
  if (configuration.contains("files")) {
    auto& files = configuration["files"];
    std::error_code ignored;
    for (auto it = files.begin(); it != files.end();) {
      const fs::path file = directory / it.key();
      if (!fs::exists(file, ignored)) {
        it = files.erase(it);
        continue;
      }
      GLIMPSE_ASSIGN_OR_RETURN(const std::string digest, hub::sha256_of(file));
      it.value() = {{"sha256", digest}, {"size", fs::file_size(file, ignored)}};
      ++it;
    }
  }
  return write_file_atomically(directory / kConfiguration, configuration.dump(2) + "\n");
}

}  // namespace glimpse::app
