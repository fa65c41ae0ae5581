// Every picture of the library against every point of the collection that carries the library's name. What was
// acknowledged counts for nothing here: remote_points is written anew from what is there.
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "qdrant/mirror.h"

namespace glimpse::qdrant {
namespace {

constexpr std::int64_t kPage = 512;
constexpr std::size_t kDeleted = 256;  ///< Points in one deletion.

}  // namespace

struct Mirror::Comparison {
  struct Expected {
    library::RemotePoint row;
    bool found = false;   ///< There is a point of this id.
    bool agrees = false;  ///< And it says the same.
  };
  std::unordered_map<Uuid, Expected> expected;
  std::vector<PointId> strangers;
  ReconcileReport report;

  void take(const FoundPoint& point) {
    ++report.points;
    const auto* id = std::get_if<Uuid>(&point.id);
    const auto known = id != nullptr ? expected.find(*id) : expected.end();
    if (known == expected.end()) {
      strangers.push_back(point.id);
      return;
    }
    known->second.found = true;
    known->second.agrees = known->second.row.payload_sum == point.payload_sum;
  }

  void conclude() {
    report.pictures = static_cast<std::int64_t>(expected.size());
    report.strangers = static_cast<std::int64_t>(strangers.size());
    for (const auto& [id, one] : expected) {
      if (!one.found) ++report.missing;
      if (one.found && !one.agrees) ++report.outdated;
    }
  }

  std::vector<library::RemotePoint> sound() const {
    std::vector<library::RemotePoint> rows;
    for (const auto& [id, one] : expected) {
      if (one.agrees) rows.push_back(one.row);
    }
    return rows;
  }
};

Result<Mirror::Comparison> Mirror::compare() const {
  Comparison comparison;
  for (std::int64_t sequence = 0;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto page, library_.remote_candidates(key_, generation_.id, sequence, kPage));
    for (const auto& candidate : page) {
      const Payload payload = payload_of(candidate, labels_, generation_);
      const Uuid id = point_of(payload);
      const std::string json = to_json(payload);
      comparison.expected[id].row = {candidate.picture.id, generation_.id, id.bytes, candidate.sequence,
                                     hash64(std::as_bytes(std::span(json)))};
    }
    if (static_cast<std::int64_t>(page.size()) < kPage) break;
    sequence = page.back().sequence;
  }
  std::optional<PointId> from;
  do {
    GLIMPSE_ASSIGN_OR_RETURN(const auto page, store_.client().scroll(target_->collection, own(), kPage, from));
    for (const auto& point : page.points) comparison.take(point);
    from = page.next;
  } while (from);
  const Filter others = Filter().not_match("library", labels_.library);
  GLIMPSE_ASSIGN_OR_RETURN(comparison.report.others, store_.client().count(target_->collection, others));
  comparison.conclude();
  return comparison;
}

Result<ReconcileReport> Mirror::repair(bool dry_run) {
  GLIMPSE_ASSIGN_OR_RETURN(Comparison comparison, compare());
  if (dry_run) return comparison.report;
  const std::span<const PointId> strangers = comparison.strangers;
  for (std::size_t at = 0; at < strangers.size(); at += kDeleted) {
    const auto some = strangers.subspan(at, std::min(kDeleted, strangers.size() - at));
    GLIMPSE_RETURN_IF_ERROR(store_.client().erase(target_->collection, own().is_one_of(some)));
  }
  GLIMPSE_RETURN_IF_ERROR(library_.forget_remote(key_, generation_.id));
  GLIMPSE_RETURN_IF_ERROR(library_.put_remote(key_, comparison.sound()));
  GLIMPSE_ASSIGN_OR_RETURN(const auto sent, send_from(0));
  comparison.report.sent = sent.sent;
  comparison.report.deleted = comparison.report.strangers;
  GLIMPSE_ASSIGN_OR_RETURN(const bool agreed, agrees());
  if (agreed) return comparison.report;
  return Error::unavailable(
      "collection '{}' still differs from the library after it was repaired: does another program write to it, or a "
      "copy of this library? run 'glimpse reconcile' once it is quiet",
      target_->collection);
}

Result<ReconcileReport> Mirror::reconcile(bool dry_run) {
  const std::lock_guard lock(mutex_);
  GLIMPSE_RETURN_IF_ERROR(prepare());
  GLIMPSE_ASSIGN_OR_RETURN(auto report, repair(dry_run));
  if (!dry_run) GLIMPSE_RETURN_IF_ERROR(lead_here());
  return report;
}

Result<void> Mirror::adopt(const std::string& lost) {
  const std::lock_guard lock(mutex_);
  GLIMPSE_RETURN_IF_ERROR(prepare());
  if (labels_.library == lost) return {};
  const Filter former = own();
  GLIMPSE_RETURN_IF_ERROR(Labels::adopt(library_, lost));
  GLIMPSE_RETURN_IF_ERROR(store_.client().erase(target_->collection, former));
  return library_.forget_remote(key_, generation_.id);
}

}  // namespace glimpse::qdrant
