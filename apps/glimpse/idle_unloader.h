#pragma once

#include <chrono>
#include <thread>

#include "current_search.h"

namespace glimpse::app {

/// While it lives, a thread of its own unloads the model whenever no query wanted it for `idle`; none where `idle` is
/// 0. `search` must outlive it.
class IdleUnloader {
 public:
  IdleUnloader(CurrentSearch& search, std::chrono::seconds idle);

 private:
  std::jthread thread_;
};

}  // namespace glimpse::app
