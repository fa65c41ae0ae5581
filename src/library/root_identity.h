#pragma once

#include <filesystem>
#include <string>

namespace glimpse::library {

/// Names the directory that is at `root` now and what is mounted below it: another text when the directory was
/// replaced, or something was mounted or unmounted there. Empty when there is no directory.
std::string root_identity(const std::filesystem::path& root);

/// Whether other machines, or programs past this kernel, can change what lies there without it noticing (NFS, SMB,
/// FUSE, 9P and the like).
bool changes_unseen(const std::filesystem::path& root);

}  // namespace glimpse::library
