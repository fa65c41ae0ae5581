#pragma once

#include <openvino/runtime/properties.hpp>
#include <string>

namespace glimpse::runtime {

/// How every graph is compiled.
/// SNIPPETS_MODE: the plugin's code generator fuses attention into a kernel of its own, which in 2026.4.1 (seen on a
/// Xeon with AVX-512) is wrong for 16 keys or more without a causal mask: values come out several times too great.
/// Without it attention is one ScaledDotProductAttention kernel, which is right. engine_test.cc holds attention to
/// plain loops on both sides of 16.
inline ov::AnyMap plugin_properties(ov::element::Type precision) {
  return {ov::hint::inference_precision(precision),
          ov::hint::enable_cpu_pinning(false),
          {"SNIPPETS_MODE", std::string("DISABLE")}};
}

}  // namespace glimpse::runtime
