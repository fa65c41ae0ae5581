#pragma once

#include <filesystem>

#include "base/result.h"
#include "care/manifest.h"

namespace glimpse::care {

struct Restored {
  Manifest manifest;
  std::filesystem::path set_aside;  ///< Where the library lies that was there before; empty: there was none.
};

/// Puts the library of a backup into the directory `library`, in one step: a crash at any moment leaves the old library
/// or the new one. The backup's copy is verified (verify_backup) where it will lie, before anything is replaced. A
/// library that is there is kept, under the name that is returned; without `replace` it is an error. What else lies in
/// the directory stays, but for its caches. Programs that have the old library open must be started again.
/// Errors: those of verify_backup; already_exists; unavailable, when another process writes to the library or reads it
/// at this moment; io, resource_exhausted. After an error the old library is as it was.
Result<Restored> restore(const std::filesystem::path& backup, const std::filesystem::path& library, bool replace);

}  // namespace glimpse::care
