#pragma once

// Internal to this room.
namespace glimpse::autograd {

/// How many threads libtorch and the BLAS under it compute with, in the whole process. 0: one for each processor.
void set_threads(int threads);

}  // namespace glimpse::autograd
