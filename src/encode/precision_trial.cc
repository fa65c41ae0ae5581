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

/// As people search, in several lengths.
constexpr std::array<const char*, 16> kSentences = {"dog",
                                                    "a red car",
                                                    "two cats on a sofa",
                                                    "black horse",
                                                    "a woman with blond hair",
                                                    "children playing football in the rain",
                                                    "sunset over the sea",
                                                    "a plate of food with rice and vegetables",
                                                    "an old bicycle against a brick wall",
                                                    "snow",
                                                    "people at a market",
                                                    "the tower of a church in a small town at night",
                                                    "a man in a suit speaks at a conference",
                                                    "yellow flowers",
                                                    "airplane above the clouds",
                                                    "screenshot of a document with a table"};

/// bf16 for words: a query is bound by reading the weights, of which bf16 has half as many bytes.
Result<void> try_words(const models::DualEncoder& model, int threads, runtime::PrecisionRecord& record) {
  if (!is_native(Precision::kBf16)) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const auto tokenizer, model.tokenizer());
  std::vector<std::vector<text::TokenId>> sentences;
  for (const char* sentence : kSentences) sentences.push_back(tokenizer->encode(sentence));
  const auto embedded_in = [&](Precision precision) -> Result<std::vector<float>> {
    GLIMPSE_ASSIGN_OR_RETURN(
        const auto tower,
        runtime::TextTower::compile(model, {.precision = precision, .threads = threads, .cache_dir = {}}));
    return tower->run(sentences);
  };
  GLIMPSE_ASSIGN_OR_RETURN(const auto reference, embedded_in(Precision::kF32));
  GLIMPSE_ASSIGN_OR_RETURN(const auto embeddings, embedded_in(Precision::kBf16));
  record.words_median_cosine = median_cosine(embeddings, reference, static_cast<int>(kSentences.size()));
  if (record.words_median_cosine >= kLeastMedianCosine) record.words = Precision::kBf16;
  return {};
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

  runtime::PrecisionRecord record;
  record.pictures = compared;
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
  GLIMPSE_RETURN_IF_ERROR(try_words(model, threads, record));
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
  if (record.words != Precision::kF32) {
    text += fmt::format("; words in {}: {:.4f}", name_of(record.words), record.words_median_cosine);
  }
  return text;
}

}  // namespace glimpse::encode
