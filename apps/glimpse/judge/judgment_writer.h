#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <span>

#include "base/result.h"
#include "library/judgments.h"

namespace glimpse::app {

/// Writes judgments in turns of milliseconds: the library is open for writing only while one is stored, so that a
/// person who judges for an hour keeps no indexing waiting. Thread-safe.
class JudgmentWriter {
 public:
  /// `wait`: how long a turn may be waited for.
  JudgmentWriter(std::filesystem::path library, std::chrono::milliseconds wait)
      : library_(std::move(library)), wait_(wait) {}

  /// As of library::Judgments. Errors also: unavailable, naming the process, when another one goes on writing.
  Result<void> put(std::span<const library::JudgmentFacts> facts);
  Result<bool> erase(const library::JudgmentKey& key);

 private:
  std::filesystem::path library_;
  std::chrono::milliseconds wait_;
  std::mutex mutex_;  ///< Turns of this process; others wait for each other at the library's lock.
};

}  // namespace glimpse::app
