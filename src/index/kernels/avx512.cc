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
// Memory is asked for so many bytes ahead: by itself the processor looks ahead too late for code that computes so
// little (index_bench, Nearest/byte).
constexpr size_t kAhead = 4096;

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
      _mm_prefetch(reinterpret_cast<const char*>(row) + kAhead, _MM_HINT_T0);
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

// Bytes: widened to 16 bits and multiplied in pairs; with VNNI four bytes at once and nothing widened. That
// instruction multiplies unsigned by signed: rows are kept with 128 added, and what that adds to the sum is the query's
// bias. Masked lanes read as 0, so they add nothing.
constexpr size_t kWide = 64;
constexpr size_t kHalfWide = 32;

__mmask64 first_bytes(size_t bytes) { return bytes >= 64 ? ~__mmask64{0} : (__mmask64{1} << bytes) - 1; }
__mmask32 first_half(size_t bytes) { return bytes >= 32 ? ~__mmask32{0} : (__mmask32{1} << bytes) - 1; }

template <int R>
void score_byte_rows(const ByteQuery& query, const uint8_t* rows, const float* scales, size_t dimension,
                     float* scores) {
  __m512i sums[R];
  for (int r = 0; r < R; ++r) sums[r] = _mm512_setzero_si512();
  for (size_t i = 0; i < dimension; i += kHalfWide) {
    const __mmask32 lanes = first_half(dimension - i);
    const __m512i q = _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(lanes, query.values + i));
    for (int r = 0; r < R; ++r) {
      const uint8_t* row = rows + static_cast<size_t>(r) * dimension + i;
      const __m512i wide = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(lanes, row));
      sums[r] = _mm512_add_epi32(sums[r], _mm512_madd_epi16(q, wide));
    }
  }
  for (int r = 0; r < R; ++r) {
    scores[r] = query.scale * scales[r] * static_cast<float>(_mm512_reduce_add_epi32(sums[r]) - query.bias);
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
  __m512i sums = _mm512_setzero_si512();
  for (size_t i = 0; i < dimension; i += kHalfWide) {
    const __mmask32 lanes = first_half(dimension - i);
    const __m512i middle = _mm512_cvtepu8_epi16(_mm256_maskz_set1_epi8(lanes, static_cast<char>(128)));
    const __m512i left = _mm512_sub_epi16(_mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(lanes, a + i)), middle);
    const __m512i right = _mm512_sub_epi16(_mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(lanes, b + i)), middle);
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(left, right));
  }
  return _mm512_reduce_add_epi32(sums);
}

#define GLIMPSE_VNNI __attribute__((target("avx512vnni")))

// Row after row, as memory is read fastest in order.

GLIMPSE_VNNI int32_t dot_vnni(const int8_t* query, const uint8_t* row, size_t dimension) {
  __m512i even = _mm512_setzero_si512(), odd = _mm512_setzero_si512();
  size_t i = 0;
  for (; i + 2 * kWide <= dimension; i += 2 * kWide) {
    _mm_prefetch(reinterpret_cast<const char*>(row) + i + kAhead, _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(row) + i + kWide + kAhead, _MM_HINT_T0);
    even = _mm512_dpbusd_epi32(even, _mm512_loadu_si512(row + i), _mm512_loadu_si512(query + i));
    odd = _mm512_dpbusd_epi32(odd, _mm512_loadu_si512(row + i + kWide), _mm512_loadu_si512(query + i + kWide));
  }
  for (; i < dimension; i += kWide) {
    const __mmask64 lanes = first_bytes(dimension - i);
    even =
        _mm512_dpbusd_epi32(even, _mm512_maskz_loadu_epi8(lanes, row + i), _mm512_maskz_loadu_epi8(lanes, query + i));
  }
  return _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
}

GLIMPSE_VNNI void scores_byte_vnni(const ByteQuery& query, const uint8_t* rows, const float* scales, size_t count,
                                   size_t dimension, float* out) {
  for (size_t row = 0; row < count; ++row) {
    const int32_t sum = dot_vnni(query.values, rows + row * dimension, dimension) - query.bias;
    out[row] = query.scale * scales[row] * static_cast<float>(sum);
  }
}

/// With b' = b - 128, signed: sum a b' is 128 * (sum b') too much, which a row of ones counts.
GLIMPSE_VNNI int32_t dot_bytes_vnni(const uint8_t* a, const uint8_t* b, size_t dimension) {
  __m512i products = _mm512_setzero_si512(), sums = _mm512_setzero_si512();
  for (size_t i = 0; i < dimension; i += kWide) {
    const __mmask64 lanes = first_bytes(dimension - i);
    const __m512i flip = _mm512_maskz_set1_epi8(lanes, static_cast<char>(0x80));
    const __m512i signed_b = _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, b + i), flip);
    products = _mm512_dpbusd_epi32(products, _mm512_maskz_loadu_epi8(lanes, a + i), signed_b);
    sums = _mm512_dpbusd_epi32(sums, _mm512_set1_epi8(1), signed_b);
  }
  return _mm512_reduce_add_epi32(products) - 128 * _mm512_reduce_add_epi32(sums);
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

const KernelTable kAvx512 = {scores_half, scores_float, scores_byte, dot_bytes, to_half, to_float};
const KernelTable kVnni = {scores_half, scores_float, scores_byte_vnni, dot_bytes_vnni, to_half, to_float};

}  // namespace glimpse::index::kernels
