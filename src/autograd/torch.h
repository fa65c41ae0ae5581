#pragma once

// The part of libtorch that this room uses. Internal: no other room sees a tensor of libtorch.

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>
#pragma GCC diagnostic pop

#include <exception>

#include "base/error.h"

namespace glimpse::autograd {

/// What libtorch threw, as an Error. `doing`: "embed 16 pictures".
inline Error torch_error(const std::exception& thrown, std::string_view doing) {
  std::string what = thrown.what();
  if (const auto* own = dynamic_cast<const c10::Error*>(&thrown)) what = own->what_without_backtrace();
  const bool memory = what.find("not enough memory") != std::string::npos || what.find("allocate") != std::string::npos;
  if (memory) return Error::resource_exhausted("{}: {}; take a smaller micro-batch", doing, what);
  return Error::internal("{}: libtorch: {}", doing, what);
}

}  // namespace glimpse::autograd
