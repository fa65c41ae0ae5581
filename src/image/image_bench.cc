// Cost of one picture, one core. The budget: decoding and preparing must stay well ahead of a model that takes 140
// pictures a second, so at most 1.5 ms for preparing 500 x 375 → 260 x 260.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

#include "image/decode.h"
#include "image/preprocess.h"
#include "image/resample_kernels.h"
#include "image/thumbnail.h"

namespace glimpse::image {
namespace {

Image noise(int width, int height) {
  std::mt19937 random(1);
  Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.resize(static_cast<std::size_t>(width * height) * 3);
  for (auto& value : image.rgb) value = static_cast<std::uint8_t>(random() & 63) + 96;
  return image;
}

void preprocess_squash_260(benchmark::State& state) {
  const Image image = noise(500, 375);
  const PreprocessSpec spec{.mode = ResizeMode::kSquash, .filter = ResizeFilter::kBicubic, .crop_size = 260};
  std::vector<float> out(3 * 260 * 260);
  for (auto _ : state) benchmark::DoNotOptimize(preprocess(image, spec, out));
}
BENCHMARK(preprocess_squash_260)->Unit(benchmark::kMillisecond);

void preprocess_clip_224(benchmark::State& state) {
  const Image image = noise(500, 375);
  std::vector<float> out(3 * 224 * 224);
  for (auto _ : state) benchmark::DoNotOptimize(preprocess(image, {}, out));
}
BENCHMARK(preprocess_clip_224)->Unit(benchmark::kMillisecond);

void decode_jpeg_500x375(benchmark::State& state) {
  const auto jpeg = thumbnail_jpeg(noise(500, 375), 500, 85);
  for (auto _ : state) benchmark::DoNotOptimize(decode(*jpeg));
}
BENCHMARK(decode_jpeg_500x375)->Unit(benchmark::kMillisecond);

void decode_jpeg_12_megapixels(benchmark::State& state) {
  const auto jpeg = thumbnail_jpeg(noise(4000, 3000), 4000, 85);
  const DecodeOptions options{.min_short_side = static_cast<int>(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(decode(*jpeg, options));
}
BENCHMARK(decode_jpeg_12_megapixels)->Arg(0)->Arg(260)->Unit(benchmark::kMillisecond);

template <auto kKernel>
void row(benchmark::State& state) {
  const std::vector<std::int32_t> weights(8, 1 << (kWeightBits - 3));
  std::vector<Taps> taps(260);
  for (std::size_t i = 0; i < taps.size(); ++i) taps[i] = {i * 490 / taps.size(), weights};
  const Image image = noise(501, 1);
  std::vector<std::uint8_t> out(260 * 3);
  for (auto _ : state) {
    kKernel(taps, image.rgb.data(), out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(row<resample_row>);
BENCHMARK(row<plain::resample_row>);

template <auto kKernel>
void column(benchmark::State& state) {
  const std::vector<std::int32_t> weights(6, 1 << (kWeightBits - 3));
  const Image image = noise(260, 6);
  std::vector<std::uint8_t> out(260 * 3);
  for (auto _ : state) {
    kKernel(weights, image.rgb.data(), 260 * 3, out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(column<resample_column>);
BENCHMARK(column<plain::resample_column>);

}  // namespace
}  // namespace glimpse::image
