#include <array>
#include <random>
#include <string>

#include "bench/measure.h"

namespace glimpse::app {
namespace {

constexpr std::array kWords = {"black", "white", "small", "dog",    "cat",  "horse", "woman",  "man",
                               "child", "red",   "car",   "street", "snow", "beach", "flower", "mountain"};

std::string phrase(std::mt19937& random, int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += std::string(i == 0 ? "" : " ") + kWords[random() % kWords.size()];
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

}  // namespace glimpse::app
