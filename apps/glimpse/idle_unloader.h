#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace glimpse::app {

/// While it lives, a thread of its own asks again and again that the model be unloaded if no query wanted it for
/// `idle`; none where `idle` is 0.
class IdleUnloader {
 public:
  using Unload = std::function<void(std::chrono::steady_clock::duration idle)>;
  IdleUnloader(Unload unload, std::chrono::seconds idle);

 private:
  std::jthread thread_;
};

}  // namespace glimpse::app
