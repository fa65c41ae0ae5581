#include "library/index_cache.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>

#include "base/file.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

constexpr auto kStrayAfter = std::chrono::hours(1);

fs::path directory_of(const Library& library) { return library.cache_directory() / "index"; }

/// Files of generations that are no more, and temporary ones that a crash left.
void remove_stale(const Library& library) {
  const auto generations = library.generations();
  if (!generations) return;
  std::error_code error;
  for (auto entry = fs::directory_iterator(directory_of(library), error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    std::error_code gone;  // another program may remove files at the same time
    const bool stray =
        name.ends_with(".tmp") && fs::file_time_type::clock::now() - entry->last_write_time(gone) > kStrayAfter;
    const bool known = std::any_of(generations->begin(), generations->end(), [&](const Generation& generation) {
      return name.starts_with(std::to_string(generation.id.value) + ".");
    });
    if (!gone && (stray || !known)) fs::remove(entry->path(), gone);
  }
}

}  // namespace

fs::path index_file_path(const Library& library, GenerationId generation, index::IndexKind kind) {
  return directory_of(library) / fmt::format("{}.{}.index", generation.value, index::name_of(kind));
}

Result<void> write_index_file(const Library& library, GenerationId generation, index::IndexKind kind,
                              const index::IndexSource& source, const index::IndexContents& contents) {
  std::error_code error;
  fs::create_directories(directory_of(library), error);
  if (error) return Error::io("{}: cannot create: {}", display(directory_of(library)), error.message());
  remove_stale(library);
  return index::save_index(index_file_path(library, generation, kind), source, contents);
}

}  // namespace glimpse::library
