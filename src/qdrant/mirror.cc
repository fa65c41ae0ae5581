// A sync is the difference between the library and its table remote_points, never between library and collection: it
// asks the store nothing that grows with the collection but a count at the end.
//
// Invariants
// - A row of remote_points is written after the store has acknowledged its point, and erased after it has acknowledged
//   the deletion. A crash in between repeats a request that changes nothing.
// - Deletions name points and this library: no other machine's point can be hit, whatever this one believes.
// - A point that goes because its picture moved or changed is deleted in the request that brings the new one.
#include "qdrant/mirror.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace glimpse::qdrant {
namespace {

constexpr std::int64_t kPage = 512;

PointId id_of(const library::RemotePoint& told) { return Uuid{told.point}; }

}  // namespace

SyncReport& SyncReport::operator+=(const SyncReport& other) {
  sent += other.sent;
  deleted += other.deleted;
  repaired += other.repaired;
  others = other.others;
  return *this;
}

/// Points that go in one request, and the rows that say so.
struct Mirror::Batch {
  std::vector<Point> points;
  std::vector<PointId> obsolete;
  std::vector<library::RemotePoint> rows;

  // What comes in this request must not go with it: a picture that moved away, and another that took its place.
  std::vector<PointId> to_delete() const {
    std::vector<PointId> ids;
    for (const PointId& id : obsolete) {
      if (std::ranges::find(points, id, &Point::id) == points.end()) ids.push_back(id);
    }
    return ids;
  }
  void clear() { *this = {}; }
};

Result<std::unique_ptr<Mirror>> Mirror::open(library::Library& library, const library::Generation& generation,
                                             Store store, MirrorOptions options) {
  GLIMPSE_ASSIGN_OR_RETURN(Labels labels, Labels::choose(library));
  return std::unique_ptr<Mirror>(new Mirror(library, generation, std::move(store), options, std::move(labels)));
}

Filter Mirror::own() const { return Filter().match("library", labels_.library); }

Result<void> Mirror::prepare() {
  GLIMPSE_ASSIGN_OR_RETURN(labels_, Labels::choose(library_));  // roots may have been added
  if (target_) return {};
  GLIMPSE_ASSIGN_OR_RETURN(auto target, store_.prepare(generation_, options_.creation));
  if (target.created) GLIMPSE_RETURN_IF_ERROR(library_.forget_remote(key_, generation_.id));
  target_ = std::move(target);
  return {};
}

Result<void> Mirror::send(Batch& batch, SyncReport& report) {
  if (batch.points.empty()) return {};
  const auto obsolete = batch.to_delete();
  GLIMPSE_RETURN_IF_ERROR(store_.client().put(target_->collection, batch.points, obsolete));
  GLIMPSE_RETURN_IF_ERROR(library_.put_remote(key_, batch.rows));
  report.sent += static_cast<std::int64_t>(batch.points.size());
  report.deleted += static_cast<std::int64_t>(obsolete.size());
  batch.clear();
  return {};
}

Result<SyncReport> Mirror::send_from(std::int64_t sequence) {
  SyncReport report;
  Batch batch;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto page, library_.remote_candidates(key_, generation_.id, sequence, kPage));
    for (const auto& candidate : page) {
      GLIMPSE_RETURN_IF_ERROR(add(candidate, batch));
      if (batch.points.size() >= options_.batch) GLIMPSE_RETURN_IF_ERROR(send(batch, report));
    }
    if (!page.empty()) sequence = page.back().sequence;
    if (static_cast<std::int64_t>(page.size()) < kPage) break;
  }
  GLIMPSE_RETURN_IF_ERROR(send(batch, report));
  last_sequence_ = std::max(last_sequence_, sequence);
  return report;
}

