// A run has three stretches: reading and checking (nothing is written), the loop (checkpoints in the run's directory),
// and the end: choose the blend, measure, write the model. The end can be done again from the last checkpoint as often
// as it is interrupted, so that whatever happens the model's directory is either not there or whole.
#include "train_command.h"

#include <fmt/core.h>

#include "base/cpu.h"
#include "base/file.h"
#include "course_page.h"
#include "dual_configuration.h"
#include "interrupt.h"
#include "new_heads.h"
#include "paths.h"
#include "progress_view.h"
#include "run_inputs.h"
#include "run_lock.h"
#include "stopwatch.h"
#include "torch_learner.h"
#include "train/model_writer.h"
#include "train/report.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxReportBytes = 16 << 20;

class TrainRun {
 public:
  TrainRun(const CommonFlags& common, const TrainFlags& flags, RunInputs inputs, OpenLearner opened)
      : common_(common),
        flags_(flags),
        inputs_(std::move(inputs)),
        opened_(std::move(opened)),
        page_(inputs_, flags.arguments) {
    threads_ = common.threads > 0 ? common.threads : available_cpus();
    measuring_ = {.preprocess = inputs_.model->preprocess(),
                  .batch = static_cast<std::size_t>(inputs_.settings.batch),
                  .threads = threads_,
                  .cancel = &interruption()};
  }

  Result<train::Report> run() {
    return page_.watch([this] { return run_to_the_end(); });
  }

 private:
  Result<train::Report> run_to_the_end() {
    const Stopwatch clock;
    GLIMPSE_ASSIGN_OR_RETURN(const train::LoopOutcome outcome, learn());
    train::Report report = report_of(outcome);
    page_.learnt(train::Stage::kChoosing, outcome.curve, report);
    GLIMPSE_ASSIGN_OR_RETURN(report.blend, choose());
    page_.learnt(train::Stage::kMeasuring, outcome.curve, report);
    GLIMPSE_RETURN_IF_ERROR(compare(report));
    report.seconds = clock.seconds();
    GLIMPSE_RETURN_IF_ERROR(write(report, outcome.curve));
    return report;
  }

  train::Learner& learner() { return *opened_.learner; }
  train::Gallery part(train::Part part) const { return {&inputs_.data, inputs_.split.of(part)}; }
  train::Gallery guard() const {
    train::Gallery gallery;
    if (!inputs_.guard) return gallery;
    gallery.data = &*inputs_.guard;
    for (std::size_t i = 0; i < inputs_.guard->pictures.size(); ++i) gallery.pictures.push_back(i);
    return gallery;
  }
  void say(const std::string& what) const {
    if (!common_.quiet) fmt::print(stderr, "{}\n", what);
  }

  Result<train::LoopOutcome> learn() {
    GLIMPSE_ASSIGN_OR_RETURN(auto settings, train::loop_settings(inputs_.settings));
    settings.decode_threads = threads_;
    ProgressView view(common_.quiet);
    auto outcome = train::run_loop(learner(), settings,
                                   {.data = inputs_.data,
                                    .split = inputs_.split,
                                    .preprocess = inputs_.model->preprocess(),
                                    .run = inputs_.run,
                                    .cancel = interruption(),
                                    .watch =
                                        [&](const train::LoopNews& news) {
                                          view.update(news);
                                          page_.update(news);
                                        },
                                    .remark = [](const std::string& remark) { fmt::print(stderr, "{}\n", remark); }});
    view.finish();
    return outcome;
  }

  train::Report report_of(const train::LoopOutcome& outcome) const {
    const auto& steps = outcome.curve.steps();
    train::Report report;
    report.record = inputs_.record;
    report.run = fs::absolute(inputs_.run);
    report.progress = outcome.progress;
    report.planned_steps = outcome.total;
    report.stopped_early = outcome.stopped_early;
    report.left_out = outcome.left_out;
    report.first_loss = steps.front().loss;
    report.last_loss = steps.back().loss;
    report.trained_tensors = opened_.trained_tensors;
    report.trained_values = opened_.trained_values;
    return report;
  }

  Result<train::BlendChoice> choose() {
    GLIMPSE_ASSIGN_OR_RETURN(const auto fixed, train::fixed_blend(inputs_.settings));
    if (fixed) return train::BlendChoice{.alpha = *fixed, .tried = {}, .guard_decided = false};
    say("choosing the blend of original and trained weights");
    return choose_blend(learner(), {.validation = part(train::Part::kValidation),
                                    .guard = guard(),
                                    .guard_tolerance = inputs_.settings.guard_tolerance,
                                    .measuring = measuring_});
  }

  Result<void> compare(train::Report& report) {
    say("measuring before and after");
    for (const bool after : {false, true}) {
      GLIMPSE_RETURN_IF_ERROR(learner().blend(after ? report.blend.alpha : 0));
      const auto into = [&](train::Comparison& comparison, const train::Gallery& gallery) -> Result<void> {
        GLIMPSE_ASSIGN_OR_RETURN((after ? comparison.after : comparison.before),
                                 measure(learner(), gallery, measuring_));
        return {};
      };
      GLIMPSE_RETURN_IF_ERROR(into(report.validation, part(train::Part::kValidation)));
      GLIMPSE_RETURN_IF_ERROR(into(report.test, part(train::Part::kTest)));
      GLIMPSE_RETURN_IF_ERROR(into(report.guard, guard()));
    }
    return {};
  }

