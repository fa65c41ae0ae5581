#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "train/loop.h"
#include "train/measure.h"
#include "train/run_record.h"
#include "train/wise.h"

namespace glimpse::train {

/// One set of pictures, before and after.
struct Comparison {
  Score before, after;
  bool empty() const { return before.pictures == 0; }
};

struct WrittenModel {
  std::filesystem::path directory;
  std::string fingerprint;
  std::filesystem::path state_dict;  ///< Empty: none was asked for.
};

/// What came out of a run: report.json, and `glimpse train --json`. See docs/formats/training-run.md.
struct Report {
  RunRecord record;
  std::filesystem::path run;  ///< Its directory.
  Progress progress;
  std::int64_t planned_steps = 0;
  bool stopped_early = false;
  std::size_t left_out = 0;
  double seconds = 0;  ///< Of the process that ended the run.
  double first_loss = 0, last_loss = 0;
  std::size_t trained_tensors = 0, trained_values = 0;
  BlendChoice blend;
  Comparison validation, test, guard;
  WrittenModel model;
};

/// JSON on one line.
std::string report_text(const Report& report);
/// A few lines for people.
std::string summary_text(const Report& report);

/// Writes the model's card, card.md: data, settings, curve, results, in Markdown. Without times: equal runs have equal
/// cards. It names the original's card where the directory has one (model_writer.h). Errors: io.
Result<void> write_card(const Report& report, const Curve& curve, const std::filesystem::path& directory);

}  // namespace glimpse::train
