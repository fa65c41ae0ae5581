#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "library/build_lock.h"
#include "library/library.h"

namespace glimpse::app {

/// A generation in the making, as people and programs are told of it.
struct BuildProgress {
  library::Generation generation;
  std::int64_t vectors = 0;
  std::int64_t pictures = 0;                        ///< That are to have one.
  std::optional<library::BuildState> running = {};  ///< None: interrupted.
};

/// The one that is being built now, else the latest that was begun and not finished; nothing when there is none.
/// `pictures`: how many the library has.
Result<std::optional<BuildProgress>> build_progress(const library::Library& library, std::int64_t pictures);

/// One line, as "openai/clip-vit-base-patch32: 640 of 1,803 pictures embedded, 41.5/s, 28 s left (process 4711)".
std::string described(const BuildProgress& progress);

/// Where `glimpse model use --background` writes what it has to say.
std::filesystem::path build_log(const std::filesystem::path& library_directory);

}  // namespace glimpse::app
