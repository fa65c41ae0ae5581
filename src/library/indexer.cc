// A run in three steps:
//
//   plan     compare each root with the catalogue; what is new, changed, or lacks a vector becomes a numbered task
//   work     the image pipeline reads, decodes and embeds; each outcome becomes a change, committed in groups
//   forget   what is gone and was not found under another name is erased
//
// Invariants: a task's number is its pipeline tag. Forgetting comes last, so an interrupted run forgets nothing, and a
// moved file meets its old row. A picture whose content is known takes over the vector and is not decoded.
#include "library/indexer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/file.h"
#include "encode/pipeline_fit.h"
#include "encode/precision_trial.h"
#include "image/decode.h"
#include "library/changes.h"
#include "library/missing_details.h"
#include "library/path_rules.h"
#include "library/raw_names.h"
#include "library/scanner.h"

namespace glimpse::library {
namespace {

enum class TaskKind { kAdded, kChanged, kLacksVector };

struct Task {
  TaskKind kind;
  RootId root;
  std::filesystem::path root_path;
  std::filesystem::path name;
  FileStamp stamp;
  std::optional<ImageId> id;  ///< Of the row that is there: for all but kAdded.
};

class IndexRun {
 public:
  IndexRun(Library& library, const Generation& generation, const LoadModel& load_model, const IndexOptions& options,
           const std::function<void(const IndexProgress&)>& progress, const CancelToken& cancel)
      : library_(library),
        generation_(generation.id),
        load_model_(load_model),
        options_(options),
        progress_(progress),
        cancel_(cancel),
        changes_(library) {}

  Result<IndexReport> run(std::span<const RootId> ids) {
    if (options_.parts.empty()) GLIMPSE_RETURN_IF_ERROR(look_for_damage());  // too much after each small change
    GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library_.roots());
    for (const Root& root : roots) {
      if (std::ranges::find(ids, root.id) != ids.end()) GLIMPSE_RETURN_IF_ERROR(plan(root, roots));
    }
    if (options_.parts.empty()) GLIMPSE_RETURN_IF_ERROR(plan_missing_vectors(roots));
    GLIMPSE_RETURN_IF_ERROR(note_gone_contents());
    GLIMPSE_RETURN_IF_ERROR(changes_.commit());
    if (options_.parts.empty()) {
      GLIMPSE_ASSIGN_OR_RETURN(report_.details_read, read_missing_details(library_, report_.offline, cancel_));
    }
    const auto worked = work();
    GLIMPSE_RETURN_IF_ERROR(commit());  // also what was done before an interruption
    GLIMPSE_RETURN_IF_ERROR(worked);
    GLIMPSE_RETURN_IF_ERROR(forget());
    return std::move(report_);
  }

 private:
  // A damaged row counts as changed; a damaged vector answers no query: forgotten, it is a missing one.
  Result<void> look_for_damage() {
    GLIMPSE_ASSIGN_OR_RETURN(report_.damaged, library_.expose_damaged_pictures());
    GLIMPSE_RETURN_IF_ERROR(library_.forget_damaged_vectors(generation_));
    return {};
  }

