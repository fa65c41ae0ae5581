// AVX2 + FMA + F16C: 8 lanes.
//
// Four rows share each load of the query; each row has two accumulators, so 8 independent chains hide the latency of
// the fused multiply-add. A row is summed in the same order whether it comes in a group of four or alone: its score
// does not depend on its place. What is left of a row after whole vectors of 8 is summed one by one.
#include <immintrin.h>

#include "index/kernels/kernels.h"

namespace glimpse::index::kernels {
namespace {

constexpr size_t kLanes = 8;

__m256 load(const float* from) { return _mm256_loadu_ps(from); }
__m256 load(const uint16_t* from) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))); }

float one(const float* from) { return *from; }
float one(const uint16_t* from) { return _cvtsh_ss(*from); }

float sum_of(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

template <int R, typename T>
void score_rows(const float* query, const T* rows, size_t dimension, float* scores) {
  __m256 even[R], odd[R];
  for (int r = 0; r < R; ++r) even[r] = odd[r] = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 2 * kLanes <= dimension; i += 2 * kLanes) {
    const __m256 q0 = load(query + i), q1 = load(query + i + kLanes);
    for (int r = 0; r < R; ++r) {
      const T* row = rows + static_cast<size_t>(r) * dimension + i;
      even[r] = _mm256_fmadd_ps(q0, load(row), even[r]);
      odd[r] = _mm256_fmadd_ps(q1, load(row + kLanes), odd[r]);
    }
  }
  for (int r = 0; r < R; ++r) {
    const T* row = rows + static_cast<size_t>(r) * dimension;
    size_t j = i;
    if (j + kLanes <= dimension) {
      even[r] = _mm256_fmadd_ps(load(query + j), load(row + j), even[r]);
      j += kLanes;
    }
    float rest = 0;
    for (; j < dimension; ++j) rest += query[j] * one(row + j);
    scores[r] = sum_of(_mm256_add_ps(even[r], odd[r])) + rest;
  }
}

template <typename T>
void scores(const float* query, const T* rows, size_t count, size_t dimension, float* out) {
  size_t row = 0;
  for (; row + 4 <= count; row += 4) score_rows<4>(query, rows + row * dimension, dimension, out + row);
  for (; row < count; ++row) score_rows<1>(query, rows + row * dimension, dimension, out + row);
}

void scores_half(const float* query, const uint16_t* rows, size_t count, size_t dimension, float* out) {
  scores(query, rows, count, dimension, out);
}

void scores_float(const float* query, const float* rows, size_t count, size_t dimension, float* out) {
  scores(query, rows, count, dimension, out);
}

void to_half(const float* from, uint16_t* to, size_t count) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm256_cvtps_ph(load(from + i), _MM_FROUND_TO_NEAREST_INT));
  }
  for (; i < count; ++i) to[i] = _cvtss_sh(from[i], _MM_FROUND_TO_NEAREST_INT);
}

void to_float(const uint16_t* from, float* to, size_t count) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) _mm256_storeu_ps(to + i, load(from + i));
  for (; i < count; ++i) to[i] = one(from + i);
}

}  // namespace

const KernelTable kAvx2 = {scores_half, scores_float, to_half, to_float};

}  // namespace glimpse::index::kernels
