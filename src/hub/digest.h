#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace glimpse::hub {

/// SHA-256 of a file's bytes, 64 hexadecimal digits: how the hub names large files. Errors: not_found, io.
Result<std::string> sha256_of(const std::filesystem::path& file);

/// What git names a file by, 40 hexadecimal digits: SHA-1 over "blob <size>\0" and the bytes. Errors: as above.
Result<std::string> git_blob_of(const std::filesystem::path& file);

}  // namespace glimpse::hub
