// A build in passes:
//
//   survey   which pictures lack a vector, and which of those can be reached (lacking_survey.cc)
//   embed    those, with nothing held; each second what was made is stored in a turn of its own
//   switch   in one turn: if nothing lacks a vector that could have one, activate; otherwise another pass
//
// Invariants
// - A vector is stored only while its picture's row names the content that it was made from (WriteBatch::put_vector):
//   whatever others write between two turns, no vector meets another content.
// - Pictures whose file is not what the row names are embedded as they are now, and kept until the switch: their new
//   rows would take the old generation's vectors with them.
// - A picture that cannot be read is tried once a build, so passes come to an end.
#include "library/generation_build.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "encode/pipeline_fit.h"
#include "encode/precision_trial.h"
#include "library/library_state.h"
#include "library/write_turns.h"

namespace glimpse::library {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kPicturesAtOnce = 8192;  // rows held in memory
constexpr std::size_t kMostPending = 512;
constexpr milliseconds kTurnEvery{1000};

class GenerationBuild {
 public:
  GenerationBuild(std::filesystem::path directory, const LoadModel& load_model, const BuildOptions& options,
                  const BuildEvents& events, const CancelToken& cancel)
      : directory_(std::move(directory)),
        load_model_(load_model),
        options_(options),
        events_(events),
        cancel_(cancel),
        turns_(directory_, cancel) {}

  Result<BuildReport> run(const ModelFacts& facts) {
    GLIMPSE_RETURN_IF_ERROR(open(facts));
    for (bool first = true;; first = false) {
      GLIMPSE_ASSIGN_OR_RETURN(const auto survey, survey_lacking(*library_, generation_.id));
      GLIMPSE_RETURN_IF_ERROR(refuse_unreachable(survey));
      if (first && events_.started) events_.started(generation_);
      std::vector<ImageId> todo = survey.here;
      std::erase_if(todo, [&](ImageId id) { return given_up_.contains(id); });
      if (!todo.empty()) {
        GLIMPSE_RETURN_IF_ERROR(embed(todo));
        continue;
      }
      GLIMPSE_ASSIGN_OR_RETURN(const bool switched, switch_if_complete(survey));
      if (switched) return report(survey);
    }
  }

 private:
  Result<void> open(const ModelFacts& facts) {
    std::error_code ignored;  // what is wrong with the directory is said on opening
    std::filesystem::create_directories(directory_, ignored);
    GLIMPSE_ASSIGN_OR_RETURN(auto lock, BuildLock::acquire(directory_));
    lock_.emplace(std::move(lock));
    const auto make = [&](Library& library) -> Result<void> {
      GLIMPSE_ASSIGN_OR_RETURN(generation_, library.open_generation(facts));
      return forget_damaged_vectors(library);
    };
    GLIMPSE_RETURN_IF_ERROR(turns_.take(make, true));
    GLIMPSE_ASSIGN_OR_RETURN(library_, Library::open(directory_, {.access = Access::kReadOnly}));
    GLIMPSE_ASSIGN_OR_RETURN(const auto holdings, library_->holdings(generation_.id));
    state_.generation = generation_.id;
    state_.found = state_.total = holdings.vectors;
    lock_->tell(state_);
    return {};
  }

  // A damaged vector answers no query: forgotten, it is a missing one.
  Result<void> forget_damaged_vectors(Library& library) const {
    GLIMPSE_RETURN_IF_ERROR(library.forget_damaged_vectors(generation_.id));
    return {};
  }

  Result<void> refuse_unreachable(const LackingSurvey& survey) const {
    if (options_.allow_missing || survey.unreachable.empty()) return {};
    std::string roots;
    for (const auto& [root, pictures] : survey.unreachable_roots) {
      roots += fmt::format("{}{} ({} pictures)", roots.empty() ? "" : ", ", display(root.path), pictures);
    }
    return Error::unavailable(
        "{} pictures cannot be reached, and searches would miss them: {} is missing, empty or mostly gone. Bring it "
        "back and run this again, or say --allow-missing: they are embedded when it is back and indexed again",
        survey.unreachable.size(), roots);
  }

