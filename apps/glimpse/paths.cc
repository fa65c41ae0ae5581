#include "paths.h"

#include <cstdlib>
#include <system_error>

namespace glimpse::app {
namespace {

std::filesystem::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

// As the XDG base directory specification has it: the variable counts when it is absolute.
std::filesystem::path xdg_directory(const char* variable, const char* below_home, const char* without_home) {
  if (const auto directory = from_environment(variable); directory.is_absolute()) return directory / "glimpse";
  const auto home = from_environment("HOME");
  return (home.empty() ? std::filesystem::path(without_home) : home / below_home) / "glimpse";
}

// What is installed beside the program; empty when the program's place is unknown.
std::filesystem::path shared_directory() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path().parent_path() / "share/glimpse";
}

}  // namespace

std::filesystem::path default_library() { return xdg_directory("XDG_DATA_HOME", ".local/share", "/var/lib"); }

std::filesystem::path cache_directory() {
  if (const auto cache = from_environment("GLIMPSE_CACHE"); !cache.empty()) return cache;
  return xdg_directory("XDG_CACHE_HOME", ".cache", "/var/cache");
}

std::filesystem::path model_store() {
  if (const auto store = from_environment("GLIMPSE_MODELS"); !store.empty()) return store;
  return default_library() / "models";
}

std::vector<std::filesystem::path> model_directories() {
  std::vector<std::filesystem::path> directories = {model_store()};
  if (const auto shared = shared_directory(); !shared.empty()) directories.push_back(shared / "models");
  return directories;
}

std::filesystem::path clip_merges() { return shared_directory() / "bpe_simple_vocab_16e6.txt.gz"; }

std::filesystem::path goldens_directory() { return shared_directory() / "goldens"; }

}  // namespace glimpse::app
