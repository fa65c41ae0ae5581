// A model's picture tower on ready tensors, with nothing around it: what the pipeline's rate is compared with.
//   bare_tower MODEL_DIRECTORY [SECONDS] [PRECISION] [THREADS]
// GLIMPSE_CACHE: where the program keeps compiled towers and what int8 needs; without it nothing is kept.
// prints {"images_per_second": …, "images_per_processor_second": …}
#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "encode/encoder.h"

namespace {

constexpr int kBatch = 8;  // as PipelineOptions::batch_size

struct Rates {
  double by_wall = 0, by_processor = 0;
};

Rates images_per_second(const glimpse::encode::ImageModel& model, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto edge = static_cast<std::size_t>(model.preprocess.crop_size);
  const std::vector<float> pixels(kBatch * 3 * edge * edge, 0.25f);
  std::atomic<long> images{0};
  const auto processor = std::clock();
  const auto started = Clock::now();
  const auto end = started + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> lanes;
    for (int i = 0; i < model.lanes; ++i) {
      lanes.emplace_back([&] {
        std::vector<float> embeddings(kBatch * static_cast<std::size_t>(model.dimension));
        while (Clock::now() < end && model.embed(pixels, kBatch, embeddings)) images += kBatch;
      });
    }
  }
  const double busy = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
  return {static_cast<double>(images) / std::chrono::duration<double>(Clock::now() - started).count(),
          static_cast<double>(images) / busy};
}

}  // namespace

int main(int argc, char** argv) {
  glimpse::encode::EncoderOptions options;
  if (argc > 3) {
    const auto precision = glimpse::runtime::parse_precision(argv[3]);
    if (precision) options.precision = *precision;
  }
  if (argc > 4) options.threads = std::atoi(argv[4]);
  if (const char* cache = std::getenv("GLIMPSE_CACHE")) options.cache_dir = cache;
  const auto encoder = glimpse::encode::Encoder::open(argc > 1 ? argv[1] : "", options);
  const auto model = encoder ? (*encoder)->image_model() : encoder.error();
  if (!model) {
    fmt::print(stderr, "bare_tower: {}\n", model.error().message());
    return 2;
  }
  images_per_second(*model, 1.0);  // warm
  const Rates rates = images_per_second(*model, argc > 2 ? std::atof(argv[2]) : 5.0);
  fmt::print("{{\"images_per_second\": {:.1f}, \"images_per_processor_second\": {:.1f}}}\n", rates.by_wall,
             rates.by_processor);
}
