#include "base/result.h"
#include "runtime/towers.h"

namespace glimpse::runtime {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::kF32:
      return "f32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  __builtin_unreachable();
}

Result<Precision> parse_precision(std::string_view name) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    if (name == name_of(precision)) return precision;
  }
  return Error::invalid_argument("precision: expected f32, bf16 or int8, got \"{}\"", name);
}

bool is_native(Precision precision) {
  switch (precision) {
    case Precision::kF32:
      return true;
#if defined(__x86_64__)
    case Precision::kBf16:
      return __builtin_cpu_supports("avx512bf16");
    case Precision::kInt8:
      return __builtin_cpu_supports("avx512vnni") || __builtin_cpu_supports("avxvnni");
#else
    case Precision::kBf16:
    case Precision::kInt8:
      return false;
#endif
  }
  __builtin_unreachable();
}

}  // namespace glimpse::runtime