Result<void> Mirror::add(const library::RemoteCandidate& candidate, Batch& batch) const {
  const Payload payload = payload_of(candidate, labels_, generation_);
  std::string json = to_json(payload);
  const Uuid id = point_of(payload);
  const library::RemotePoint row{.picture = candidate.picture.id,
                                 .generation = generation_.id,
                                 .point = id.bytes,
                                 .sequence = candidate.sequence,
                                 .payload_sum = hash64(std::as_bytes(std::span(json)))};
  if (candidate.told == row) return {};
  auto vector = library_.vector_of(generation_.id, candidate.picture.id);
  // Gone since, or damaged: the library itself does not answer with it; the next indexing run makes it again.
  if (!vector && (vector.error().code() == ErrorCode::kNotFound || vector.error().code() == ErrorCode::kCorruption)) {
    return {};
  }
  GLIMPSE_RETURN_IF_ERROR(vector);
  if (candidate.told && candidate.told->point != row.point) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool in_use, library_.remote_in_use(key_, *candidate.told));
    if (!in_use) batch.obsolete.push_back(id_of(*candidate.told));
  }
  batch.points.push_back({id, *std::move(vector), std::move(json)});
  batch.rows.push_back(row);
  return {};
}

Result<std::int64_t> Mirror::delete_orphans() {
  std::int64_t deleted = 0;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto orphans, library_.remote_orphans(key_, generation_.id, kPage));
    if (orphans.empty()) return deleted;
    std::vector<PointId> ids;
    for (const auto& orphan : orphans) {
      GLIMPSE_ASSIGN_OR_RETURN(const bool in_use, library_.remote_in_use(key_, orphan));
      if (!in_use) ids.push_back(id_of(orphan));
    }
    if (!ids.empty()) GLIMPSE_RETURN_IF_ERROR(store_.client().erase(target_->collection, own().is_one_of(ids)));
    GLIMPSE_RETURN_IF_ERROR(library_.forget_remote(key_, orphans));
    deleted += static_cast<std::int64_t>(ids.size());
  }
}

Result<bool> Mirror::agrees() const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto points, store_.client().count(target_->collection, own()));
  GLIMPSE_ASSIGN_OR_RETURN(const auto told, library_.remote_count(key_, generation_.id));
  return points == told;
}

// The last machine to have a new model's vectors in its collection is the one that switches: before, the name would
// lead to a collection from which the others' pictures are missing.
Result<std::int64_t> Mirror::lead_here() const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, library_.active_generation());
  if (!active || active->id != generation_.id || !target_->aliased) return 0;
  GLIMPSE_ASSIGN_OR_RETURN(const auto now, store_.find());
  if (now && now->collection != target_->collection) {
    const Filter others = Filter().not_match("library", labels_.library);
    GLIMPSE_ASSIGN_OR_RETURN(const auto there, store_.client().count(now->collection, others));
    GLIMPSE_ASSIGN_OR_RETURN(const auto here, store_.client().count(target_->collection, others));
    if (there > here) return there - here;
  }
  GLIMPSE_RETURN_IF_ERROR(store_.lead_to(*target_));
  return 0;
}

Result<void> Mirror::reach() {
  const std::lock_guard lock(mutex_);
  return prepare();
}

Result<SyncReport> Mirror::send_new() {
  const std::lock_guard lock(mutex_);
  GLIMPSE_RETURN_IF_ERROR(prepare());
  return send_from(last_sequence_);
}

Result<SyncReport> Mirror::sync() {
  const std::lock_guard lock(mutex_);
  GLIMPSE_RETURN_IF_ERROR(prepare());
  SyncReport report;
  GLIMPSE_ASSIGN_OR_RETURN(report.deleted, delete_orphans());
  GLIMPSE_ASSIGN_OR_RETURN(const auto sent, send_from(0));
  report += sent;
  GLIMPSE_ASSIGN_OR_RETURN(const bool agreed, agrees());
  if (!agreed) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto repaired, repair(/*dry_run=*/false));
    report.repaired = repaired.sent + repaired.deleted;
  }
  GLIMPSE_ASSIGN_OR_RETURN(report.others, lead_here());
  return report;
}

Result<std::int64_t> Mirror::waiting() const { return library_.remote_waiting(key_, generation_.id); }

}  // namespace glimpse::qdrant
