#pragma once

#include <exception>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "autograd/torch.h"
#include "base/result.h"

// Internal to this room: errors across libtorch's calls.
namespace glimpse::autograd {

/// An Error of ours on its way through libtorch's calls.
struct Refused : std::exception {
  explicit Refused(Error refused) : error(std::move(refused)) {}
  const char* what() const noexcept override { return error.message().c_str(); }
  Error error;
};

template <typename T>
T or_refused(Result<T> result) {
  if (!result) throw Refused(result.error());
  return *std::move(result);
}

/// Calls f, and turns what libtorch throws into an Error. The adapter's seam: nothing is thrown beyond it.
template <typename F>
auto guarded(std::string_view doing, const F& f) -> Result<decltype(f())> {
  try {
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      return {};
    } else {
      return f();
    }
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const std::bad_alloc&) {
    return Error::resource_exhausted("{}: not enough memory; take a smaller micro-batch", doing);
  } catch (const std::exception& thrown) {
    return torch_error(thrown, doing);
  }
}

}  // namespace glimpse::autograd
