#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::app {

/// What is used when nobody names a model.
inline constexpr const char* kDefaultModel = "glimpse-small";

struct StoredModel {
  std::string name;  ///< "glimpse-small"
  std::filesystem::path directory;
};

/// Models in the store and beside the program, by name.
std::vector<StoredModel> stored_models();

/// A name without the spaces around it, as they come from files and scripts. Errors: invalid_argument (nothing is left;
/// a control character, which no name has).
Result<std::string> clean_name(std::string_view name);

/// A name from stored_models(), another spelling of it (hub/model_name.h), a directory, or a .pt archive.
/// Errors: not_found, saying what there is and what would add it.
Result<StoredModel> find_model(const std::string& name_or_directory);

/// Errors: already_exists, when the store has a model of that name; invalid_argument, when it is no clean name.
Result<void> check_name_is_free(const std::string& name);

/// Copies a model's directory, or its archive, into the store under `name`, whole or not at all.
/// Errors: already_exists, io.
Result<StoredModel> store_model(const std::filesystem::path& source, const std::string& name);

/// Puts a link to a model that lies elsewhere into the store. Errors: as store_model.
Result<StoredModel> link_model(const std::filesystem::path& directory, const std::string& name);

/// Where a model comes together before it has its name: not listed, and kept between attempts.
std::filesystem::path incoming_directory(const std::string& name);
/// Gives a whole incoming directory its name. Errors: as store_model.
Result<StoredModel> admit_model(const std::string& name);

/// Takes a model, or the link to it, out of the store. Errors: invalid_argument (not in the store: a directory, or a
/// model that comes with the program); io.
Result<void> remove_model(const StoredModel& model);

}  // namespace glimpse::app
