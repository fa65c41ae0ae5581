#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace glimpse::app {

/// The model that is used when nobody names one.
inline constexpr const char* kDefaultModel = "glimpse-small";

struct StoredModel {
  std::string name;  ///< As given, "openai/clip-vit-base-patch32".
  std::filesystem::path directory;
};

/// Models at hand, each name once (an added model hides one of the same name installed with the program).
std::vector<StoredModel> stored_models();

/// A name from stored_models(), a directory, or a .pt archive. Errors: not_found, saying what there is.
Result<StoredModel> find_model(const std::string& name_or_directory);

/// Copies a model's directory, or its archive, into the store under `name`, whole or not at all. Errors:
/// already_exists, io.
Result<StoredModel> store_model(const std::filesystem::path& source, const std::string& name);

}  // namespace glimpse::app
