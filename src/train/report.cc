#include "train/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "train/record_json.h"

namespace glimpse::train {
namespace {

ordered_json json_of(const Score& score) {
  return {{"pictures", score.pictures},
          {"texts", score.texts},
          {"text_to_image",
           {{"ndcg@10", score.ndcg_10},
            {"hit_rate@1", score.hit_1},
            {"hit_rate@5", score.hit_5},
            {"hit_rate@10", score.hit_10},
            {"mrr", score.mrr}}},
          {"image_to_text",
           {{"ndcg@10", score.back_ndcg_10},
            {"hit_rate@1", score.back_hit_1},
            {"hit_rate@5", score.back_hit_5},
            {"hit_rate@10", score.back_hit_10}}}};
}

ordered_json json_of(const Comparison& comparison) {
  const auto found = difference(comparison.before, comparison.after);
  return {{"before", json_of(comparison.before)},
          {"after", json_of(comparison.after)},
          {"difference",
           {{"measure", "text_to_image ndcg@10"},
            {"mean", found.difference.mean},
            {"low", found.difference.low},
            {"high", found.difference.high},
            {"p_value", found.p_value}}}};
}

ordered_json json_of(const BlendChoice& blend) {
  ordered_json tried = ordered_json::array();
  for (const BlendScore& score : blend.tried) {
    ordered_json one = {{"alpha", score.alpha}, {"validation", score.validation}};
    if (score.guard) one["guard"] = *score.guard;
    tried.push_back(std::move(one));
  }
  return {{"alpha", blend.alpha}, {"guard_decided", blend.guard_decided}, {"tried", std::move(tried)}};
}

std::string line_of(const char* what, const Comparison& comparison) {
  const auto found = difference(comparison.before, comparison.after);
  return fmt::format("  {:<11} {:.3f} → {:.3f}   {:+.3f} ({:+.3f} to {:+.3f})   R@1 {:.3f} → {:.3f}\n", what,
                     comparison.before.ndcg_10, comparison.after.ndcg_10, found.difference.mean, found.difference.low,
                     found.difference.high, comparison.before.hit_1, comparison.after.hit_1);
}

}  // namespace

std::string report_text(const Report& report) {
  ordered_json json = {{"run", json_of(report.record)}};
  json["run"]["id"] = run_id(report.record);
  json["run"]["directory"] = display(report.run);
  json["training"] = {{"steps", report.progress.step},
                      {"planned_steps", report.planned_steps},
                      {"epochs", report.progress.epoch},
                      {"stopped_early", report.stopped_early},
                      {"best_step", report.progress.best_step},
                      {"first_loss", report.first_loss},
                      {"last_loss", report.last_loss},
                      {"left_out", report.left_out},
                      {"trained_tensors", report.trained_tensors},
                      {"trained_values", report.trained_values},
                      {"seconds", report.seconds}};
  json["wise"] = json_of(report.blend);
  json["results"] = {{"validation", json_of(report.validation)}};
  if (!report.test.empty()) json["results"]["test"] = json_of(report.test);
  if (!report.guard.empty()) json["results"]["guard"] = json_of(report.guard);
  json["model"] = {{"directory", display(report.model.directory)}, {"fingerprint", report.model.fingerprint}};
  if (!report.model.state_dict.empty()) json["model"]["state_dict"] = display(report.model.state_dict);
  json["curve"] = display(report.run / "curve.jsonl");
  return dumped(json, -1);
}

std::string summary_text(const Report& report) {
  std::string text;
  if (report.record.settings.scope == "new-heads") {
    text = fmt::format("new heads, {} epochs by gradient in all; loss {:.4f} → {:.4f}\n", report.progress.step,
                       report.first_loss, report.last_loss);
  } else {
    text = fmt::format("{} steps in {} epochs{}; loss {:.4f} → {:.4f}; the best epoch ended at step {}\n",
                       report.progress.step, report.progress.epoch, report.stopped_early ? ", stopped early" : "",
                       report.first_loss, report.last_loss, report.progress.best_step);
    text += fmt::format("blend α {} of original (0) and trained (1) weights{}\n", report.blend.alpha,
                        report.blend.guard_decided ? ", held back by the guard" : "");
  }
  text += "nDCG@10, text to image, before → after (difference, 95 % interval)\n";
  text += line_of("validation", report.validation);
  if (!report.test.empty()) text += line_of("test", report.test);
  if (!report.guard.empty()) text += line_of("guard", report.guard);
  if (report.blend.alpha == 0) {
    text += "Nothing that was trained did better on the validation pictures: the model has the original's weights.\n";
  }
  return text + fmt::format("model  {}\nrun    {}\n", display(report.model.directory), display(report.run));
}

}  // namespace glimpse::train