  Result<void> plan(const Root& root, const std::vector<Root>& roots) {
    ScanOptions scan;
    scan.wanted = [](const std::filesystem::path& name) {
      return image::has_picture_extension(name.native()) || has_raw_extension(name.native());
    };
    scan.cancel = &cancel_;
    if (options_.on_directory) {
      scan.on_directory = [&](const ScannedDirectory& directory) { options_.on_directory(root, directory); };
    }
    GLIMPSE_ASSIGN_OR_RETURN(const PathRules rules, rules_of(root));
    scan.rules = &rules;
    const auto parts = options_.parts.find(root.id);
    const bool whole = parts == options_.parts.end();
    for (const Root& other : roots) {
      if (other.id != root.id) scan.other_roots.push_back(other.path);
    }
    GLIMPSE_ASSIGN_OR_RETURN(auto found, find_changes(library_, root, scan, {.force = options_.force},
                                                      whole ? std::vector<ScanPart>() : parts->second));
    if (whole || found.state != root.state) {
      GLIMPSE_RETURN_IF_ERROR(library_.record_scan(root.id, found.state, found.offline_reason, whole));
    }
    if (found.state == RootState::kOffline) report_.offline.push_back(root.id);
    report_.raw_beside_jpeg += static_cast<std::int64_t>(found.raw_beside_jpeg);
    report_.unchanged += static_cast<std::int64_t>(found.unchanged);
    gone_.insert(found.gone.begin(), found.gone.end());
    for (auto& file : found.added) {
      if (has_raw_extension(file.name.native())) {
        refuse_raw(root, file);
        continue;
      }
      // Gone under its old name, unless the content turns out to be another; an offline root forgets nothing.
      if (file.moved_from && found.state == RootState::kOnline) gone_.insert(*file.moved_from);
      tasks_.push_back({TaskKind::kAdded, root.id, root.path, std::move(file.name), file.stamp, std::nullopt});
    }
    for (auto& file : found.changed) {
      tasks_.push_back({TaskKind::kChanged, root.id, root.path, std::move(file.name), file.stamp, file.id});
    }
    for (auto& name : found.mended) changes_.batch().erase_failure(root.id, std::move(name));
    for (auto& failure : found.failures) {
      changes_.batch().put_failure({.root = root.id,
                                    .name = std::move(failure.name),
                                    .stamp = {},
                                    .reason = std::move(failure.reason),
                                    .message = std::move(failure.message)});
    }
    return {};
  }

  void refuse_raw(const Root& root, const FoundFile& file) {
    ++report_.failed;
    changes_.batch().put_failure(
        {.root = root.id,
         .name = file.name,
         .stamp = file.stamp,
         .reason = "unsupported",
         .message = fmt::format("{}: a camera's RAW file: put the JPEG of it beside it, and that one is taken",
                                display(root.path / file.name))});
  }

  Result<PathRules> rules_of(const Root& root) const {
    GLIMPSE_ASSIGN_OR_RETURN(const auto rules, library_.rules_of(root.id));
    return PathRules::compile(rules).with_context(display(root.path));
  }

  /// What new files are compared with, to find those that were moved.
  Result<void> note_gone_contents() {
    if (std::ranges::none_of(tasks_, [](const Task& task) { return task.kind == TaskKind::kAdded; })) return {};
    const std::vector<ImageId> ids(gone_.begin(), gone_.end());
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library_.pictures(ids));
    for (const Picture& picture : pictures) {
      const bool was_damaged = picture.stamp == FileStamp{};  // its row must not live on
      if (!was_damaged) gone_contents_[picture.content].push_back(picture.id);
    }
    return {};
  }

  /// A picture of this content whose file is gone, each given out once.
  std::optional<ImageId> take_moved(const Hash128& content) {
    const auto same = gone_contents_.find(content);
    if (same == gone_contents_.end()) return std::nullopt;
    const ImageId id = same->second.back();
    same->second.pop_back();
    if (same->second.empty()) gone_contents_.erase(same);
    return id;
  }

  // Pictures of roots that are here, whose vector was never made (another model) or was damaged.
  Result<void> plan_missing_vectors(const std::vector<Root>& roots) {
    std::unordered_set<ImageId> planned;
    for (const Task& task : tasks_) {
      if (task.id) planned.insert(*task.id);
    }
    constexpr std::int64_t kPage = 1000;
    for (ImageId after{0};;) {
      GLIMPSE_ASSIGN_OR_RETURN(const auto page, library_.missing_vectors(generation_, after, kPage));
      for (const Picture& picture : page) {
        const auto root = std::ranges::find(roots, picture.root, &Root::id);
        const bool here =
            root != roots.end() && std::ranges::find(report_.offline, picture.root) == report_.offline.end();
        if (!here || planned.contains(picture.id) || gone_.contains(picture.id)) continue;
        tasks_.push_back({TaskKind::kLacksVector, picture.root, root->path, picture.name, picture.stamp, picture.id});
      }
      if (static_cast<std::int64_t>(page.size()) < kPage) return {};
      after = page.back().id;
    }
  }

