#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "report/document.h"
#include "train/curve.h"
#include "train/report.h"
#include "train/run_record.h"

namespace glimpse::train {

/// What a run is doing when its page is written.
enum class Stage {
  kLearning,
  kChoosing,   ///< The blend of original and trained weights.
  kMeasuring,  ///< Before and after.
  kDone,
  kStopped  ///< By a person or by an error: it can go on.
};

/// A run as far as it has come. All that is referred to must outlive it.
struct Course {
  const RunRecord& record;
  const Curve& curve;              ///< From the first step on, however often the run was stopped.
  std::filesystem::path run = {};  ///< Its directory.
  std::int64_t planned_steps = 0;
  Stage stage = Stage::kLearning;
  std::string why_stopped = {};  ///< kStopped: a sentence.

  std::int64_t first_step = 0;  ///< Where this process took it up.
  std::size_t pairs = 0;        ///< What this process learnt from, repetitions counted.
  double learning_seconds = 0;  ///< Of this process, measuring between epochs included.
  double seconds = 0;           ///< Of this process, all in all.
  std::string written = {};     ///< When, for people: a local time.
  std::string made_by = {};     ///< The command, for the foot of the page.

  const Report* report = nullptr;  ///< What came out, as far as it is known.
};

/// The run as a page: curves, results, data, settings. While it is not at its end a browser that shows it loads it
/// again every ten seconds.
report::Document page_of(const Course& course);

}  // namespace glimpse::train
