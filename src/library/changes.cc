// Scan against catalogue: one hash table over the known files, each found file looked up once.
//
// What vanished is forgotten only when the scan can be believed. A disk that is not mounted looks like a folder where
// everything was deleted; so a root that is missing, empty, or has lost many pictures at once is offline and its
// pictures stay, and what lies below a directory that could not be read stays too. A file with the size and time of a
// vanished one was most likely moved: it does not count as lost.
#include "library/changes.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/file.h"

namespace glimpse::library {
namespace {

class Comparison {
 public:
  Comparison(const Known& known, const ChangeOptions& options)
      : rules_(known.rules),
        known_(known.files),
        options_(options),
        pictures_(known.other_pictures),
        seen_(known_.size()) {
    by_name_.reserve(known_.size());
    for (std::size_t i = 0; i < known_.size(); ++i) by_name_.emplace(known_[i].name.native(), i);
  }

  void add_found(FoundFile file) {
    const auto place = by_name_.find(file.name.native());
    if (place == by_name_.end()) {
      changes_.added.push_back({std::move(file), std::nullopt});
      return;
    }
    seen_[place->second] = true;
    const KnownFile& known = known_[place->second];
    const bool same = known.stamp == file.stamp;
    if (known.picture && same) {
      ++changes_.unchanged;
    } else if (known.picture) {
      changes_.changed.push_back({std::move(file), *known.picture});
    } else if (same && !options_.retry_failed) {
      ++changes_.still_failed;
    } else {
      changes_.added.push_back({std::move(file), std::nullopt});
    }
  }

  void add_failures(std::vector<ScanFailure> failures) {
    for (const auto& failure : failures) {
      if (const auto place = by_name_.find(failure.name.native()); place != by_name_.end()) seen_[place->second] = true;
    }
    changes_.failures = std::move(failures);
  }

  void add_passed_over(const std::vector<std::filesystem::path>& names) {
    for (const auto& name : names) passed_over_.insert(name.native());
  }

  Changes finish() {
    std::vector<std::size_t> vanished;
    std::vector<std::size_t> excluded;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      pictures_ += known_[i].picture ? 1 : 0;
      if (seen_[i]) continue;
      if (is_passed_over(known_[i])) {
        excluded.push_back(i);
      } else if (below_unreadable(known_[i])) {
        changes_.kept += known_[i].picture ? 1 : 0;
      } else if (known_[i].picture) {
        vanished.push_back(i);
      } else {
        changes_.mended.push_back(known_[i].name);
      }
    }
    decide(vanished, pair_moved(vanished));
    for (const std::size_t i : excluded) forget_excluded(known_[i]);
    return std::move(changes_);
  }

 private:
  bool below_unreadable(const KnownFile& file) const {
    return std::any_of(changes_.failures.begin(), changes_.failures.end(), [&](const ScanFailure& failure) {
      return failure.directory && is_within(file.name.native(), failure.name.native());
    });
  }

  bool is_passed_over(const KnownFile& file) const {
    if (rules_ != nullptr && !rules_->reaches(file.name.native())) return true;
    const std::string_view name = file.name.native();
    for (std::size_t end = name.find('/'); !passed_over_.empty(); end = name.find('/', end + 1)) {
      if (passed_over_.contains(name.substr(0, end))) return true;
      if (end == std::string_view::npos) break;
    }
    return false;
  }

  /// Not while the root is offline: then nothing is.
  void forget_excluded(const KnownFile& file) {
    if (changes_.state == RootState::kOffline) {
      changes_.kept += file.picture ? 1 : 0;
    } else if (file.picture) {
      changes_.gone.push_back(*file.picture);
      ++changes_.excluded;
    } else {
      changes_.mended.push_back(file.name);
    }
  }

  /// Pairs added files with vanished ones of the same stamp; returns how many.
  std::size_t pair_moved(const std::vector<std::size_t>& vanished) {
    std::multimap<std::pair<std::int64_t, std::uint64_t>, std::size_t> by_stamp;
    for (const std::size_t i : vanished) {
      by_stamp.emplace(std::pair(known_[i].stamp.mtime_ns, known_[i].stamp.size_bytes), i);
    }
    std::size_t moved = 0;
    for (AddedFile& file : changes_.added) {
      const auto match = by_stamp.find({file.stamp.mtime_ns, file.stamp.size_bytes});
      if (match == by_stamp.end()) continue;
      file.moved_from = known_[match->second].picture;
      by_stamp.erase(match);
      ++moved;
    }
    return moved;
  }

