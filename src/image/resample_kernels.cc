// The two inner loops of resampling. Weights are i32 with 22 fractional bits and sums are i32, so any order of
// summation gives the same result, and vector and plain forms are equal bit for bit.
//
// Along y the bytes of a row are independent: blocks of sums stay in registers while the taps go down the column.
// Along x a vector holds the channels of one pixel, or of two neighbours side by side (each with a fourth lane that is
// dropped), and taps are taken one or two at a time. This one is written with intrinsics, as g++ 12 widens the bytes
// one by one. For the other, the compiler makes one version per instruction set (target_clones).
#include "image/resample_kernels.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Not under ThreadSanitizer, whose code in the resolvers runs before it is ready.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define GLIMPSE_IMAGE_CLONES __attribute__((target_clones("avx512f", "avx2", "sse4.1", "default")))
#else
#define GLIMPSE_IMAGE_CLONES
#endif

namespace glimpse::image {
namespace {

constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);

std::uint8_t to_byte(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

}  // namespace

#if defined(__x86_64__)
namespace {

__attribute__((target("sse4.1"))) __m128i weighted(const std::uint8_t* pixel, std::int32_t weight) {
  std::int32_t bytes;
  std::memcpy(&bytes, pixel, sizeof bytes);
  return _mm_mullo_epi32(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes)), _mm_set1_epi32(weight));
}

__attribute__((target("sse4.1"))) void resample_row_sse41(std::span<const Taps> taps, const std::uint8_t* in,
                                                          std::uint8_t* out) {
  for (const Taps& tap : taps) {
    const std::uint8_t* pixel = in + tap.first * 3;
    __m128i even = _mm_set1_epi32(kHalf), odd = _mm_setzero_si128();
    std::size_t k = 0;
    for (; k + 2 <= tap.weights.size(); k += 2, pixel += 6) {
      even = _mm_add_epi32(even, weighted(pixel, tap.weights[k]));
      odd = _mm_add_epi32(odd, weighted(pixel + 3, tap.weights[k + 1]));
    }
    if (k < tap.weights.size()) even = _mm_add_epi32(even, weighted(pixel, tap.weights[k]));
    const __m128i sum = _mm_srai_epi32(_mm_add_epi32(even, odd), kWeightBits);
    const __m128i clamped = _mm_packus_epi16(_mm_packus_epi32(sum, sum), _mm_setzero_si128());
    const std::int32_t bytes = _mm_cvtsi128_si32(clamped);
    std::memcpy(out, &bytes, 3);
    out += 3;
  }
}

__attribute__((target("avx2"))) void resample_row_avx2(std::span<const Taps> taps, const std::uint8_t* in,
                                                       std::uint8_t* out) {
  const __m128i two_pixels = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i two_weights = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
  for (const Taps& tap : taps) {
    const std::uint8_t* pixel = in + tap.first * 3;
    const std::int32_t* weight = tap.weights.data();
    __m256i pairs = _mm256_setzero_si256();
    std::size_t k = 0;
    for (; k + 2 <= tap.weights.size(); k += 2, pixel += 6) {
      const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixel));
      const __m256i channels = _mm256_cvtepu8_epi32(_mm_shuffle_epi8(bytes, two_pixels));
      const __m128i both = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(weight + k));
      const __m256i spread = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(both), two_weights);
      pairs = _mm256_add_epi32(pairs, _mm256_mullo_epi32(channels, spread));
    }
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    if (k < tap.weights.size()) sum = _mm_add_epi32(sum, weighted(pixel, weight[k]));
    sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(kHalf)), kWeightBits);
    const __m128i clamped = _mm_packus_epi16(_mm_packus_epi32(sum, sum), _mm_setzero_si128());
    const std::int32_t three = _mm_cvtsi128_si32(clamped);
    std::memcpy(out, &three, 3);
    out += 3;
  }
}

}  // namespace
#endif

void resample_row(std::span<const Taps> taps, const std::uint8_t* in, std::uint8_t* out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return resample_row_avx2(taps, in, out);
  if (__builtin_cpu_supports("sse4.1")) return resample_row_sse41(taps, in, out);
#endif
  plain::resample_row(taps, in, out);
}

GLIMPSE_IMAGE_CLONES
void resample_column(std::span<const std::int32_t> weights, const std::uint8_t* in, std::size_t row_bytes,
                     std::uint8_t* out) {
  constexpr std::size_t kBlock = 64;
  std::size_t i = 0;
  for (; i + kBlock <= row_bytes; i += kBlock) {
    std::int32_t sums[kBlock];
    std::fill_n(sums, kBlock, kHalf);
    const std::uint8_t* row = in + i;
    for (const std::int32_t weight : weights) {
      for (std::size_t j = 0; j < kBlock; ++j) sums[j] += weight * row[j];
      row += row_bytes;
    }
    for (std::size_t j = 0; j < kBlock; ++j) out[i + j] = to_byte(sums[j]);
  }
  for (; i < row_bytes; ++i) {
    std::int32_t sum = kHalf;
    for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * in[k * row_bytes + i];
    out[i] = to_byte(sum);
  }
}

namespace plain {

void resample_row(std::span<const Taps> taps, const std::uint8_t* in, std::uint8_t* out) {
  for (const Taps& tap : taps) {
    for (std::size_t c = 0; c < 3; ++c) {
      std::int32_t sum = kHalf;
      for (std::size_t k = 0; k < tap.weights.size(); ++k) sum += tap.weights[k] * in[(tap.first + k) * 3 + c];
      *out++ = to_byte(sum);
    }
  }
}

void resample_column(std::span<const std::int32_t> weights, const std::uint8_t* in, std::size_t row_bytes,
                     std::uint8_t* out) {
  for (std::size_t i = 0; i < row_bytes; ++i) {
    std::int32_t sum = kHalf;
    for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * in[k * row_bytes + i];
    out[i] = to_byte(sum);
  }
}

}  // namespace plain
}  // namespace glimpse::image
