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
  for (const char* file : {"glimpse.json", "config.json", "open_clip_config.json"}) {
    if (fs::exists(directory / file, ignored)) return true;
  }
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() == ".pt") return true;
  }
  return false;
}

// A Hugging Face cache is made of links: what they point to is copied. An archive may have its merges beside it.
void copy_model(const fs::path& source, const fs::path& target, std::error_code& error) {
  if (!fs::is_regular_file(source)) return fs::copy(source, target, fs::copy_options::recursive, error);
  fs::copy(source, target / source.filename(), error);
  const fs::path merges = source.parent_path() / clip_merges().filename();
  if (!error && fs::exists(merges)) fs::copy(merges, target / merges.filename(), error);
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
  if (const fs::path path = name_or_directory; fs::is_directory(path, ignored) || path.extension() == ".pt") {
    const fs::path absolute = fs::canonical(path, ignored);
    if (!ignored)
      return StoredModel{(fs::is_directory(absolute) ? absolute.filename() : absolute.stem()).string(), absolute};
  }
  return not_found(name_or_directory);
}

Result<StoredModel> store_model(const fs::path& source, const std::string& name) {
  const fs::path target = model_store() / folder_of(name);
  std::error_code error;
  if (fs::exists(target, error)) {
    return Error::already_exists("model '{}' is already in {}: remove it first, or add under another --name", name,
                                 display(target));
  }
  const fs::path fresh = model_store() / ("." + folder_of(name) + ".new");
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  if (!error) copy_model(source, fresh, error);
  if (!error) fs::rename(fresh, target, error);
  if (error) {
    const std::string reason = error.message();
    fs::remove_all(fresh, error);
    return Error::io("cannot copy {} to {}: {}", display(source), display(target), reason);
  }
  return StoredModel{name, target};
}

}  // namespace glimpse::app
