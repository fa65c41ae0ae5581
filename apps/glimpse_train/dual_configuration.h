#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace glimpse::app {

/// glimpse.json of a dual encoder's directory (docs/models/dual.md). Errors: not_found; corruption.
Result<nlohmann::ordered_json> read_dual_configuration(const std::filesystem::path& model);

/// Writes it beside the weights of a model that was trained, by that model's name, with the sizes and hashes that its
/// files have there; those that are not there (what was measured of the original) are listed no more. Errors: io.
Result<void> write_dual_configuration(nlohmann::ordered_json configuration, const std::string& name,
                                      const std::filesystem::path& directory);

}  // namespace glimpse::app
