// Words to vectors with everything loaded: what a server does for each new query, without the search.
//   warm_query MODEL_DIRECTORY PHRASES [THREADS] [PRECISION]      prints {"value": median milliseconds}
// GLIMPSE_CACHE: where the program keeps compiled towers and which precision the model takes; else words are in f32.
// PHRASES: a file with one query a line. The first tenth is left out. No phrase may come twice: answers are remembered.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "encode/encoder.h"

namespace {

glimpse::Result<double> median_ms(glimpse::encode::Encoder& encoder, std::ifstream& phrases) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (std::string phrase; std::getline(phrases, phrase);) {
    const auto started = Clock::now();
    GLIMPSE_RETURN_IF_ERROR(encoder.embed_text(phrase));
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - started).count());
  }
  if (times.empty()) return glimpse::Error::invalid_argument("expected a file with a query a line, got none");
  times.erase(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 10));
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

int main(int argc, char** argv) {
  std::ifstream phrases(argc > 2 ? argv[2] : "");
  glimpse::encode::EncoderOptions options{.threads = argc > 3 ? std::atoi(argv[3]) : 0};
  if (argc > 4) {
    const auto precision = glimpse::runtime::parse_precision(argv[4]);
    if (precision) options.precision = *precision;
  }
  if (const char* cache = std::getenv("GLIMPSE_CACHE")) options.cache_dir = cache;
  const auto encoder = glimpse::encode::Encoder::open(argc > 1 ? argv[1] : "", options);
  const auto median = encoder ? median_ms(**encoder, phrases) : encoder.error();
  if (!median) {
    fmt::print(stderr, "warm_query: {}\n", median.error().message());
    return 2;
  }
  fmt::print("{{\"value\": {:.3f}}}\n", *median);
}
