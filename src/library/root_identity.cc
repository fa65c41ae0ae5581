#include "library/root_identity.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <system_error>

#include "library/scan_part.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

/// /proc/self/mountinfo: "36 35 98:0 /mnt1 /mnt2 rw,noatime …": the mount's id is first, where it is mounted fifth.
/// Spaces in names are written \040; such a mount below a root is noticed all the same unless the root has some too.
std::string mounts_below(const fs::path& root) {
  std::ifstream table("/proc/self/mountinfo");
  std::string mounts;
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, inside, place;
    if (!(fields >> id >> parent >> device >> inside >> place)) continue;
    if (place != root.native() && is_within(place, root.native())) mounts += fmt::format(" {}:{}", id, place);
  }
  return mounts;
}

}  // namespace

std::string root_identity(const fs::path& root) {
  struct stat info{};
  if (::stat(root.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return {};
  std::error_code error;
  const fs::path real = fs::canonical(root, error);
  return fmt::format("{}:{}{}", info.st_dev, info.st_ino, error ? std::string() : mounts_below(real));
}

bool changes_unseen(const fs::path& root) {
  static constexpr std::array<std::int64_t, 8> kRemote = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x65735546,  // FUSE
      0x01021997,  // 9P
      0x00C36400,  // Ceph
      0x5346414F,  // AFS
  };
  struct statfs info{};
  if (::statfs(root.c_str(), &info) != 0) return false;
  const auto type = static_cast<std::int64_t>(info.f_type) & 0xFFFFFFFF;
  return std::ranges::find(kRemote, type) != kRemote.end();
}

}  // namespace glimpse::library
