#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "bench/measure.h"
#include "runtime/limits.h"

namespace glimpse::app {
namespace {

constexpr std::array kWords = {"black", "white", "small", "dog",    "cat",  "horse", "woman",  "man",
                               "child", "red",   "car",   "street", "snow", "beach", "flower", "mountain"};

std::string phrase(std::mt19937& random, int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += std::string(i == 0 ? "" : " ") + kWords[random() % kWords.size()];
  return text;
}

/// Five words, others for each number below 16^5.
std::string five_words(std::uint32_t number) {
  std::string text;
  number *= 40503;  // odd, so that no two numbers come together; neighbours differ in every word
  for (int i = 0; i < 5; ++i, number /= kWords.size()) {
    text += std::string(i == 0 ? "" : " ") + kWords[number % kWords.size()];
  }
  return text;
}

}  // namespace

Result<Percentiles> measure_query(encode::Encoder& encoder, double seconds) {
  constexpr int kFewest = 3, kMost = 8;
  std::mt19937 random(1);
  for (int words = kFewest; words <= kMost; ++words) {
    GLIMPSE_RETURN_IF_ERROR(encoder.embed_text(phrase(random, words)));  // the first of a length is slower
  }
  int count = 0;
  const auto one = [&]() -> Result<void> {
    // The number makes it new: sentences met before are remembered.
    const int words = kFewest + static_cast<int>(random() % (kMost - kFewest + 1));
    GLIMPSE_RETURN_IF_ERROR(encoder.embed_text(phrase(random, words) + " " + std::to_string(count++)));
    return {};
  };
  return times_of(seconds, one);
}

Result<WordsLimits> measure_words_limits(const models::DualEncoder& model, int threads, double seconds) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto tokenizer, model.tokenizer());
  WordsLimits limits{.tokens = static_cast<int>(tokenizer->encode(five_words(1)).size())};
  GLIMPSE_ASSIGN_OR_RETURN(limits.work, runtime::sentence_work(model, limits.tokens));
  GLIMPSE_ASSIGN_OR_RETURN(limits.bytes_per_second, runtime::memory_read_rate(threads, seconds));
  return limits;
}

Result<WordsRate> measure_words(const CommonFlags& common, runtime::Precision precision, double seconds) {
  WordsRate rate{.precision = precision};
  CommonFlags flags = common;
  flags.precision = runtime::name_of(precision);
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, open_model(flags, kDefaultModel));
  std::uint32_t number = 0;
  const auto one = [&]() -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(model.encoder->embed_text(five_words(number++)));
    return {};
  };
  GLIMPSE_RETURN_IF_ERROR(times_of(0, one));  // warm
  GLIMPSE_ASSIGN_OR_RETURN(rate.times, times_of(seconds, one));
  GLIMPSE_ASSIGN_OR_RETURN(rate.matmul_flops, runtime::matmul_rate(precision, common.threads, seconds));
  return rate;
}

}  // namespace glimpse::app
