#pragma once

#include <optional>

namespace glimpse {

/// How many processors this process may use: those of its affinity mask (taskset, numactl, a cpuset), cut to the CPU
/// quota of its control groups, a part counting as a whole one; at least 1. Found out once a process.
int available_cpus();

/// The same from given numbers: `affine` processors in the mask, a quota of 1.5 processors or none.
int usable_cpus(int affine, std::optional<double> quota);

}  // namespace glimpse
