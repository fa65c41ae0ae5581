#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace glimpse {

/// The secret in a file, such as one under /run/secrets: its text without the line end that editors and echo put there.
/// Errors: not_found, io; invalid_argument when it is empty, has more than one line, or is no regular file;
/// resource_exhausted over 64 KiB. Messages name the file, never what is in it.
Result<std::string> read_secret(const std::filesystem::path& file);

/// A secret of the environment: the variable `name`, or the file that `name`_FILE names; empty when neither is set.
/// A variable that is set to nothing counts as not set, as in "NAME=${NAME:-}" of a compose file.
/// Errors: invalid_argument when both are set; read_secret's, naming the variable.
Result<std::string> secret_from_environment(const std::string& name);

}  // namespace glimpse
