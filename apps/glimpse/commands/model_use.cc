#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "background.h"
#include "base/file.h"
#include "build_progress.h"
#include "commands.h"
#include "indexing.h"
#include "interrupt.h"
#include "json_text.h"
#include "library/generation_build.h"
#include "model_store.h"
#include "stopwatch.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

/// A line that is drawn anew when pictures were added meanwhile.
class BuildLine {
 public:
  explicit BuildLine(bool quiet) : quiet_(quiet) {}

  void update(const library::BuildState& state) {
    const std::int64_t total = state.total - state.found;
    if (!line_ || total != total_) line_ = std::make_unique<ProgressLine>("embedding", total, quiet_);
    total_ = total;
    line_->update(state.done, state.skipped);
  }

  void finish() {
    if (line_) line_->finish();
  }

 private:
  const bool quiet_;
  std::int64_t total_ = 0;
  std::unique_ptr<ProgressLine> line_;
};

Result<ExitCode> say_where_it_goes_on(const CommonFlags& common, const std::string& model,
                                      const Background& background) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto outcome, background.wait());
  if (outcome.ended) return *outcome.ended;
  if (common.json) {
    print_json({{"model", model}, {"process", outcome.process}, {"log", build_log(common.library).native()}});
  } else {
    fmt::print(stderr, "process {} embeds the library with {}: 'glimpse model status' says how far it is\n",
               outcome.process, model);
  }
  return ExitCode::kDone;
}

void print_summary(const std::string& model, const library::BuildReport& report) {
  fmt::print(stderr, "the library now answers with {}\n", model);
  const auto lack = [](std::int64_t count, const char* why) {
    if (count > 0) fmt::print(stderr, "{} pictures have no vector of it: {}\n", human_count(count), why);
  };
  lack(report.unreachable, "their folders are away; 'glimpse index' embeds them when they are back");
  lack(report.gone, "their files are gone; 'glimpse index' forgets them");
  lack(report.unreadable, "their files cannot be read; 'glimpse index' says why");
}

Result<ExitCode> build_and_switch(const CommonFlags& common, const ModelUseFlags& flags, Background* background) {
  static CancelToken cancel;  // outlives the signal handler's use of it
  CommonFlags chosen = common;
  chosen.model = flags.name;
  GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(chosen, flags.name));
  // Building embeds pictures alone: a model whose words are broken would be found out by the first search.
  GLIMPSE_RETURN_IF_ERROR(model.encoder->embed_text("a picture"));
  model.encoder->unload_idle({});
  library::BuildOptions options{.pipeline = {.batch_size = 0}, .memory = {}, .allow_missing = flags.allow_missing};
  GLIMPSE_ASSIGN_OR_RETURN(options.memory, memory_limit(common));
  Result<void> left;
  BuildLine line(common.quiet);
  library::BuildEvents events;
  events.started = [&](const library::Generation&) {
    if (background != nullptr) left = background->leave(build_log(common.library));
    if (!left) cancel.cancel();
  };
  if (flags.json_lines) {
    events.committed = [](const auto& files, const library::BuildState& state) {
      print_committed(files, state.done + state.skipped, state.total - state.found);
    };
  }
  events.progressed = [&](const library::BuildState& state) { line.update(state); };
  cancel_on_interrupt(cancel);
  const Stopwatch watch;
  const auto report = library::build_generation(common.library, facts_of(model), picture_tower_of(model, common),
                                                options, events, cancel);
  line.finish();
  GLIMPSE_RETURN_IF_ERROR(left);
  GLIMPSE_RETURN_IF_ERROR(report);
  if (!common.json && !flags.json_lines) {
    print_summary(model.stored.name, *report);
    return ExitCode::kDone;
  }
  print_json({{"event", "done"},
              {"model", model.stored.name},
              {"generation", report->generation.id.value},
              {"dimension", report->generation.dimension},
              {"embedded", report->embedded},
              {"copied", report->copied},
              {"gone", report->gone},
              {"unreadable", report->unreadable},
              {"unreachable", report->unreachable},
              {"seconds", watch.seconds()}});
  return ExitCode::kDone;
}

}  // namespace

// Embeds beside the old vectors, which answer meanwhile; interrupted, it goes on where it stopped.
Result<ExitCode> run_model_use(const CommonFlags& common, const ModelUseFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.name));
  if (!flags.background) return build_and_switch(common, flags, nullptr);
  GLIMPSE_ASSIGN_OR_RETURN(auto background, Background::split());
  if (!background.goes_on()) return say_where_it_goes_on(common, stored.name, background);
  return build_and_switch(common, flags, &background);
}

}  // namespace glimpse::app
