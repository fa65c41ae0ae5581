#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "flags.h"
#include "open_search.h"

namespace glimpse::app {

/// The library as it is now, for a server that runs on while other processes fill it or give it another model.
/// Thread-safe.
class CurrentSearch {
 public:
  explicit CurrentSearch(CommonFlags flags) : flags_(std::move(flags)) {}

  /// Null while there is no library, or nothing was indexed into it. Opened at the first call that finds something, and
  /// again when another generation has become the active one; callers that hold the old one may finish with it. When a
  /// new one cannot be opened, standard error says so once and the old one goes on answering.
  /// Errors: try_open_search's.
  Result<std::shared_ptr<OpenSearch>> get();

  /// Unloads the model's towers that were not used for `idle`: Encoder::unload_idle.
  void unload_idle(std::chrono::steady_clock::duration idle);

  /// The model that answers, or would.
  std::string model_name() const { return flags_.model.empty() ? kDefaultModel : flags_.model; }

 private:
  /// The active generation, when it is not the one that `open` answers from.
  std::optional<library::GenerationId> moved_to(const OpenSearch& open) const;

  const CommonFlags flags_;
  std::atomic<std::shared_ptr<OpenSearch>> open_;
  std::mutex opening_;
  std::optional<library::GenerationId> refused_;  ///< Guarded by opening_.
};

}  // namespace glimpse::app
