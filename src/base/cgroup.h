#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace glimpse {

/// What control groups allow this process; nothing where they say nothing.
struct CgroupLimits {
  std::optional<double> processors;           ///< CPU time per time: 1.5 is one processor and a half.
  std::optional<std::uint64_t> memory_bytes;  ///< Resident memory at most.
};

/// The tightest limits on the way from this process's groups up to the root of the hierarchy, of version 2 and of
/// version 1, whichever are mounted. Files that are missing or say nothing sensible count as no limit. Reads a dozen
/// small files; thread-safe.
///
/// `system_root`: "/", or a tree made by a test: it holds proc/self/cgroup, proc/self/mountinfo, and what the latter
/// names as mount points. Source: Linux, cgroup-v2.rst, cgroup-v1/memory.rst, sched-bwc.rst; proc_pid_mountinfo(5).
CgroupLimits read_cgroup_limits(const std::filesystem::path& system_root = "/");

}  // namespace glimpse