  encode::WaitingPictures waiting() const {
    encode::WaitingPictures waiting{.count = tasks_.size(), .sample = {}};
    const std::size_t wanted = std::min<std::size_t>(tasks_.size(), encode::kTrialPictures);
    for (std::size_t i = 0; i < wanted; ++i) {
      const Task& task = tasks_[i * tasks_.size() / wanted];
      waiting.sample.push_back(task.root_path / task.name);
    }
    return waiting;
  }

  Result<void> work() {
    if (tasks_.empty()) return {};
    GLIMPSE_ASSIGN_OR_RETURN(auto model, load_model_(waiting()));
    GLIMPSE_ASSIGN_OR_RETURN(const auto pipeline,
                             encode::fit_pipeline(options_.pipeline, model, options_.memory, tasks_.size()));
    totals_.total = static_cast<std::int64_t>(tasks_.size());
    std::size_t at = 0;
    const auto next = [&]() -> std::optional<encode::ImageJob> {
      if (at == tasks_.size()) return std::nullopt;
      const Task& task = tasks_[at];
      return encode::ImageJob{at++, task.root_path / task.name};
    };
    const auto known = [&](const Hash128& content, std::uint64_t size) {
      return known_vector(content, size).has_value();
    };
    const auto sink = [&](encode::ImageOutcome outcome) { return take(std::move(outcome)); };
    return run_image_pipeline(model, pipeline, next, known, sink, cancel_);
  }

  // Called from the pipeline's lanes, side by side. An error here only means that the picture is embedded.
  std::optional<std::vector<float>> known_vector(const Hash128& content, std::uint64_t size) const {
    auto vector = library_.vector_of_content(generation_, content, size);
    return vector ? *std::move(vector) : std::nullopt;
  }

  Result<void> take(encode::ImageOutcome outcome) {
    const Task& task = tasks_[outcome.tag];
    if (outcome.error) {
      GLIMPSE_RETURN_IF_ERROR(take_failure(task, *outcome.error));
    } else if (outcome.known) {
      GLIMPSE_RETURN_IF_ERROR(take_known(task, outcome));
    } else {
      take_embedded(task, outcome);
    }
    ++(outcome.error ? totals_.skipped : totals_.done);
    const bool vanished = outcome.error && outcome.error->code() == ErrorCode::kNotFound;
    if (options_.committed && !vanished) waiting_.push_back({task.root_path / task.name, outcome.error.has_value()});
    if (progress_) progress_(totals_);
    if (changes_.due()) GLIMPSE_RETURN_IF_ERROR(commit());
    return {};
  }

  Result<void> commit() {
    GLIMPSE_RETURN_IF_ERROR(changes_.commit());
    if (options_.committed && !waiting_.empty()) options_.committed(waiting_);
    waiting_.clear();
    return {};
  }

  Result<void> take_failure(const Task& task, const Error& error) {
    // The file went away between the scan and now: the next scan decides what that means.
    if (error.code() == ErrorCode::kNotFound) return {};
    ++report_.failed;
    changes_.batch().put_failure({.root = task.root,
                                  .name = task.name,
                                  .stamp = task.stamp,
                                  .reason = std::string(failure_reason(error)),
                                  .message = error.message()});
    return {};
  }

  void take_embedded(const Task& task, const encode::ImageOutcome& outcome) {
    ++report_.embedded;
    count(task.kind);
    changes_.batch().put_picture({.root = task.root,
                                  .name = task.name,
                                  .stamp = task.stamp,
                                  .content = outcome.content,
                                  .format = std::string(image::name_of(outcome.header.format)),
                                  .width = outcome.header.width,
                                  .height = outcome.header.height,
                                  .orientation = outcome.header.orientation,
                                  .details = outcome.header.details},
                                 generation_, outcome.embedding);
  }

