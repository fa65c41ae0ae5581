#pragma once

#include <memory>

#include "base/result.h"
#include "flags.h"
#include "library/library.h"

namespace glimpse::app {

/// Opens the library for writing. When another process is writing, says so on standard error and waits for it for some
/// seconds: those who write in turns are soon done. Errors: Library::open's.
Result<std::unique_ptr<library::Library>> open_to_write(const CommonFlags& common, library::OpenOptions options = {});

}  // namespace glimpse::app
