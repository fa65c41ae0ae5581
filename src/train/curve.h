#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "train/measure.h"

namespace glimpse::train {

/// One update, as it is written down.
struct StepPoint {
  std::int64_t step = 0;
  std::uint64_t epoch = 0;
  double loss = 0, rate = 0, gradient_norm = 0, logit_scale = 1;
};

/// One look at the validation part.
struct ValidationPoint {
  std::int64_t step = 0;
  std::uint64_t epoch = 0;  ///< Epochs that are done.
  double ndcg_10 = 0, hit_1 = 0, hit_5 = 0, hit_10 = 0;
};

/// The course of a run: curve.jsonl, a line of JSON for each update and each validation, without times, so that two
/// runs of the same settings write the same bytes. Used from one thread.
class Curve {
 public:
  /// Takes up what the file says up to `step`; what lies beyond is cut off, for it will be done again. Errors: io;
  /// corruption (a line that is no such line, before all updates up to `step` are there).
  static Result<Curve> open(std::filesystem::path file, std::int64_t step);
  /// All of a file that stays as it is, but for a last line that is still being written.
  static Result<Curve> read(std::filesystem::path file);

  Result<void> add(const StepPoint& point);
  Result<void> add(const ValidationPoint& point);
  /// Waits until all lines are on the disk.
  Result<void> sync() const;

  const std::vector<StepPoint>& steps() const { return steps_; }
  const std::vector<ValidationPoint>& validations() const { return validations_; }

 private:
  explicit Curve(std::filesystem::path file) : file_(std::move(file)) {}
  Result<void> append(const std::string& line) const;
  /// How many bytes hold what is wanted.
  Result<std::size_t> take_up(const std::string& text, std::int64_t step);
  Result<bool> take(const std::string& line, std::int64_t step);

  std::filesystem::path file_;
  std::vector<StepPoint> steps_;
  std::vector<ValidationPoint> validations_;
};

}  // namespace glimpse::train
