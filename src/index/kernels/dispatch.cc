#include "index/simd.h"

namespace glimpse::index {

std::string_view name_of(SimdLevel level) {
  switch (level) {
    case SimdLevel::kScalar:
      return "scalar";
    case SimdLevel::kAvx2:
      return "avx2";
    case SimdLevel::kAvx512:
      return "avx512";
    case SimdLevel::kVnni:
      return "vnni";
  }
  return "scalar";
}

bool supported(SimdLevel level) {
#if defined(__x86_64__)
  // The compiler's runtime asks CPUID, and XGETBV for whether the system saves the wide registers.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (level == SimdLevel::kAvx2) return avx2;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (level == SimdLevel::kAvx512) return avx512;
  if (level == SimdLevel::kVnni) return avx512 && __builtin_cpu_supports("avx512vnni");
#endif
  return level == SimdLevel::kScalar;
}

SimdLevel best_simd_level() {
  for (const SimdLevel level : {SimdLevel::kVnni, SimdLevel::kAvx512}) {
    if (supported(level)) return level;
  }
  return supported(SimdLevel::kAvx2) ? SimdLevel::kAvx2 : SimdLevel::kScalar;
}

Result<SimdLevel> parse_simd_level(std::string_view name) {
  for (const SimdLevel level : {SimdLevel::kScalar, SimdLevel::kAvx2, SimdLevel::kAvx512, SimdLevel::kVnni}) {
    if (name != name_of(level)) continue;
    if (!supported(level)) return Error::unsupported("SIMD level '{}': this processor lacks it, use 'scalar'", name);
    return level;
  }
  return Error::invalid_argument("SIMD level: expected scalar, avx2, avx512 or vnni, got '{}'", name);
}

const kernels::KernelTable& kernels_for(SimdLevel level) {
#if defined(__x86_64__)
  if (level == SimdLevel::kVnni && supported(SimdLevel::kVnni)) return kernels::kVnni;
  if (level >= SimdLevel::kAvx512 && supported(SimdLevel::kAvx512)) return kernels::kAvx512;
  if (level != SimdLevel::kScalar && supported(SimdLevel::kAvx2)) return kernels::kAvx2;
#else
  static_cast<void>(level);
#endif
  return kernels::kScalar;
}

}  // namespace glimpse::index
