#include "care/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/utf8.h"

namespace glimpse::care {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;

Manifest manifest_from(const ordered_json& json) {
  Manifest m;
  m.glimpse_version = json.at("glimpse").get<std::string>();
  m.created_at = json.at("created_at").get<std::string>();
  m.schema = json.at("schema").get<std::int64_t>();
  m.pictures = json.at("pictures").get<std::int64_t>();
  m.failures = json.at("failed").get<std::int64_t>();
  m.vectors = json.at("vectors").get<std::int64_t>();
  m.captions = json.at("captions").get<std::int64_t>();
  m.judgments = json.value("judgments", std::int64_t{0});  // older backups had none
  m.database_bytes = json.at("database_bytes").get<std::uint64_t>();
  for (const auto& folder : json.at("folders")) {
    m.folders.push_back({folder.at("path").get<std::string>(), folder.at("pictures").get<std::int64_t>()});
  }
  for (const auto& model : json.at("models")) {
    m.models.push_back({model.at("name").get<std::string>(), model.at("fingerprint").get<std::string>(),
                        model.at("dimension").get<std::int64_t>(), model.at("state").get<std::string>(),
                        model.at("vectors").get<std::int64_t>(), model.at("directory").get<std::string>()});
  }
  return m;
}

}  // namespace

Result<Manifest> describe(const library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(const library::Inventory inventory, library.inventory());
  Manifest m;
  m.schema = inventory.schema;
  m.failures = inventory.failures;
  m.captions = inventory.captions;
  m.judgments = inventory.judgments;
  for (const auto& root : inventory.roots) {
    m.pictures += root.count;
    m.folders.push_back({display(root.item.path), root.count});
  }
  for (const auto& generation : inventory.generations) {
    m.vectors += generation.count;
    m.models.push_back({valid_utf8(generation.item.model), valid_utf8(generation.item.fingerprint),
                        generation.item.dimension, std::string(name_of(generation.item.state)), generation.count,
                        display(generation.item.model_directory)});
  }
  return m;
}

std::string to_json(const Manifest& m) {
  ordered_json folders = ordered_json::array(), models = ordered_json::array();
  for (const auto& folder : m.folders) folders.push_back({{"path", folder.path}, {"pictures", folder.pictures}});
  for (const auto& model : m.models) {
    models.push_back({{"name", model.name},
                      {"fingerprint", model.fingerprint},
                      {"dimension", model.dimension},
                      {"state", model.state},
                      {"vectors", model.vectors},
                      {"directory", model.directory}});
  }
  const ordered_json json = {{"format", kFormat},
                             {"glimpse", m.glimpse_version},
                             {"created_at", m.created_at},
                             {"schema", m.schema},
                             {"pictures", m.pictures},
                             {"failed", m.failures},
                             {"vectors", m.vectors},
                             {"captions", m.captions},
                             {"judgments", m.judgments},
                             {"database_bytes", m.database_bytes},
                             {"folders", std::move(folders)},
                             {"models", std::move(models)}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text, const std::filesystem::path& file) {
  const auto json = ordered_json::parse(text, nullptr, false);
  const auto format = json.is_object() ? json.find("format") : json.end();
  if (!json.is_object() || format == json.end() || !format->is_number_integer()) {
    return Error::corruption("{}: expected the manifest of a backup, in JSON", display(file));
  }
  if (*format != kFormat) {
    return Error::unsupported("{}: format {}, this build knows {}: update glimpse", display(file), format->dump(),
                              kFormat);
  }
  try {
    return manifest_from(json);
  } catch (const nlohmann::json::exception& error) {
    return Error::corruption("{}: expected the manifest of a backup: {}", display(file), error.what());
  }
}

std::string differences(const Manifest& manifest, const Manifest& counted) {
  std::string text;
  const auto compare = [&](const char* what, std::int64_t promised, std::int64_t found) {
    if (promised == found) return;
    text +=
        fmt::format("{}{}: {} in the manifest, {} in the database", text.empty() ? "" : "; ", what, promised, found);
  };
  compare("schema", manifest.schema, counted.schema);
  compare("pictures", manifest.pictures, counted.pictures);
  compare("failures", manifest.failures, counted.failures);
  compare("vectors", manifest.vectors, counted.vectors);
  compare("captions", manifest.captions, counted.captions);
  compare("judgments", manifest.judgments, counted.judgments);
  compare("folders", static_cast<std::int64_t>(manifest.folders.size()),
          static_cast<std::int64_t>(counted.folders.size()));
  compare("models", static_cast<std::int64_t>(manifest.models.size()),
          static_cast<std::int64_t>(counted.models.size()));
  return text;
}

}  // namespace glimpse::care
