// A model is a folder of the store named after it; "/" is written "--", as the hub's own cache does.
#include "model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "paths.h"

namespace glimpse::app {
namespace fs = std::filesystem;
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string folder_of(const std::string& name) { return replaced(name, "/", "--"); }
std::string name_of_folder(const std::string& folder) { return replaced(folder, "--", "/"); }

bool is_model_directory(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "glimpse.json", ignored) || fs::exists(directory / "config.json", ignored);
}

Error not_found(const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& model : stored_models()) names.push_back(model.name);
  return Error::not_found("no model '{}': there is {}; 'glimpse model add DIRECTORY' adds one", wanted,
                          names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

}  // namespace

std::vector<StoredModel> stored_models() {
  std::vector<StoredModel> models;
  for (const auto& store : model_directories()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(store, ignored)) {
      const std::string folder = entry.path().filename().string();
      if (folder.starts_with('.') || folder.ends_with(".new") || !is_model_directory(entry.path())) continue;
      const std::string name = name_of_folder(folder);
      if (std::ranges::none_of(models, [&](const auto& known) { return known.name == name; })) {
        models.push_back({name, entry.path()});
      }
    }
  }
  std::ranges::sort(models, {}, &StoredModel::name);
  return models;
}

Result<StoredModel> find_model(const std::string& name_or_directory) {
  std::error_code ignored;
  for (const auto& model : stored_models()) {
    if (model.name == name_or_directory) return model;
  }
  if (const fs::path directory = name_or_directory; fs::is_directory(directory, ignored)) {
    const fs::path absolute = fs::canonical(directory, ignored);
    return StoredModel{absolute.filename().string(), absolute};
  }
  return not_found(name_or_directory);
}

Result<StoredModel> store_model(const fs::path& directory, const std::string& name) {
  const fs::path target = model_store() / folder_of(name);
  std::error_code error;
  if (fs::exists(target, error)) {
    return Error::already_exists("model '{}' is already in {}: remove it first, or add under another --name", name,
                                 display(target));
  }
  const fs::path fresh = model_store() / ("." + folder_of(name) + ".new");
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  // A Hugging Face cache is made of links: copy what they point to.
  if (!error) fs::copy(directory, fresh, fs::copy_options::recursive, error);
  if (!error) fs::rename(fresh, target, error);
  if (error) {
    const std::string reason = error.message();
    fs::remove_all(fresh, error);
    return Error::io("cannot copy {} to {}: {}", display(directory), display(target), reason);
  }
  return StoredModel{name, target};
}

}  // namespace glimpse::app
