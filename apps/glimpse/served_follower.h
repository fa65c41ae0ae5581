#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/cancel.h"
#include "current_search.h"
#include "flags.h"
#include "library_follower.h"

namespace glimpse::app {

/// While it lives, a thread of its own keeps the library equal to its folders, with the model that answers queries, as
/// soon as there is a library and nobody else does so. A library without a folder gets ServeFlags::first_folder. What
/// stands in the way is said on standard error, once, and the server goes on without. `search` must outlive it.
class ServedFollower {
 public:
  ServedFollower(CurrentSearch& search, const CommonFlags& common, const ServeFlags& flags);
  ~ServedFollower();
  ServedFollower(const ServedFollower&) = delete;
  ServedFollower& operator=(const ServedFollower&) = delete;

  /// Async-signal-safe.
  void stop();

 private:
  void run();
  Result<void> add_first_folder();
  Result<void> follow();
  Result<FollowModel> model(library::Library& library);
  void say(const std::string& message);

  CurrentSearch& search_;
  const CommonFlags common_;
  const ServeFlags flags_;
  CancelToken cancel_;
  std::string said_;
  std::unique_ptr<LibraryFollower> follower_;
  std::atomic<LibraryFollower*> running_{nullptr};
  std::thread thread_;
};

}  // namespace glimpse::app