  void decide(const std::vector<std::size_t>& vanished, std::size_t moved) {
    const std::size_t lost = vanished.size() - moved;
    const bool nothing_left = lost > 0 && vanished.size() == pictures_ && changes_.added.empty();
    const double bearable = options_.max_vanished_share * static_cast<double>(pictures_);
    const bool too_many = lost >= options_.min_vanished && static_cast<double>(lost) > bearable;
    if ((nothing_left || too_many) && !options_.force) {
      changes_.state = RootState::kOffline;
      changes_.offline_reason = fmt::format("{} of {} pictures are not there: is the disk connected?", lost, pictures_);
      changes_.kept += vanished.size();
      changes_.mended.clear();
      return;
    }
    for (const std::size_t i : vanished) changes_.gone.push_back(*known_[i].picture);
  }

  const PathRules* rules_;
  const std::vector<KnownFile>& known_;
  const ChangeOptions& options_;
  std::size_t pictures_;  ///< Of the whole root.
  std::unordered_set<std::string_view> passed_over_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<bool> seen_;
  Changes changes_;
};

/// Scans parts of a root that is there. A part that is not there holds nothing, which is no trouble.
Result<Scanned> scan_parts(const Root& root, ScanOptions options, const std::vector<ScanPart>& parts) {
  Scanned scanned;
  for (const ScanPart& part : parts) {
    options.part = part;
    auto report = scan(root.path, options, [&](FoundFile file) { scanned.found.push_back(std::move(file)); });
    const bool here = part.inside.empty() || ::access(root.path.c_str(), F_OK) == 0;
    if (!report && (report.error().code() != ErrorCode::kNotFound || part.inside.empty() || !here))
      return report.error();
    if (!report) continue;
    std::ranges::move(report->failures, std::back_inserter(scanned.failures));
    std::ranges::move(report->passed_over, std::back_inserter(scanned.passed_over));
    scanned.raw_beside_jpeg += report->raw_beside_jpeg;
  }
  return scanned;
}

/// What the catalogue has in these parts.
Result<Known> known_in(const Library& library, const Root& root, const std::vector<ScanPart>& parts) {
  Known known;
  for (const ScanPart& part : parts) {
    GLIMPSE_ASSIGN_OR_RETURN(auto files, library.known_files(root.id, part));
    std::ranges::move(files, std::back_inserter(known.files));
  }
  const auto pictures = static_cast<std::size_t>(
      std::ranges::count_if(known.files, [](const auto& file) { return file.picture.has_value(); }));
  if (parts.front() == ScanPart{}) return known;
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, library.pictures_of(root.id));
  known.other_pictures = static_cast<std::size_t>(all) - std::min(pictures, static_cast<std::size_t>(all));
  return known;
}

Changes unreachable(const Known& known, const Error& error) {
  Changes offline;
  offline.state = RootState::kOffline;
  offline.offline_reason = error.message();
  offline.kept = known.other_pictures + static_cast<std::size_t>(std::ranges::count_if(
                                            known.files, [](const auto& file) { return file.picture.has_value(); }));
  return offline;
}

}  // namespace

Changes compare(const Known& known, Scanned scanned, const ChangeOptions& options) {
  Comparison comparison(known, options);
  for (FoundFile& file : scanned.found) comparison.add_found(std::move(file));
  comparison.add_failures(std::move(scanned.failures));
  comparison.add_passed_over(scanned.passed_over);
  Changes changes = comparison.finish();
  changes.raw_beside_jpeg = scanned.raw_beside_jpeg;
  return changes;
}

Result<Changes> find_changes(const Library& library, const Root& root, const ScanOptions& scan_options,
                             const ChangeOptions& options, std::vector<ScanPart> parts) {
  if (parts.empty() || root.state == RootState::kOffline) parts = {ScanPart{}};
  parts = reduced(std::move(parts));
  auto scanned = scan_parts(root, scan_options, parts);
  if (!scanned && scanned.error().code() == ErrorCode::kCancelled) return scanned.error();
  GLIMPSE_ASSIGN_OR_RETURN(auto known, known_in(library, root, parts));
  known.rules = scan_options.rules;
  if (!scanned) return unreachable(known, scanned.error());
  return compare(known, *std::move(scanned), options);
}

}  // namespace glimpse::library
