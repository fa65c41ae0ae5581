#pragma once

namespace glimpse {

/// How many processors this process may use: the affinity mask, cut to the cgroup's CPU quota; at least 1.
int available_cpus();

}  // namespace glimpse
