#include "runtime/machine.h"

#include <fmt/format.h>

#include <openvino/core/version.hpp>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace glimpse::runtime {
namespace {

/// The processor as far as generated code depends on it.
std::string processor() {
  std::string text = "generic";
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d)) text = fmt::format("{:x}.{:x}.{:x}", a, c, d);  // b names the core we are on
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) text += fmt::format(".{:x}.{:x}.{:x}", b, c, d);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) text += fmt::format(".{:x}", a);
#endif
  return text;
}

}  // namespace

std::string machine_and_runtime() { return fmt::format("{}|{}", ov::get_openvino_version().buildNumber, processor()); }

}  // namespace glimpse::runtime
