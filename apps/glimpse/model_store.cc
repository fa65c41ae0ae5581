// A model is a folder of the store named after it; "/" is written "--", as the hub's own cache does.
#include "model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "hub/model_name.h"
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
  const std::string here = names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
  const auto known = hub::resolve(wanted);
  if (!known) return Error::not_found("no model '{}': there is {}; {}", wanted, here, known.error().message());
  return Error::not_found("no model '{}': there is {}; 'glimpse model add {}' downloads it", wanted, here, wanted);
}

/// `.NAME.new` is what a model is called while it is being written.
Result<void> check_finished(const fs::path& directory) {
  const std::string name = directory.filename().native();
  if (!name.starts_with('.') || !name.ends_with(".new")) return {};
  return Error::invalid_argument(
      "{}: a model that was not finished: what was writing it still does, or was stopped and leaves it behind: go on "
      "with that (--resume), or remove it",
      display(directory));
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

Result<std::string> clean_name(std::string_view name) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const auto first = name.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return Error::invalid_argument("a model's name is empty: 'glimpse model list'");
  name = name.substr(first, name.find_last_not_of(kSpaces) - first + 1);
  const auto control = std::ranges::find_if(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control == name.end()) return std::string(name);
  return Error::invalid_argument("model name '{}': expected no control characters, got byte {:#04x} at {}",
                                 display(fs::path(name)), static_cast<unsigned char>(*control), control - name.begin());
}

Result<StoredModel> find_model(const std::string& given) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string name_or_directory, clean_name(given));
  std::error_code ignored;
  const auto models = stored_models();
  const auto by_name = [&](const std::string& name) { return std::ranges::find(models, name, &StoredModel::name); };
  if (const auto found = by_name(name_or_directory); found != models.end()) return *found;
  if (const fs::path path = name_or_directory; fs::is_directory(path, ignored) || path.extension() == ".pt") {
    const fs::path absolute = fs::canonical(path, ignored);
    if (!ignored) {
      GLIMPSE_RETURN_IF_ERROR(check_finished(absolute));
      return StoredModel{(fs::is_directory(absolute) ? absolute.filename() : absolute.stem()).string(), absolute};
    }
  }
  if (const auto known = hub::resolve(name_or_directory)) {
    if (const auto found = by_name(known->repository); found != models.end()) return *found;
  }
  return not_found(name_or_directory);
}

Result<void> check_name_is_free(const std::string& name) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string clean, clean_name(name));
  if (clean != name) return Error::invalid_argument("model name '{}': expected no spaces around it", name);
  const fs::path target = model_store() / folder_of(name);
  std::error_code ignored;
  if (fs::symlink_status(target, ignored).type() == fs::file_type::not_found) return {};
  return Error::already_exists("model '{}' is already in {}: remove it first, or add under another --name", name,
                               display(target));
}

Result<StoredModel> store_model(const fs::path& source, const std::string& name) {
  GLIMPSE_RETURN_IF_ERROR(check_name_is_free(name));
  const fs::path fresh = incoming_directory(name);
  std::error_code error;
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  if (!error) copy_model(source, fresh, error);
  if (!error) return admit_model(name);
  const std::string reason = error.message();
  fs::remove_all(fresh, error);
  return Error::io("cannot copy {} to {}: {}", display(source), display(fresh), reason);
}

Result<StoredModel> link_model(const fs::path& directory, const std::string& name) {
  GLIMPSE_RETURN_IF_ERROR(check_name_is_free(name));
  const fs::path target = model_store() / folder_of(name);
  std::error_code error;
  fs::create_directories(model_store(), error);
  fs::create_directory_symlink(directory, target, error);
  if (error) return Error::io("{}: {}", display(target), error.message());
  return StoredModel{name, target};
}

fs::path incoming_directory(const std::string& name) { return model_store() / ("." + folder_of(name) + ".new"); }

Result<StoredModel> admit_model(const std::string& name) {
  GLIMPSE_RETURN_IF_ERROR(check_name_is_free(name));
  const fs::path target = model_store() / folder_of(name);
  std::error_code error;
  fs::rename(incoming_directory(name), target, error);
  if (error) return Error::io("{}: {}", display(target), error.message());
  return StoredModel{name, target};
}

Result<void> remove_model(const StoredModel& model) {
  const fs::path target = model_store() / folder_of(model.name);
  std::error_code error;
  if (model.directory != target || fs::symlink_status(target, error).type() == fs::file_type::not_found) {
    return Error::invalid_argument("'{}' is not in the store {}: it is {}", model.name, display(model_store()),
                                   display(model.directory));
  }
  // First out of sight, whole; then gone.
  const fs::path doomed = model_store() / ("." + folder_of(model.name) + ".removed");
  fs::remove_all(doomed, error);
  fs::rename(target, doomed, error);
  if (!error) fs::remove_all(doomed, error);
  if (error) return Error::io("{}: {}", display(target), error.message());
  return {};
}

}  // namespace glimpse::app
