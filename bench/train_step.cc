// One training step of a model at a time, for bench/train_peer.py: reads a line, makes a step on a batch of noise,
// prints the seconds that it took.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "autograd/learner.h"

namespace {

struct Noise {
  std::vector<float> pixels;
  std::vector<std::int32_t> ids;
};

Noise noise(const glimpse::models::DualEncoder& model, std::int64_t rows, std::int64_t tokens) {
  Noise made;
  const std::int64_t size = model.preprocess().crop_size;
  for (std::int64_t i = 0; i < rows * 3 * size * size; ++i) {
    made.pixels.push_back(static_cast<float>(std::sin(0.37 * static_cast<double>(i))));
  }
  const std::int32_t end = model.vocabulary_size() - 1;
  for (std::int64_t i = 0; i < rows * tokens; ++i) {
    const bool last = i % tokens == tokens - 1;
    made.ids.push_back(last ? end : static_cast<std::int32_t>((i * 7919) % (end - 2)));
  }
  return made;
}

int fail(const glimpse::Error& error) {
  std::cerr << "train_step: " << error.message() << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: train_step MODEL ROWS TOKENS THREADS f32|bf16\n";
    return 2;
  }
  const std::int64_t rows = std::atoll(argv[2]), tokens = std::atoll(argv[3]);
  auto model = glimpse::models::open_dual_encoder(argv[1]);
  if (!model) return fail(model.error());
  const Noise batch = noise(**model, rows, tokens);
  auto learner = glimpse::autograd::Learner::open(
      *std::move(model), {.bf16 = std::string(argv[5]) == "bf16", .threads = std::atoi(argv[4])});
  if (!learner) return fail(learner.error());
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    const auto report = (*learner)->step(
        {.pixels = batch.pixels, .words = {.ids = batch.ids, .mask = {}, .tokens = tokens}, .picture = {}}, 1e-5);
    if (!report) return fail(report.error());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const double busy = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    std::printf("%.4f %.4f %.4f\n", took.count(), busy, report->loss);
    std::fflush(stdout);
  }
}
