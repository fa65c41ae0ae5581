// The card: docs/training.md says what each part means.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "hub/digest.h"
#include "train/model_writer.h"
#include "train/record_json.h"
#include "train/report.h"

namespace glimpse::train {
namespace {

std::string data_table(const RunRecord& record) {
  const DataProblems& p = record.data.problems;
  std::string text = fmt::format(
      "{} pictures, {} captions ({}), SHA-1 {}. Left out: {} missing and {} unreadable pictures, {} broken records ({} "
      "empty captions). {} captions were there twice, {} belong to several pictures; {} pictures are copies, {} nearly "
      "so.\n\n| part | pictures | SHA-1 |\n| --- | --- | --- |\n",
      record.data.picture_count, record.data.caption_count, record.data.form, record.data.sha1, p.missing, p.unreadable,
      p.broken, p.empty_captions, p.repeated_captions, p.shared_captions, p.duplicate_pictures, p.similar_pictures);
  for (const Part part : {Part::kTrain, Part::kValidation, Part::kTest}) {
    const auto at = static_cast<std::size_t>(part);
    text += fmt::format("| {} | {} | {} |\n", name_of(part), record.part_sizes[at], record.part_sha1[at]);
  }
  if (record.guard) {
    text += fmt::format("\nGuard against forgetting: {} pictures, SHA-1 {}.\n", record.guard->picture_count,
                        record.guard->sha1);
  }
  return text;
}

std::string settings_table(const Settings& settings) {
  std::string text = "| setting | value |\n| --- | --- |\n";
  const auto json = ordered_json::parse(settings_text(settings));
  for (const auto& [name, value] : json.items()) {
    text += fmt::format("| {} | {} |\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

std::string row(const char* what, const Comparison& c) {
  if (c.empty()) return {};
  const auto found = difference(c.before, c.after);
  return fmt::format(
      "| {} | {} | {:.4f} | {:.4f} | {:+.4f} ({:+.4f} to {:+.4f}) | {:.4f} → {:.4f} | {:.4f} → {:.4f} |\n", what,
      c.before.pictures, c.before.ndcg_10, c.after.ndcg_10, found.difference.mean, found.difference.low,
      found.difference.high, c.before.hit_1, c.after.hit_1, c.before.hit_10, c.after.hit_10);
}

std::string results_table(const Report& report) {
  return "Text to image; differences with 95 % intervals.\n\n"
         "| pictures | | nDCG@10 before | after | difference | hit rate@1 | hit rate@10 |\n"
         "| --- | --- | --- | --- | --- | --- | --- |\n" +
         row("validation", report.validation) + row("test", report.test) + row("guard", report.guard);
}

std::string curve_table(const Curve& curve) {
  std::string text =
      "| step | epoch | loss (mean since the row before) | validation nDCG@10 |\n| --- | --- | --- | --- |\n";
  std::size_t at = 0;
  for (const ValidationPoint& point : curve.validations()) {
    double sum = 0;
    std::size_t count = 0;
    for (; at < curve.steps().size() && curve.steps()[at].step <= point.step; ++at, ++count)
      sum += curve.steps()[at].loss;
    text += fmt::format("| {} | {} | {} | {:.4f} |\n", point.step, point.epoch,
                        count == 0 ? "" : fmt::format("{:.4f}", sum / static_cast<double>(count)), point.ndcg_10);
  }
  return text;
}

std::string blend_text(const BlendChoice& blend) {
  std::string text = fmt::format("α = {}: original + α · (trained − original), weight by weight{}.\n", blend.alpha,
                                 blend.guard_decided ? "; a larger gain was passed over for the guard's sake" : "");
  if (blend.tried.empty()) return text;
  text += "\n| α | validation nDCG@10 | guard nDCG@10 |\n| --- | --- | --- |\n";
  for (const BlendScore& score : blend.tried) {
    text += fmt::format("| {} | {:.4f} | {} |\n", score.alpha, score.validation,
                        score.guard ? fmt::format("{:.4f}", *score.guard) : "");
  }
  return text;
}

/// How it came about. New heads are fitted whole: no weights are blended and no epoch is chosen.
std::string course_text(const Report& report, const Curve& curve) {
  if (report.record.settings.scope == "new-heads") {
    return fmt::format(
        "## Curve\nHeads by gradient, one after another; epochs: {} each, {} in all; loss {:.4f} → {:.4f}.\n",
        report.record.settings.epochs, report.progress.step, report.first_loss, report.last_loss);
  }
  return fmt::format("## Blend\n{}\n## Curve\n{} of {} planned steps{}; the weights are those of step {}.\n\n{}",
                     blend_text(report.blend), report.progress.step, report.planned_steps,
                     report.stopped_early ? " (stopped early)" : "", report.progress.best_step, curve_table(curve));
}

Result<std::string> sentence_on_the_original(const std::filesystem::path& directory) {
  const auto file = directory / kOriginalCard;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::string();
  GLIMPSE_ASSIGN_OR_RETURN(const std::string digest, hub::sha256_of(file));
  return fmt::format(" Its own card is [{0}]({0}), SHA-256 {1}.", kOriginalCard, digest);
}

}  // namespace

Result<void> write_card(const Report& report, const Curve& curve, const std::filesystem::path& directory) {
  const RunRecord& record = report.record;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string original, sentence_on_the_original(directory));
  const std::string text = fmt::format(
      "# Model card\nFine-tuned from {} ({}, fingerprint {}) by `glimpse train`, run {}. The licence is the "
      "original's.{}\n\n## Data\n{}\n## Settings\n{} of the model's tensors were trained, {} values.\n\n{}\n"
      "## Results\n{}\n{}",
      record.model.name, record.model.family, record.model.fingerprint, run_id(record), original, data_table(record),
      report.trained_tensors, report.trained_values, settings_table(record.settings), results_table(report),
      course_text(report, curve));
  return write_file_atomically(directory / "card.md", text);
}

}  // namespace glimpse::train