  Result<void> embed(const std::vector<ImageId>& todo) {
    state_.total = state_.found + state_.done + state_.skipped + static_cast<std::int64_t>(todo.size());
    GLIMPSE_RETURN_IF_ERROR(load_model(todo));
    lock_->tell(state_);
    for (std::size_t at = 0; at < todo.size(); at += kPicturesAtOnce) {
      const auto ids = std::span(todo).subspan(at, std::min(kPicturesAtOnce, todo.size() - at));
      GLIMPSE_ASSIGN_OR_RETURN(pictures_, library_->pictures(ids));
      const auto embedded = run_pipeline();
      GLIMPSE_RETURN_IF_ERROR(store_pending());  // also what was done before an interruption
      GLIMPSE_RETURN_IF_ERROR(embedded);
    }
    return {};
  }

  Result<void> load_model(const std::vector<ImageId>& todo) {
    if (model_) return {};
    encode::WaitingPictures waiting{.count = todo.size(), .sample = {}};
    const std::size_t wanted = std::min<std::size_t>(todo.size(), encode::kTrialPictures);
    std::vector<ImageId> sample;
    for (std::size_t i = 0; i < wanted; ++i) sample.push_back(todo[i * todo.size() / wanted]);
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library_->pictures(sample));
    for (const Picture& picture : pictures) waiting.sample.push_back(picture.path);
    GLIMPSE_ASSIGN_OR_RETURN(model_, load_model_(waiting));
    GLIMPSE_ASSIGN_OR_RETURN(pipeline_, encode::fit_pipeline(options_.pipeline, *model_, options_.memory, todo.size()));
    state_.started_at_ms = now_ms();
    return {};
  }

  Result<void> run_pipeline() {
    stamps_.assign(pictures_.size(), FileStamp{});
    std::size_t at = 0;
    const auto next = [&]() -> std::optional<encode::ImageJob> {
      if (at == pictures_.size()) return std::nullopt;
      // Taken before the file is read, so that a write in between shows at the next scan.
      if (const auto stamp = stamp_of(pictures_[at].path)) stamps_[at] = *stamp;
      const encode::ImageJob job{at, pictures_[at].path};
      ++at;
      return job;
    };
    const auto known = [&](const Hash128& content, std::uint64_t size) { return vector_of(content, size).has_value(); };
    const auto sink = [&](encode::ImageOutcome outcome) { return take(std::move(outcome)); };
    return run_image_pipeline(*model_, pipeline_, next, known, sink, cancel_);
  }

  struct KnownVector {
    Picture picture;
    std::vector<float> vector;
  };

  // Called from the pipeline's lanes, side by side. An error here only means that the picture is embedded.
  std::optional<KnownVector> vector_of(const Hash128& content, std::uint64_t size) const {
    auto same = library_->find_by_content(content, size);
    if (!same) return std::nullopt;
    for (Picture& picture : *same) {
      if (auto vector = library_->vector_of(generation_.id, picture.id)) {
        return KnownVector{std::move(picture), *std::move(vector)};
      }
    }
    return std::nullopt;
  }

  Result<void> take(encode::ImageOutcome outcome) {
    const Picture& picture = pictures_[outcome.tag];
    if (outcome.error) {
      given_up_.insert(picture.id);
      ++state_.skipped;
    } else {
      take_vector(picture, stamps_[outcome.tag], std::move(outcome));
      ++state_.done;
    }
    if (events_.progressed) {
      state_.told_at_ms = now_ms();
      events_.progressed(state_);
    }
    const bool due = pending_.size() >= kMostPending || Clock::now() - last_turn_ >= kTurnEvery;
    return due ? store_pending() : Result<void>();
  }

