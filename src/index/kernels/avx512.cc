// AVX-512 F + BW + VL: 16 lanes.
//
// As avx2.cc: four rows share each load of the query, two accumulators a row, a row summed in the same order wherever
// it stands. What is left of a row after whole vectors of 16 is loaded under a mask, so nothing past the row is
// touched.
#include <immintrin.h>

#include "index/kernels/kernels.h"

namespace glimpse::index::kernels {
namespace {

constexpr size_t kLanes = 16;

__m512 load(const float* from) { return _mm512_loadu_ps(from); }
__m512 load(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
__m512 load(const float* from, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, from); }
__m512 load(const uint16_t* from, __mmask16 lanes) { return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(lanes, from)); }

__mmask16 first(size_t lanes) { return static_cast<__mmask16>((1u << lanes) - 1u); }

template <int R, typename T>
void score_rows(const float* query, const T* rows, size_t dimension, float* scores) {
  __m512 even[R], odd[R];
  for (int r = 0; r < R; ++r) even[r] = odd[r] = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 2 * kLanes <= dimension; i += 2 * kLanes) {
    const __m512 q0 = load(query + i), q1 = load(query + i + kLanes);
    for (int r = 0; r < R; ++r) {
      const T* row = rows + static_cast<size_t>(r) * dimension + i;
      even[r] = _mm512_fmadd_ps(q0, load(row), even[r]);
      odd[r] = _mm512_fmadd_ps(q1, load(row + kLanes), odd[r]);
    }
  }
  for (; i < dimension; i += kLanes) {
    const __mmask16 lanes = dimension - i >= kLanes ? static_cast<__mmask16>(0xFFFF) : first(dimension - i);
    const __m512 q = load(query + i, lanes);
    for (int r = 0; r < R; ++r) {
      even[r] = _mm512_fmadd_ps(q, load(rows + static_cast<size_t>(r) * dimension + i, lanes), even[r]);
    }
  }
  for (int r = 0; r < R; ++r) scores[r] = _mm512_reduce_add_ps(_mm512_add_ps(even[r], odd[r]));
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
  for (size_t i = 0; i < count; i += kLanes) {
    const __mmask16 lanes = count - i >= kLanes ? static_cast<__mmask16>(0xFFFF) : first(count - i);
    _mm256_mask_storeu_epi16(to + i, lanes, _mm512_cvtps_ph(load(from + i, lanes), _MM_FROUND_TO_NEAREST_INT));
  }
}

void to_float(const uint16_t* from, float* to, size_t count) {
  for (size_t i = 0; i < count; i += kLanes) {
    const __mmask16 lanes = count - i >= kLanes ? static_cast<__mmask16>(0xFFFF) : first(count - i);
    _mm512_mask_storeu_ps(to + i, lanes, load(from + i, lanes));
  }
}

}  // namespace

const KernelTable kAvx512 = {scores_half, scores_float, to_half, to_float};

}  // namespace glimpse::index::kernels
