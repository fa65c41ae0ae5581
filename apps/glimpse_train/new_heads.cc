#include "new_heads.h"

#include <fmt/core.h>

#include <unordered_map>

#include "autograd/ensemble_file.h"
#include "base/cpu.h"
#include "base/file.h"
#include "course_page.h"
#include "dual_configuration.h"
#include "heads/material_files.h"
#include "run_inputs.h"
#include "run_lock.h"
#include "stopwatch.h"
#include "terminal.h"
#include "train/curve.h"
#include "train/model_writer.h"
#include "train/report.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

class HeadsRun {
 public:
  HeadsRun(const CommonFlags& common, const TrainFlags& flags, RunInputs inputs, heads::Material material)
      : common_(common),
        flags_(flags),
        inputs_(std::move(inputs)),
        material_(std::move(material)),
        page_(inputs_, flags.arguments) {
    threads_ = common.threads > 0 ? common.threads : available_cpus();
  }

  Result<train::Report> run() {
    return page_.watch([this] { return run_to_the_end(); });
  }

 private:
  Result<train::Report> run_to_the_end() {
    const Stopwatch clock;
    GLIMPSE_ASSIGN_OR_RETURN(configuration_, read_dual_configuration(inputs_.stored.directory));
    const fs::path old_file = inputs_.stored.directory / configuration_["heads"].get<std::string>();
    GLIMPSE_ASSIGN_OR_RETURN(const auto before, autograd::read_ensemble(old_file));
    GLIMPSE_ASSIGN_OR_RETURN(train::Curve curve, train::Curve::open(inputs_.run / "curve.jsonl", 0));
    GLIMPSE_ASSIGN_OR_RETURN(const auto fitted, fit(curve));
    // Measured as it is stored: in half precision.
    const fs::path stored = inputs_.run / "heads.safetensors";
    GLIMPSE_RETURN_IF_ERROR(autograd::write_ensemble(fitted, old_file, stored));
    GLIMPSE_ASSIGN_OR_RETURN(const auto after, autograd::read_ensemble(stored));
    train::Report report;
    report.record = inputs_.record;
    report.run = fs::absolute(inputs_.run);
    report.planned_steps = report.progress.step = static_cast<std::int64_t>(curve.steps().size());
    report.first_loss = curve.steps().empty() ? 0 : curve.steps().front().loss;
    report.last_loss = curve.steps().empty() ? 0 : curve.steps().back().loss;
    report.trained_tensors = after.heads.size() * 4 + 1;
    report.trained_values = after.projection.values.size();
    for (const heads::LinearHead& head : after.heads) {
      report.trained_values += head.picture_weight.values.size() + head.picture_bias.size() +
                               head.text_weight.values.size() + head.text_bias.size();
    }
    for (const auto part : {train::Part::kValidation, train::Part::kTest}) {
      auto& comparison = part == train::Part::kTest ? report.test : report.validation;
      if (inputs_.split.of(part).empty()) continue;
      comparison = {.before = score(before, part), .after = score(after, part)};
    }
    report.seconds = clock.seconds();
    GLIMPSE_RETURN_IF_ERROR(write(report, after, curve, old_file));
    return report;
  }

  autograd::EnsembleSettings settings() const {
    const train::Settings& asked = inputs_.settings;
    autograd::EnsembleSettings settings;
    settings.dimension = configuration_["embedding_dimension"].get<std::int64_t>();
    settings.contrastive_heads = asked.heads;
    settings.contrastive.epochs = asked.epochs;
    settings.contrastive.batch = asked.batch;
    settings.contrastive.rate = asked.lr;
    settings.contrastive.weight_decay = asked.weight_decay;
    settings.contrastive.sentence_weight = asked.sentence_weight;
    settings.seed = asked.seed;
    settings.threads = threads_;
    return settings;
  }

  /// The curve has a point for each epoch of each head that is fitted by gradient.
  Result<autograd::Ensemble> fit(train::Curve& curve) {
    const auto asked = settings();
    ProgressLine line("fitting", (asked.contrastive_heads + 1) * asked.contrastive.epochs, common_.quiet);
    Result<void> written;
    auto ensemble = autograd::fit_ensemble(material_, asked, [&](const autograd::FitProgress& progress) {
      const auto step = static_cast<std::int64_t>(curve.steps().size()) + 1;
      const train::StepPoint point{
          .step = step, .epoch = static_cast<std::uint64_t>(progress.epoch), .loss = progress.loss};
      if (written) written = curve.add(point);
      page_.update({.step = step,
                    .total = std::int64_t{asked.contrastive_heads} * asked.contrastive.epochs,
                    .pairs = inputs_.split.of(train::Part::kTrain).size(),
                    .curve = curve});
      line.update(progress.head * progress.epochs + progress.epoch + 1, 0);
    });
    line.finish();
    GLIMPSE_RETURN_IF_ERROR(written);
    return ensemble;
  }

