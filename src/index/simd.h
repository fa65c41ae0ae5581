#pragma once

#include <string_view>

#include "base/result.h"
#include "index/kernels/kernels.h"

namespace glimpse::index {

/// Which kernels do the arithmetic. Scores of different levels agree to about 1e-6.
enum class SimdLevel { kScalar, kAvx2, kAvx512, kVnni };

std::string_view name_of(SimdLevel level);

/// "scalar", "avx2", "avx512" or "vnni" (AVX-512 with its instructions for bytes). Errors: invalid_argument for another
/// word; unsupported when this processor lacks it.
Result<SimdLevel> parse_simd_level(std::string_view name);

/// Whether this processor (and operating system) can run it.
bool supported(SimdLevel level);

/// The widest that this processor can run.
SimdLevel best_simd_level();

/// The kernels of a level; of the next lower one that this processor can run when it cannot run that.
const kernels::KernelTable& kernels_for(SimdLevel level);

}  // namespace glimpse::index
