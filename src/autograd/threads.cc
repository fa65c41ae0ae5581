#include "autograd/threads.h"

#include <dlfcn.h>

#include <algorithm>
#include <thread>

#include "autograd/torch.h"

namespace glimpse::autograd {

void set_threads(int threads) {
  const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(count);
  // OpenBLAS has threads of its own, of which libtorch knows nothing. Other BLAS libraries do as libtorch says.
  using Setter = void (*)(int);
  if (const auto set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
}

}  // namespace glimpse::autograd
