#include "base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace glimpse {
namespace {

// cgroup v2: "<quota> <period>" in microseconds, or "max <period>".
int cgroup_cpus(int otherwise) {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return otherwise;
  return std::max(1, static_cast<int>(std::stod(quota) / period + 0.5));
}

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int affine = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  return std::max(1, std::min(affine, cgroup_cpus(affine)));
}

}  // namespace glimpse
