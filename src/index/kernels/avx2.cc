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

// Bytes: both sides are widened to 16 bits, as the instruction that multiplies bytes saturates. Four rows share the
// widened query.
__m256i widen_signed(const int8_t* from) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
__m256i widen(const uint8_t* from) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

int32_t sum_of(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
  return _mm_cvtsi128_si32(s);
}

constexpr size_t kBytes = 16;

template <int R>
void score_byte_rows(const ByteQuery& query, const uint8_t* rows, const float* scales, size_t dimension,
                     float* scores) {
  __m256i sums[R];
  for (int r = 0; r < R; ++r) sums[r] = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + kBytes <= dimension; i += kBytes) {
    const __m256i q = widen_signed(query.values + i);
    for (int r = 0; r < R; ++r) {
      const __m256i row = widen(rows + static_cast<size_t>(r) * dimension + i);
      sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(q, row));
    }
  }
  for (int r = 0; r < R; ++r) {
    int32_t sum = sum_of(sums[r]);
    for (size_t j = i; j < dimension; ++j) sum += query.values[j] * rows[static_cast<size_t>(r) * dimension + j];
    scores[r] = query.scale * scales[r] * static_cast<float>(sum - query.bias);
  }
}

void scores_byte(const ByteQuery& query, const uint8_t* rows, const float* scales, size_t count, size_t dimension,
                 float* out) {
  size_t row = 0;
  for (; row + 4 <= count; row += 4) {
    score_byte_rows<4>(query, rows + row * dimension, scales + row, dimension, out + row);
  }
  for (; row < count; ++row) score_byte_rows<1>(query, rows + row * dimension, scales + row, dimension, out + row);
}

int32_t dot_bytes(const uint8_t* a, const uint8_t* b, size_t dimension) {
  const __m256i middle = _mm256_set1_epi16(128);
  __m256i sums = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + kBytes <= dimension; i += kBytes) {
    const __m256i left = _mm256_sub_epi16(widen(a + i), middle), right = _mm256_sub_epi16(widen(b + i), middle);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(left, right));
  }
  int32_t sum = sum_of(sums);
  for (; i < dimension; ++i) sum += (a[i] - 128) * (b[i] - 128);
  return sum;
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

const KernelTable kAvx2 = {scores_half, scores_float, scores_byte, dot_bytes, to_half, to_float};

}  // namespace glimpse::index::kernels
