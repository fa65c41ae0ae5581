#pragma once

#include <utility>

#include "checkpoint/bind.h"

namespace glimpse::runtime {

/// The tensor of a published file that a spec is taken from: the last of its sources, for ours is the first.
inline checkpoint::TensorSpec published(const checkpoint::TensorSpec& spec, bool under_our_name) {
  if (under_our_name || spec.from.empty()) return {.name = spec.name, .shape = spec.shape};
  const checkpoint::TensorSource& source = spec.from.back();
  checkpoint::TensorSpec whole{.name = source.name, .shape = spec.shape};
  if (source.transposed) std::swap(whole.shape[0], whole.shape[1]);
  whole.shape[0] *= source.parts;
  return whole;
}

}  // namespace glimpse::runtime
