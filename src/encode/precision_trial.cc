#include "encode/precision_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "runtime/calibration.h"

namespace glimpse::encode {
namespace {

using runtime::Precision;

/// [count, dimension]
Result<std::vector<float>> embedded(const models::DualEncoder& model, const runtime::RuntimeOptions& options,
                                    std::span<const float> pixels, int count) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, runtime::ImageTower::compile(model, options));
  const std::size_t numbers = pixels.size() / static_cast<std::size_t>(count);
  const auto width = static_cast<std::size_t>(tower->dimension());
  std::vector<float> embeddings(static_cast<std::size_t>(count) * width);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    GLIMPSE_RETURN_IF_ERROR(
        tower->run(pixels.subspan(i * numbers, numbers), 1, std::span(embeddings).subspan(i * width, width)));
  }
  return embeddings;
}

double median_cosine(std::span<const float> a, std::span<const float> b, int count) {
  const std::size_t width = a.size() / static_cast<std::size_t>(count);
  std::vector<double> cosines(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < a.size(); ++i) cosines[i / width] += static_cast<double>(a[i]) * b[i];
  const auto middle = cosines.begin() + static_cast<std::ptrdiff_t>(cosines.size() / 2);
  std::ranges::nth_element(cosines, middle);
  return *middle;
}

}  // namespace

Result<runtime::PrecisionRecord> try_precisions(const models::DualEncoder& model, const PictureSample& sample,
                                                int threads) {
  if (sample.count < 3) {
    return Error::invalid_argument("a trial of precisions: expected at least 3 pictures, got {}", sample.count);
  }
  const int measured = 2 * sample.count / 3, compared = sample.count - measured;
  const std::size_t split =
      sample.pixels.size() / static_cast<std::size_t>(sample.count) * static_cast<std::size_t>(measured);
  const std::span<const float> pixels(sample.pixels);

  runtime::PrecisionRecord record{.precision = Precision::kF32, .trials = {}, .pictures = compared, .ranges = {}};
  if (is_native(Precision::kInt8) && model.activation_ranges().empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(record.ranges, runtime::calibrate(model, pixels.first(split), measured));
  }
  // No cache: only the precision that is taken will be needed again.
  const auto options = [&](Precision precision) {
    return runtime::RuntimeOptions{
        .precision = precision, .threads = threads, .ranges = record.ranges, .cache_dir = {}};
  };
  GLIMPSE_ASSIGN_OR_RETURN(const auto reference,
                           embedded(model, options(Precision::kF32), pixels.subspan(split), compared));
  for (const Precision precision : {Precision::kInt8, Precision::kBf16}) {
    if (!is_native(precision)) continue;
    GLIMPSE_ASSIGN_OR_RETURN(const auto embeddings,
                             embedded(model, options(precision), pixels.subspan(split), compared));
    record.trials.push_back({precision, median_cosine(embeddings, reference, compared)});
    if (record.trials.back().median_cosine < kLeastMedianCosine) continue;
    record.precision = precision;
    break;
  }
  return record;
}

std::string describe(const runtime::PrecisionRecord& record) {
  std::string text;
  for (const runtime::PrecisionTrial& trial : record.trials) {
    const bool taken = trial.precision == record.precision;
    text += fmt::format("{}: median cosine to f32 {:.4f} over {} pictures", name_of(trial.precision),
                        trial.median_cosine, record.pictures);
    if (!taken) text += fmt::format(", under {}: not taken; ", kLeastMedianCosine);
  }
  if (record.precision == Precision::kF32) text += "f32 is taken";
  return text;
}

}  // namespace glimpse::encode
