#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "flags.h"
#include "open_remote.h"

namespace glimpse::app {

/// The Qdrant collection as it is now, for a server that runs on while the collection is made, filled, or replaced by
/// one of another model, and while Qdrant comes and goes. Thread-safe.
class CurrentRemote {
 public:
  /// Errors: invalid_argument (the flags). Qdrant itself is asked by get().
  static Result<std::unique_ptr<CurrentRemote>> create(const CommonFlags& common);

  /// Opened at the first call that finds a collection. Every few seconds it is asked where the name leads; when that is
  /// another collection, it is opened, and callers that hold the old one may finish with it. When it cannot be opened,
  /// standard error says so once and the old one goes on answering.
  /// Errors: unavailable, whatever is wrong with the store: it may be mended while the server runs.
  Result<std::shared_ptr<OpenRemote>> get();
  /// The one that is open; null before there is one. Asks nobody.
  std::shared_ptr<OpenRemote> opened() const { return open_.load(); }

  /// Encoder::unload_idle.
  void unload_idle(std::chrono::steady_clock::duration idle);

  const RemoteFiles& files() const { return files_; }
  const qdrant::Store& store() const { return store_; }

 private:
  using Clock = std::chrono::steady_clock;
  CurrentRemote(CommonFlags flags, std::unique_ptr<qdrant::Client> client, qdrant::Store store)
      : flags_(std::move(flags)),
        files_(RemoteFiles::open(flags_)),
        client_(std::move(client)),
        store_(std::move(store)) {}
  Result<std::shared_ptr<OpenRemote>> open_first();
  void follow(const OpenRemote& open);

  const CommonFlags flags_;
  const RemoteFiles files_;
  const std::unique_ptr<qdrant::Client> client_;
  const qdrant::Store store_;
  std::atomic<std::shared_ptr<OpenRemote>> open_;
  std::atomic<Clock::time_point> asked_{Clock::time_point()};  ///< When the name was followed last.
  std::mutex opening_;
  std::string refused_;  ///< A collection that could not be opened. Guarded by opening_.
};

}  // namespace glimpse::app