  Result<void> take_known(const Task& task, const encode::ImageOutcome& outcome) {
    if (task.id) {
      GLIMPSE_ASSIGN_OR_RETURN(const auto own, library_.pictures(std::span(&*task.id, 1)));
      if (!own.empty() && own.front().content == outcome.content) return keep(task, outcome);
    } else if (const auto moved = take_moved(outcome.content)) {
      ++report_.moved;
      gone_.erase(*moved);
      changes_.batch().move_picture(*moved, task.root, task.name, task.stamp);
      return {};
    }
    GLIMPSE_ASSIGN_OR_RETURN(const auto same, library_.find_by_content(outcome.content, outcome.size_bytes, 1));
    return copy_picture(task, outcome, same);
  }

  Result<void> keep(const Task& task, const encode::ImageOutcome& outcome) {
    ++report_.unchanged;
    changes_.batch().touch_picture(*task.id, task.stamp);
    return task.kind == TaskKind::kLacksVector ? copy_vector(*task.id, outcome) : Result<void>();
  }

  // Another file with these bytes has a vector: the new row gets the same.
  Result<void> copy_picture(const Task& task, const encode::ImageOutcome& outcome, const std::vector<Picture>& same) {
    const auto vector = known_vector(outcome.content, outcome.size_bytes);
    if (!vector || same.empty()) return Error::internal("{}: a known vector is gone", display(task.name));
    PictureFacts facts = same.front();
    facts.root = task.root;
    facts.name = task.name;
    facts.stamp = task.stamp;
    count(task.kind);
    changes_.batch().put_picture(std::move(facts), generation_, *vector);
    return {};
  }

  Result<void> copy_vector(ImageId picture, const encode::ImageOutcome& outcome) {
    if (const auto vector = known_vector(outcome.content, outcome.size_bytes)) {
      changes_.batch().put_vector(picture, generation_, *vector);
    }
    return {};
  }

  void count(TaskKind kind) {
    switch (kind) {
      case TaskKind::kAdded:
        ++report_.added;
        break;
      case TaskKind::kChanged:
        ++report_.changed;
        break;
      case TaskKind::kLacksVector:
        break;  // counted as unchanged by the plan
    }
  }

  Result<void> forget() {
    for (const ImageId id : gone_) {
      ++report_.gone;
      changes_.batch().erase_picture(id);
      if (changes_.due()) GLIMPSE_RETURN_IF_ERROR(changes_.commit());
    }
    GLIMPSE_RETURN_IF_ERROR(changes_.commit());
    return {};
  }

  Library& library_;
  const GenerationId generation_;
  const LoadModel& load_model_;
  const IndexOptions& options_;
  const std::function<void(const IndexProgress&)>& progress_;
  const CancelToken& cancel_;
  GroupCommit changes_;
  std::vector<Task> tasks_;
  std::unordered_set<ImageId> gone_;
  std::map<Hash128, std::vector<ImageId>> gone_contents_;
  std::vector<CommittedFile> waiting_;  ///< For the next commit.
  IndexProgress totals_;
  IndexReport report_;
};

}  // namespace

Result<IndexReport> index_roots(Library& library, const Generation& generation, const LoadModel& load_model,
                                std::span<const RootId> roots, const IndexOptions& options,
                                const std::function<void(const IndexProgress&)>& progress, const CancelToken& cancel) {
  return IndexRun(library, generation, load_model, options, progress, cancel).run(roots);
}

std::string_view failure_reason(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return "not_a_picture";
    case ErrorCode::kCorruption:
      return "damaged";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kResourceExhausted:
      return "too_large";
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kIo:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kCancelled:
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal:
      return "unreadable";
  }
  return "unreadable";
}

}  // namespace glimpse::library
