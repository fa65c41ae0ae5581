// The picture tower on ready tensors, with one stream and with one a thread, in batches of 1 to 16: what the fixed
// choice (one a thread, batches of 8) gives away. Rounds go through all of them in turn, so that a busy machine treats
// all alike.
//   tower_grid MODEL_DIRECTORY PRECISION [ROUNDS] [SECONDS]      prints a Markdown table
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "models/dual_encoder.h"
#include "runtime/towers.h"

namespace {

using glimpse::runtime::ImageTower;
using Clock = std::chrono::steady_clock;

struct Rates {
  std::vector<double> by_wall, by_processor;  ///< Pictures a second of either, one a round.
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

/// Every stream busy for `seconds`.
void run(const ImageTower& tower, int batch, std::size_t picture, double seconds, Rates& rates) {
  const std::vector<float> pixels(static_cast<std::size_t>(batch) * picture, 0.25f);
  std::atomic<long> pictures{0};
  const auto processor = std::clock();
  const auto started = Clock::now();
  const auto end = started + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> lanes;
    for (int i = 0; i < tower.streams(); ++i) {
      lanes.emplace_back([&] {
        std::vector<float> embeddings(static_cast<std::size_t>(batch * tower.dimension()));
        while (Clock::now() < end && tower.run(pixels, batch, embeddings)) pictures += batch;
      });
    }
  }
  const double wall = std::chrono::duration<double>(Clock::now() - started).count();
  const double busy = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
  rates.by_wall.push_back(static_cast<double>(pictures) / wall);
  rates.by_processor.push_back(static_cast<double>(pictures) / busy);
}

}  // namespace

int main(int argc, char** argv) {
  const auto model = glimpse::models::open_dual_encoder(argc > 1 ? argv[1] : "");
  const auto precision = glimpse::runtime::parse_precision(argc > 2 ? argv[2] : "f32");
  if (!model || !precision) {
    fmt::print(stderr, "tower_grid: {}\n", model ? precision.error().message() : model.error().message());
    return 2;
  }
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const double seconds = argc > 4 ? std::atof(argv[4]) : 1;
  const auto edge = static_cast<std::size_t>((*model)->preprocess().crop_size);
  const std::vector<int> batches = {1, 2, 4, 8, 16};
  std::vector<std::unique_ptr<ImageTower>> towers;
  for (const int streams : {1, glimpse::available_cpus()}) {
    auto tower = ImageTower::compile(**model, {.precision = *precision, .streams = streams, .cache_dir = {}});
    if (!tower) {
      fmt::print(stderr, "tower_grid: {}\n", tower.error().message());
      return 2;
    }
    towers.push_back(*std::move(tower));
  }
  std::vector<std::vector<Rates>> grid(towers.size(), std::vector<Rates>(batches.size()));
  for (int round = -1; round < rounds; ++round) {
    if (round == 0) grid.assign(towers.size(), std::vector<Rates>(batches.size()));  // the first round warms
    for (std::size_t b = 0; b < batches.size(); ++b) {
      for (std::size_t t = 0; t < towers.size(); ++t) run(*towers[t], batches[b], 3 * edge * edge, seconds, grid[t][b]);
    }
  }
  fmt::print("| streams | batch | pictures/s | pictures/processor second |\n| ---: | ---: | ---: | ---: |\n");
  for (std::size_t t = 0; t < towers.size(); ++t) {
    for (std::size_t b = 0; b < batches.size(); ++b) {
      fmt::print("| {} | {} | {:.1f} | {:.1f} |\n", towers[t]->streams(), batches[b], median(grid[t][b].by_wall),
                 median(grid[t][b].by_processor));
    }
  }
}
