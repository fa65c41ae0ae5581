// A process is in one group of each hierarchy: /proc/self/cgroup names it by its path in the hierarchy. Where the
// hierarchy is seen in the file system, and which part of it, is in /proc/self/mountinfo: a container often sees its
// own group only, mounted as if it were the root. A limit of any group above binds as well, so the way up is walked to
// the mount point.
#include "base/cgroup.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace glimpse {
namespace {

namespace fs = std::filesystem;

/// One hierarchy as it is mounted.
struct Mount {
  fs::path shown;  ///< The group that is seen at `point`: "/" for the whole hierarchy.
  fs::path point;
  bool unified = false;  ///< Version 2.
  std::string options;   ///< ",rw,cpu,cpuacct,": of version 1, its controllers.

  bool has(const std::string& controller) const { return options.find("," + controller + ",") != options.npos; }
};

std::vector<Mount> cgroup_mounts(const fs::path& system_root) {
  std::vector<Mount> mounts;
  std::ifstream file(system_root / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    // 36 35 98:0 /shown /point rw,noatime shared:1 - type source rw,options
    const auto dash = line.find(" - ");
    if (dash == line.npos) continue;
    std::istringstream before(line.substr(0, dash));
    std::istringstream after(line.substr(dash + 3));
    std::string skipped, shown, point, type, source, options;
    before >> skipped >> skipped >> skipped >> shown >> point;
    after >> type >> source >> options;
    if (type != "cgroup" && type != "cgroup2") continue;
    mounts.push_back({.shown = shown, .point = point, .unified = type == "cgroup2", .options = "," + options + ","});
  }
  return mounts;
}

/// The path of this process's group in the hierarchy that has the controller; "" when there is none.
std::string group_path(const fs::path& system_root, bool unified, const std::string& controller) {
  std::ifstream file(system_root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1
    const auto first = line.find(':');
    const auto second = line.find(':', first == line.npos ? first : first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool found =
        unified ? line.starts_with("0::") : ("," + controllers + ",").find("," + controller + ",") != line.npos;
    if (found) return line.substr(second + 1);
  }
  return {};
}

/// This process's group and all above it that can be seen, as directories.
std::vector<fs::path> groups_upwards(const fs::path& system_root, const Mount& mount, const std::string& group) {
  const fs::path top = system_root / mount.point.relative_path();
  const fs::path below = fs::path(group).lexically_relative(mount.shown);
  std::vector<fs::path> groups;
  // A group outside what is shown cannot be walked: what is shown is then all that is known.
  if (!below.empty() && *below.begin() != ".." && below != ".") {
    for (fs::path part = below; !part.empty(); part = part.parent_path()) groups.push_back(top / part);
  }
  groups.push_back(top);
  return groups;
}

/// The numbers at the start of a file; fewer where it says "max" or is not there.
std::vector<double> numbers_in(const fs::path& path) {
  std::vector<double> numbers;
  std::ifstream file(path);
  for (double number = 0; file >> number;) numbers.push_back(number);
  return numbers;
}

template <typename T>
void tighten(std::optional<T>& limit, T other) {
  limit = limit ? std::min(*limit, other) : other;
}

void take_quota(double quota, double period, CgroupLimits& limits) {
  if (quota > 0 && period > 0) tighten(limits.processors, quota / period);
}

void take_bytes(const fs::path& path, CgroupLimits& limits) {
  constexpr double kNoLimit = 9e18;  // version 1 says the greatest number of pages instead of "max"
  const auto numbers = numbers_in(path);
  if (!numbers.empty() && numbers[0] > 0 && numbers[0] < kNoLimit) {
    tighten(limits.memory_bytes, static_cast<std::uint64_t>(numbers[0]));
  }
}

void take_processors(const fs::path& group, bool unified, CgroupLimits& limits) {
  if (unified) {
    const auto numbers = numbers_in(group / "cpu.max");  // "150000 100000"
    if (numbers.size() == 2) take_quota(numbers[0], numbers[1], limits);
    return;
  }
  const auto quota = numbers_in(group / "cpu.cfs_quota_us");
  const auto period = numbers_in(group / "cpu.cfs_period_us");
  if (!quota.empty() && !period.empty()) take_quota(quota[0], period[0], limits);
}

void take_memory(const fs::path& group, bool unified, CgroupLimits& limits) {
  if (!unified) return take_bytes(group / "memory.limit_in_bytes", limits);
  take_bytes(group / "memory.max", limits);
  take_bytes(group / "memory.high", limits);  // above it the kernel slows a process down until it stands still
}

}  // namespace

CgroupLimits read_cgroup_limits(const fs::path& system_root) {
  CgroupLimits limits;
  for (const Mount& mount : cgroup_mounts(system_root)) {
    for (const std::string controller : {"cpu", "memory"}) {
      if (!mount.unified && !mount.has(controller)) continue;
      const std::string group = group_path(system_root, mount.unified, controller);
      if (group.empty()) continue;
      for (const fs::path& directory : groups_upwards(system_root, mount, group)) {
        controller == "cpu" ? take_processors(directory, mount.unified, limits)
                            : take_memory(directory, mount.unified, limits);
      }
    }
  }
  return limits;
}

}  // namespace glimpse
