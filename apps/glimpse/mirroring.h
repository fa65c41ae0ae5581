#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/cancel.h"
#include "base/result.h"
#include "flags.h"
#include "qdrant/mirror.h"

namespace glimpse::app {

/// What became of a run's changes in Qdrant.
struct MirrorOutcome {
  qdrant::SyncReport report;
  std::int64_t waiting = 0;                   ///< Pictures that Qdrant has not acknowledged.
  std::optional<Error> error = std::nullopt;  ///< Why; the next run sends them.
};

/// Keeps a Qdrant collection up with a library that is being written: a thread sends new vectors while they are
/// committed, finish() the rest.
class Mirroring {
 public:
  /// Null where the flags name no Qdrant. Nothing is sent yet. All must outlive it. Errors: invalid_argument (the
  /// flags).
  static Result<std::unique_ptr<Mirroring>> open(const CommonFlags& common, library::Library& library,
                                                 const library::Generation& generation, const CancelToken& cancel);
  ~Mirroring();

  /// Looks for the server, makes the collection if need be, and follows the library from then on. A server that is down
  /// is no error: what waits is sent by finish(), or by the next run. Errors: invalid_argument (wrong key, collection
  /// of another model or dimension).
  Result<void> start(bool quiet);
  /// Brings the collection up to date and counts.
  MirrorOutcome finish();
  Result<void> adopt(const std::string& lost) { return mirror_->adopt(lost); }
  /// Compares everything: Mirror::reconcile.
  Result<qdrant::ReconcileReport> reconcile(bool dry_run) { return mirror_->reconcile(dry_run); }

  /// "collection photos at http://localhost:6333".
  const std::string& place() const { return place_; }

 private:
  Mirroring(library::Library& library, std::unique_ptr<qdrant::Client> client, std::unique_ptr<qdrant::Mirror> mirror,
            std::string place);
  void follow();
  void stop();

  library::Library& library_;
  std::unique_ptr<qdrant::Client> client_;
  std::unique_ptr<qdrant::Mirror> mirror_;
  std::string place_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  qdrant::SyncReport sent_;
  std::thread thread_;
};

/// A line or two on standard error.
void print_outcome(const Mirroring& mirroring, const MirrorOutcome& outcome);
/// {"sent","deleted","repaired","waiting","others"[,"error"]}.
nlohmann::ordered_json outcome_json(const MirrorOutcome& outcome);

}  // namespace glimpse::app
