// Scan against catalogue: one hash table over the known files, each found file looked up once.
//
// What vanished is forgotten only when the scan can be believed. A disk that is not mounted looks like a folder where
// everything was deleted; so a root that is missing, empty, or has lost many pictures at once is offline and its
// pictures stay, and what lies below a directory that could not be read stays too. A file with the size and time of a
// vanished one was most likely moved: it does not count as lost.
#include "library/changes.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/file.h"

namespace glimpse::library {
namespace {

bool is_within(std::string_view name, std::string_view directory) {
  return directory.empty() || name == directory ||
         (name.size() > directory.size() && name.starts_with(directory) && name[directory.size()] == '/');
}

class Comparison {
 public:
  Comparison(const std::vector<KnownFile>& known, const ChangeOptions& options)
      : known_(known), options_(options), seen_(known.size()) {
    by_name_.reserve(known.size());
    for (std::size_t i = 0; i < known.size(); ++i) by_name_.emplace(known[i].name.native(), i);
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

  Changes finish(const std::filesystem::path& inside) {
    std::size_t known_pictures = 0;
    std::vector<std::size_t> vanished;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (!is_within(known_[i].name.native(), inside.native())) continue;
      known_pictures += known_[i].picture ? 1 : 0;
      if (seen_[i]) continue;
      if (below_unreadable(known_[i])) {
        changes_.kept += known_[i].picture ? 1 : 0;
      } else if (known_[i].picture) {
        vanished.push_back(i);
      } else {
        changes_.mended.push_back(known_[i].name);
      }
    }
    decide(vanished, pair_moved(vanished), known_pictures);
    return std::move(changes_);
  }

 private:
  bool below_unreadable(const KnownFile& file) const {
    return std::any_of(changes_.failures.begin(), changes_.failures.end(), [&](const ScanFailure& failure) {
      return failure.directory && is_within(file.name.native(), failure.name.native());
    });
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

  void decide(const std::vector<std::size_t>& vanished, std::size_t moved, std::size_t known_pictures) {
    const std::size_t lost = vanished.size() - moved;
    const bool nothing_left = lost > 0 && vanished.size() == known_pictures && changes_.added.empty();
    const double bearable = options_.max_vanished_share * static_cast<double>(known_pictures);
    const bool too_many = lost >= options_.min_vanished && static_cast<double>(lost) > bearable;
    if ((nothing_left || too_many) && !options_.force) {
      changes_.state = RootState::kOffline;
      changes_.offline_reason =
          fmt::format("{} of {} pictures are not there: is the disk connected?", lost, known_pictures);
      changes_.kept += vanished.size();
      changes_.mended.clear();
      return;
    }
    for (const std::size_t i : vanished) changes_.gone.push_back(*known_[i].picture);
  }

  const std::vector<KnownFile>& known_;
  const ChangeOptions& options_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<bool> seen_;
  Changes changes_;
};

}  // namespace

Changes compare(const std::vector<KnownFile>& known, std::vector<FoundFile> found, std::vector<ScanFailure> failures,
                const std::filesystem::path& inside, const ChangeOptions& options) {
  Comparison comparison(known, options);
  for (FoundFile& file : found) comparison.add_found(std::move(file));
  comparison.add_failures(std::move(failures));
  return comparison.finish(inside);
}

Result<Changes> find_changes(const Library& library, const Root& root, const ScanOptions& scan_options,
                             const ChangeOptions& options) {
  std::vector<FoundFile> found;
  auto report = scan(root.path, scan_options, [&](FoundFile file) { found.push_back(std::move(file)); });
  if (!report && report.error().code() == ErrorCode::kCancelled) return report.error();
  GLIMPSE_ASSIGN_OR_RETURN(const auto known, library.known_files(root.id));
  if (report) return compare(known, std::move(found), std::move(report->failures), scan_options.inside, options);
  Changes offline;
  offline.state = RootState::kOffline;
  offline.offline_reason = report.error().message();
  offline.kept = static_cast<std::size_t>(
      std::count_if(known.begin(), known.end(), [](const KnownFile& file) { return file.picture.has_value(); }));
  return offline;
}

}  // namespace glimpse::library
