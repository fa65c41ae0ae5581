#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace glimpse::app {

/// What `--scope new-heads` is told besides.
struct NewHeadsFlags {
  std::filesystem::path labelled;   ///< A table file_name,label of pictures beside the others. May be empty.
  std::filesystem::path sentences;  ///< Captions of pictures that are not here, a line each. May be empty.
  int heads = 3;                    ///< By gradient, beside the one in closed form.
  int versions = 8;                 ///< Looks at each picture. Of other scopes too, where it is in TrainFlags::given.
  double sentence_weight = 1;       ///< Of their loss beside the pictures'.
};

/// What `glimpse train` is told; the program glimpse-train, which does it, is told the same. The settings are those of
/// src/train/settings.h, by the same names.
struct TrainFlags {
  std::filesystem::path source;      ///< Captioned pictures: a folder or a table. Empty with `resume`: as before.
  std::filesystem::path pictures;    ///< Where they lie; empty: beside the table.
  std::filesystem::path out;         ///< The model's directory: not there before, whole afterwards.
  std::filesystem::path run;         ///< The run's directory; empty: `out` with ".run" behind it.
  std::filesystem::path guard;       ///< Captioned pictures of a general kind, to see what is forgotten. May be empty.
  std::filesystem::path report;      ///< Where a copy of the run's page is written while it trains. May be empty.
  std::filesystem::path state_dict;  ///< Also write the weights here, for torch. May be empty.
  bool resume = false;

  std::string scope = "whole", loss = "pretraining", precision = "f32", augment = "mild", split_by = "name",
              wise = "auto";
  int epochs = 10, batch = 32, micro_batch = 0, patience = 3, checkpoint_every = 200;
  std::int64_t feature_memory = 1024, feature_disk = 8192;  ///< MiB for what frozen parts give.
  double lr = 1e-5, head_rate = 1, weight_decay = 0.1, max_gradient_norm = 1, warmup = 0.1;
  double validation_share = 0.1, test_share = 0.1, guard_tolerance = 0.01;
  std::uint64_t seed = 1;
  NewHeadsFlags new_heads;
  std::set<std::string> given;  ///< Names of the settings that were said, by flag or environment.

  std::vector<std::string> arguments;  ///< The command line behind "train".
};

}  // namespace glimpse::app