  /// The report is written just before the model gets its name: a model that is there has one.
  Result<void> write(train::Report& report, const train::Curve& curve) {
    GLIMPSE_ASSIGN_OR_RETURN(auto tensors, learner().weights(report.blend.alpha));
    if (!flags_.state_dict.empty()) {
      GLIMPSE_RETURN_IF_ERROR(train::write_state_dict(flags_.state_dict, tensors));
      report.model.state_dict = fs::absolute(flags_.state_dict);
    }
    report.model.directory = fs::absolute(flags_.out);
    return train::write_model({.original = {inputs_.stored.directory, inputs_.model->weight_files().own},
                               .tensors = std::move(tensors),
                               .target = flags_.out,
                               .origin = inputs_.stored.name + ", fine-tuned",
                               .run_id = run_id(report.record),
                               .add = [&](const fs::path& directory) { return finish(report, curve, directory); }});
  }

  /// A dual encoder keeps its temperature in its configuration; the others have a tensor of it.
  Result<void> write_configuration(const fs::path& directory) {
    if (inputs_.record.model.family != "dual") return {};
    GLIMPSE_ASSIGN_OR_RETURN(auto configuration, read_dual_configuration(directory));
    configuration["logit_scale"] = learner().logit_scale();
    return write_dual_configuration(std::move(configuration), model_name(flags_), directory);
  }

  Result<void> finish(train::Report& report, const train::Curve& curve, const fs::path& directory) {
    GLIMPSE_RETURN_IF_ERROR(write_configuration(directory));
    GLIMPSE_ASSIGN_OR_RETURN(const auto model, models::open_dual_encoder(directory, {.clip_merges = clip_merges()}));
    report.model.fingerprint = model->info().fingerprint;
    GLIMPSE_RETURN_IF_ERROR(train::write_card(report, curve, directory));
    page_.learnt(train::Stage::kDone, curve, report);
    return write_file_atomically(inputs_.run / "report.json", report_text(report) + "\n");
  }

  const CommonFlags& common_;
  const TrainFlags& flags_;
  RunInputs inputs_;
  OpenLearner opened_;
  CoursePage page_;
  int threads_ = 1;
  train::MeasureOptions measuring_;
};

void print(const CommonFlags& common, const std::string& json, const std::string& words) {
  fmt::print("{}", common.json ? json : words);
}

LearningMeans means_of(const CommonFlags& common, const TrainFlags& flags) {
  return {.threads = common.threads,
          .features = {.memory_bytes = static_cast<std::uint64_t>(flags.feature_memory) << 20,
                       .spill = run_directory(flags),
                       .disk_bytes = static_cast<std::uint64_t>(flags.feature_disk) << 20}};
}

/// A run that is done says again what it said.
Result<ExitCode> say_again(const CommonFlags& common, const fs::path& run, const fs::path& out) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string report, read_text_file(run / "report.json", kMaxReportBytes));
  print(common, report,
        fmt::format("this run is done: {} is its model, {} its report\n", display(out), display(run / "report.json")));
  return ExitCode::kDone;
}

}  // namespace

Result<ExitCode> train_model(const CommonFlags& common, const TrainFlags& flags) {
  std::error_code ignored;
  const fs::path run = run_directory(flags);
  if (flags.resume && fs::exists(flags.out, ignored) && fs::exists(run / "report.json", ignored)) {
    return say_again(common, run, flags.out);
  }
  GLIMPSE_RETURN_IF_ERROR(check_page_place(flags.report));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string scope, scope_of(flags));
  GLIMPSE_RETURN_IF_ERROR(check_scope(scope));
  if (scope == "new-heads") return fit_new_heads(common, flags);
  GLIMPSE_RETURN_IF_ERROR(train::check_target(flags.out));
  if (!flags.resume && !flags.state_dict.empty() && fs::exists(flags.state_dict, ignored)) {
    return Error::already_exists("{} exists: say another --state-dict", display(flags.state_dict));
  }
  GLIMPSE_ASSIGN_OR_RETURN(RunInputs inputs, read_inputs(common, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto loop, train::loop_settings(inputs.settings));
  GLIMPSE_RETURN_IF_ERROR(train::check_batches(inputs.data, inputs.split, loop));
  GLIMPSE_ASSIGN_OR_RETURN(OpenLearner learner,
                           open_torch_learner(inputs.model, inputs.settings, means_of(common, flags)));
  if (!flags.resume) GLIMPSE_RETURN_IF_ERROR(begin_run(inputs));
  GLIMPSE_ASSIGN_OR_RETURN(const RunLock lock, RunLock::take(run));
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, TrainRun(common, flags, std::move(inputs), std::move(learner)).run());
  print(common, report_text(report) + "\n", summary_text(report));
  return ExitCode::kDone;
}

}  // namespace glimpse::app