  /// The material's pictures begin with those of the data, in its order.
  train::Score score(const autograd::Ensemble& ensemble, train::Part part) const {
    const auto& members = inputs_.split.of(part);
    const auto truth = train::truth_of(inputs_.data, members);
    std::unordered_map<std::string, std::int64_t> row_of_text;
    std::vector<std::int64_t> pictures, texts;
    for (const std::size_t picture : members) {
      pictures.push_back(static_cast<std::int64_t>(picture));
      const auto& captions = inputs_.data.pictures[picture].captions;
      for (std::size_t i = 0; i < captions.size(); ++i) {
        row_of_text[inputs_.data.captions[captions[i]].text] = material_.pictures[picture].captions[i];
      }
    }
    for (const auto& text : truth.texts) texts.push_back(row_of_text.at(text.text));
    const auto embedded = [&](const heads::Matrix& rows) {
      return evaluate::Matrix{.dimension = static_cast<std::size_t>(rows.columns), .values = rows.values};
    };
    return train::score_of(truth, embedded(ensemble.texts(heads::rows_of(material_.texts, texts))),
                           embedded(ensemble.pictures(heads::rows_of(material_.versions.front(), pictures))), threads_);
  }

  Result<void> write(train::Report& report, const autograd::Ensemble& ensemble, const train::Curve& curve,
                     const fs::path& old_file) {
    report.model.directory = fs::absolute(flags_.out);
    const auto add = [&](const fs::path& directory) -> Result<void> {
      GLIMPSE_RETURN_IF_ERROR(autograd::write_ensemble(ensemble, old_file, directory / old_file.filename()));
      GLIMPSE_RETURN_IF_ERROR(write_configuration(ensemble, directory));
      return finish(report, curve, directory);
    };
    return train::write_model({.original = {inputs_.stored.directory, inputs_.model->weight_files().own},
                               .tensors = {},
                               .target = flags_.out,
                               .origin = inputs_.stored.name + ", new heads",
                               .run_id = run_id(report.record),
                               .same_towers = true,
                               .add = add});
  }

  Result<void> write_configuration(const autograd::Ensemble& ensemble, const fs::path& directory) const {
    ordered_json configuration = configuration_;
    configuration["head_count"] = ensemble.heads.size();
    configuration["embedding_dimension"] = ensemble.projection.rows;
    return write_dual_configuration(std::move(configuration), model_name(flags_), directory);
  }

  Result<void> finish(train::Report& report, const train::Curve& curve, const fs::path& directory) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto model, models::open_dual_encoder(directory));
    report.model.fingerprint = model->info().fingerprint;
    GLIMPSE_RETURN_IF_ERROR(train::write_card(report, curve, directory));
    page_.learnt(train::Stage::kDone, curve, report);
    return write_file_atomically(inputs_.run / "report.json", report_text(report) + "\n");
  }

  const CommonFlags& common_;
  const TrainFlags& flags_;
  RunInputs inputs_;
  heads::Material material_;
  CoursePage page_;
  ordered_json configuration_;
  int threads_ = 1;
};

}  // namespace

Result<ExitCode> fit_new_heads(const CommonFlags& common, const TrainFlags& flags) {
  GLIMPSE_RETURN_IF_ERROR(train::check_target(flags.out));
  GLIMPSE_ASSIGN_OR_RETURN(RunInputs inputs, read_inputs(common, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const RunLock lock, RunLock::take(inputs.run));
  GLIMPSE_ASSIGN_OR_RETURN(auto material, heads::read_material(inputs.run / "material"));
  if (material.pictures.size() < inputs.data.pictures.size()) {
    return Error::corruption("{}: features of {} pictures, the data has {}: remove it and begin again",
                             display(inputs.run / "material"), material.pictures.size(), inputs.data.pictures.size());
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, HeadsRun(common, flags, std::move(inputs), std::move(material)).run());
  fmt::print("{}", common.json ? report_text(report) + "\n" : summary_text(report));
  return ExitCode::kDone;
}

}  // namespace glimpse::app
