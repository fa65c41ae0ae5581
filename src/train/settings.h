#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "train/loop.h"
#include "train/split.h"

namespace glimpse::train {

/// Everything that a run's outcome depends on besides its data and its model. A setting goes by its flag's name.
struct Settings {
  std::string scope = "all";  ///< As the learner reads it: all, last:N, heads, lora:R.
  int epochs = 10;
  int batch = 32;
  int micro_batch = 0;  ///< Pairs that are differentiated at a time; 0: all.
  double lr = 1e-5;
  double head_rate = 1;  ///< Heads learn at this many times the rate.
  double weight_decay = 0.1;
  double max_gradient_norm = 1;      ///< 0: gradients are not clipped.
  double warmup = 0.1;               ///< Share of the steps.
  std::string loss = "pretraining";  ///< Or contrastive.
  std::string precision = "f32";     ///< Or bf16.
  std::string augment = "mild";      ///< Or none, strong.
  int versions = 0;                  ///< Looks at each picture, which take turns; 0: each epoch has its own.
  std::uint64_t seed = 1;
  int patience = 3;
  int checkpoint_every = 200;
  double validation_share = 0.1, test_share = 0.1;
  std::string split_by = "name";  ///< Or content.
  std::string wise = "auto";      ///< Or off, or a number from 0 to 1.
  double guard_tolerance = 0.01;  ///< How much nDCG@10 of the guard's set may fall.

  int heads = 3;  ///< Of scope new-heads alone, as is sentence_weight: other runs record neither.
  double sentence_weight = 1;
};

/// The settings as JSON, by the names of their flags.
std::string settings_text(const Settings& settings);
/// Errors: corruption (a setting that is missing or of the wrong kind).
Result<Settings> read_settings(std::string_view text);

/// Those of a run that goes on: `stored`, where nothing in `given` (names of flags) is asked to differ.
/// Errors: invalid_argument naming the setting, what it was and what is asked.
Result<Settings> resumed_settings(const Settings& stored, const Settings& asked, const std::set<std::string>& given);

/// Errors: invalid_argument (the augmentation).
Result<LoopSettings> loop_settings(const Settings& settings);
/// Errors: invalid_argument (split_by).
Result<SplitOptions> split_options(const Settings& settings);
/// The fixed blend that `wise` asks for: 1 for "off", none for "auto". Errors: invalid_argument.
Result<std::optional<double>> fixed_blend(const Settings& settings);

}  // namespace glimpse::train
