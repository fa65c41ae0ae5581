#include <fmt/core.h>

#include <optional>

#include "base/cpu.h"
#include "bench/measure.h"
#include "bench/processor.h"
#include "bench/report.h"
#include "bench/sample_pictures.h"
#include "commands.h"
#include "encode/picture_sample.h"
#include "encode/precision_trial.h"
#include "interrupt.h"
#include "json_text.h"
#include "models/dual_encoder.h"
#include "paths.h"
#include "picture_files.h"
#include "runtime/limits.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

/// Indexing has stages that must fill first: it is given this many times the seconds of the other figures.
constexpr double kIndexShare = 5;

/// Runs the parts one after the other and says on standard error which one it is at.
class Bench {
 public:
  Bench(const CommonFlags& common, const BenchFlags& flags, CancelToken& cancel)
      : common_(common), flags_(flags), cancel_(cancel) {}

  Result<BenchReport> run() {
    GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(common_, kDefaultModel));
    report_.model = model.stored.name;
    report_.processor = processor_name();
    report_.processors = common_.threads > 0 ? common_.threads : available_cpus();
    report_.batch_size = encode::PipelineOptions{}.batch_size;
    GLIMPSE_RETURN_IF_ERROR(pictures(model));
    GLIMPSE_RETURN_IF_ERROR(precision(model));
    GLIMPSE_RETURN_IF_ERROR(towers(model));
    GLIMPSE_RETURN_IF_ERROR(queries(model));
    GLIMPSE_RETURN_IF_ERROR(index(model));
    return std::move(report_);
  }

 private:
  Result<void> next(const std::string& part) {
    if (cancel_.cancelled()) return Error::cancelled("interrupted");
    if (!common_.quiet) fmt::print(stderr, "measuring {} …\n", part);
    return {};
  }

  Result<void> pictures(OpenModel& model) {
    GLIMPSE_RETURN_IF_ERROR(next("decoding"));
    GLIMPSE_ASSIGN_OR_RETURN(const auto samples,
                             flags_.folder.empty() ? synthetic_samples() : sample_of_folder(flags_.folder));
    for (const auto& sample : samples) {
      GLIMPSE_ASSIGN_OR_RETURN(
          auto rates, measure_pictures(sample, model.encoder->preprocess(), report_.processors, flags_.seconds));
      report_.pictures.push_back(std::move(rates));
    }
    return {};
  }

  /// As the first index of the folder would do it: int8 needs it, and `auto` too.
  Result<void> precision(OpenModel& model) {
    if (flags_.folder.empty()) return {};
    GLIMPSE_ASSIGN_OR_RETURN(const auto files, picture_files(flags_.folder));
    const auto sample = encode::evenly_spread(files, encode::kTrialPictures);
    if (sample.size() < encode::kTrialPictures) return {};
    GLIMPSE_RETURN_IF_ERROR(next("how close int8 and bf16 come to f32"));
    GLIMPSE_RETURN_IF_ERROR(model.encoder->settle_precision({.count = encode::kWorthATrial, .sample = sample}));
    return {};
  }

  Result<void> towers(const OpenModel& model) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto plain,
                             models::open_dual_encoder(model.stored.directory,
                                                       {.params_path = common_.params, .clip_merges = clip_merges()}));
    GLIMPSE_ASSIGN_OR_RETURN(report_.picture_flop, runtime::picture_operations(*plain));
    for (const auto precision : {runtime::Precision::kF32, runtime::Precision::kBf16, runtime::Precision::kInt8}) {
      GLIMPSE_RETURN_IF_ERROR(next(fmt::format("the picture tower in {}", runtime::name_of(precision))));
      GLIMPSE_ASSIGN_OR_RETURN(auto rate, measure_tower(common_, precision, flags_.seconds, report_.streams));
      report_.towers.push_back(std::move(rate));
    }
    return words(*plain);
  }

  Result<void> words(const models::DualEncoder& plain) {
    GLIMPSE_RETURN_IF_ERROR(next("five words"));
    GLIMPSE_ASSIGN_OR_RETURN(report_.words_limits, measure_words_limits(plain, report_.processors, flags_.seconds));
    for (const auto precision : {runtime::Precision::kF32, runtime::Precision::kBf16}) {
      if (!runtime::is_native(precision)) continue;
      GLIMPSE_ASSIGN_OR_RETURN(auto rate, measure_words(common_, precision, flags_.seconds));
      report_.words.push_back(std::move(rate));
    }
    return {};
  }

  Result<void> queries(OpenModel& model) {
    GLIMPSE_RETURN_IF_ERROR(next("queries"));
    GLIMPSE_ASSIGN_OR_RETURN(report_.query, measure_query(*model.encoder, flags_.seconds));
    const int dimension = model.encoder->info().embedding_dimension;
    GLIMPSE_ASSIGN_OR_RETURN(report_.search, measure_search(dimension, report_.processors, flags_.seconds));
    return {};
  }

  Result<void> index(OpenModel& model) {
    if (flags_.folder.empty()) return {};
    GLIMPSE_RETURN_IF_ERROR(next("indexing"));
    GLIMPSE_ASSIGN_OR_RETURN(report_.index, measure_index(model, flags_.folder, kIndexShare * flags_.seconds, cancel_));
    return {};
  }

  const CommonFlags& common_;
  const BenchFlags& flags_;
  CancelToken& cancel_;
  BenchReport report_;
};

}  // namespace

Result<ExitCode> run_bench(const CommonFlags& common, const BenchFlags& flags) {
  static CancelToken cancel;  // outlives the signal handler's use of it
  cancel_on_interrupt(cancel);
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, Bench(common, flags, cancel).run());
  if (common.json) {
    print_json(to_json(report));
  } else {
    print_table(report);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
