#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/result.h"
#include "flags.h"
#include "open_search.h"

namespace glimpse::app {

/// The library as it is now, for a server that runs on while other processes fill it or give it another model.
/// Thread-safe.
class CurrentSearch {
 public:
  ~CurrentSearch();
  explicit CurrentSearch(CommonFlags flags) : flags_(std::move(flags)) {}

  /// Null while there is no library, or nothing was indexed into it. Opened at the first call that finds something.
  /// When another generation has become the active one, a thread of its own opens it, loads its words' tower and tries
  /// a query, while the old one goes on answering; then the two change places. Callers that hold the old one finish
  /// with it, and with the last of them its memory is given back. When a new one cannot be opened, standard error says
  /// so once and the old one goes on answering. Errors: try_open_search's.
  Result<std::shared_ptr<OpenSearch>> get();

  /// Unloads the model's towers that were not used for `idle`: Encoder::unload_idle.
  void unload_idle(std::chrono::steady_clock::duration idle);

  /// The model that answers, or would.
  std::string model_name() const { return flags_.model.empty() ? kDefaultModel : flags_.model; }

 private:
  Result<std::shared_ptr<OpenSearch>> open_first();
  /// Opens `wanted` beside the one that answers, unless that is being done or was refused.
  void follow(library::GenerationId wanted);
  void replace(library::GenerationId wanted, const std::stop_token& stop);
  /// The active generation, when it is not the one that `open` answers from.
  std::optional<library::GenerationId> moved_to(const OpenSearch& open) const;

  const CommonFlags flags_;
  std::atomic<std::shared_ptr<OpenSearch>> open_;
  std::mutex opening_;
  std::optional<library::GenerationId> refused_;  ///< Guarded by opening_.
  std::atomic<bool> replacing_{false};
  std::jthread replacer_;  ///< Guarded by opening_.
};

}  // namespace glimpse::app
