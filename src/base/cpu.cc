#include "base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <cmath>

#include "base/cgroup.h"

namespace glimpse {
namespace {

/// Processors in the affinity mask. The kernel refuses a mask that is smaller than its own, so larger ones are tried.
int affine_cpus() {
  constexpr int kMostCpus = 1 << 16;
  for (int cpus = CPU_SETSIZE; cpus <= kMostCpus; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpus));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    const bool told = ::sched_getaffinity(0, bytes, set) == 0;
    const int count = told ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (told) return count;
  }
  return 1;
}

}  // namespace

int usable_cpus(int affine, std::optional<double> quota) {
  // Rounded up: with one thread fewer a part of the quota could not be used. A hair above a whole number is none.
  const double cut = quota ? std::min<double>(affine, std::ceil(*quota - 0.05)) : affine;
  return std::max(1, static_cast<int>(cut));
}

int available_cpus() {
  static const int cpus = usable_cpus(affine_cpus(), read_cgroup_limits().processors);
  return cpus;
}

}  // namespace glimpse