  void take_vector(const Picture& picture, const FileStamp& stamp, encode::ImageOutcome outcome) {
    PictureFacts facts = picture;
    if (outcome.known) {
      auto known = vector_of(outcome.content, outcome.size_bytes);
      if (!known) return;  // dropped meanwhile: the next pass embeds it
      facts = std::move(known->picture);
      outcome.embedding = std::move(known->vector);
      ++report_.copied;
    } else {
      facts.format = std::string(image::name_of(outcome.header.format));
      facts.width = outcome.header.width;
      facts.height = outcome.header.height;
      facts.orientation = outcome.header.orientation;
      ++report_.embedded;
    }
    if (outcome.content == picture.content) {
      pending_.put_vector(picture.id, outcome.content, generation_.id, outcome.embedding);
      pending_files_.push_back({picture.path});
      return;
    }
    facts.root = picture.root;
    facts.name = picture.name;
    facts.stamp = stamp;
    facts.content = outcome.content;
    changed_.put_picture(std::move(facts), generation_.id, outcome.embedding);
    given_up_.insert(picture.id);
    changed_ids_.insert(picture.id);
  }

  Result<void> store_pending() {
    const auto store = [&](Library& library) -> Result<void> {
      GLIMPSE_RETURN_IF_ERROR(library.commit(pending_));
      return {};
    };
    if (!pending_.empty()) GLIMPSE_RETURN_IF_ERROR(turns_.take(store));
    if (events_.committed && !pending_files_.empty()) events_.committed(pending_files_, state_);
    pending_.clear();
    pending_files_.clear();
    last_turn_ = Clock::now();
    lock_->tell(state_);
    return {};
  }

  // Nobody else writes between the last look and the switch.
  Result<bool> switch_if_complete(const LackingSurvey& survey) {
    if (cancel_.cancelled()) return Error::cancelled("interrupted");
    std::unordered_set<ImageId> excused = given_up_;
    excused.insert(survey.gone.begin(), survey.gone.end());
    excused.insert(survey.unreachable.begin(), survey.unreachable.end());
    bool complete = false;
    const auto look_and_switch = [&](Library& library) -> Result<void> {
      GLIMPSE_ASSIGN_OR_RETURN(const auto lacking, library.lacking_pictures(generation_.id));
      complete = std::ranges::all_of(lacking, [&](const auto& picture) { return excused.contains(picture.id); });
      if (!complete) return {};
      GLIMPSE_RETURN_IF_ERROR(library.commit(changed_));
      return library.activate(generation_.id);
    };
    GLIMPSE_RETURN_IF_ERROR(turns_.take(look_and_switch));
    return complete;
  }

  BuildReport report(const LackingSurvey& survey) {
    report_.generation = generation_;
    report_.generation.state = GenerationState::kActive;
    report_.gone = static_cast<std::int64_t>(survey.gone.size());
    report_.unreachable = static_cast<std::int64_t>(survey.unreachable.size());
    report_.unreadable = std::ranges::count_if(survey.here, [&](ImageId id) { return !changed_ids_.contains(id); });
    return report_;
  }

  const std::filesystem::path directory_;
  const LoadModel& load_model_;
  const BuildOptions& options_;
  const BuildEvents& events_;
  const CancelToken& cancel_;
  const WriteTurns turns_;
  std::optional<BuildLock> lock_;
  Generation generation_;
  std::unique_ptr<Library> library_;  ///< For reading.
  std::optional<encode::ImageModel> model_;
  encode::PipelineOptions pipeline_;
  std::vector<Picture> pictures_;  ///< Being embedded; a tag is a place in it.
  std::vector<FileStamp> stamps_;  ///< Of their files.
  WriteBatch pending_;
  std::vector<CommittedFile> pending_files_;
  WriteBatch changed_;  ///< Stored with the switch.
  std::unordered_set<ImageId> changed_ids_;
  std::unordered_set<ImageId> given_up_;
  Clock::time_point last_turn_ = Clock::now();
  BuildState state_;
  BuildReport report_;
};

}  // namespace

Result<BuildReport> build_generation(const std::filesystem::path& library_directory, const ModelFacts& facts,
                                     const LoadModel& load_model, const BuildOptions& options,
                                     const BuildEvents& events, const CancelToken& cancel) {
  return GenerationBuild(library_directory, load_model, options, events, cancel).run(facts);
}

}  // namespace glimpse::library
