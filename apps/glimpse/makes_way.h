#pragma once

#include <filesystem>
#include <thread>

#include "base/cancel.h"

namespace glimpse::app {

/// While it lives, cancels `work` when the program stops or, once it has had its turn, another process waits to write.
class MakesWay {
 public:
  /// All must outlive it.
  MakesWay(const std::filesystem::path& library, const CancelToken& stop, CancelToken& work);

 private:
  std::jthread thread_;
};

}  // namespace glimpse::app
