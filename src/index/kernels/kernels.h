#pragma once

#include <stddef.h>
#include <stdint.h>

// Plain declarations only: this header is compiled with each processor family's flags.
namespace glimpse::index::kernels {

/// A query in 8 bits: value i is about scale * values[i], values from -127 to 127; bias = 128 * (sum of values).
struct ByteQuery {
  const int8_t* values;
  float scale;
  int32_t bias;
};

/// Inner products of one query with many rows, and conversion between f32 and IEEE binary16 ("half", kept in uint16_t).
/// `rows` is [count, dimension] row-major without gaps; no pointer needs any alignment. A row's score does not depend
/// on its place among the rows. Conversion to half rounds to nearest even; values beyond 65504 become infinity.
struct KernelTable {
  void (*scores_half)(const float* query, const uint16_t* rows, size_t count, size_t dimension, float* scores);
  void (*scores_float)(const float* query, const float* rows, size_t count, size_t dimension, float* scores);
  /// Rows of bytes: value i of a row is about scales[row] * (bytes[i] - 128), bytes from 1 to 255. All levels agree to
  /// the bit, as the sums are of whole numbers (of at most 65,536 dimensions, which 32 bits hold).
  void (*scores_byte)(const ByteQuery& query, const uint8_t* rows, const float* scales, size_t count, size_t dimension,
                      float* scores);
  /// The inner product of two rows of bytes, without their scales.
  int32_t (*dot_bytes)(const uint8_t* a, const uint8_t* b, size_t dimension);
  void (*to_half)(const float* from, uint16_t* to, size_t count);
  void (*to_float)(const uint16_t* from, float* to, size_t count);
};

/// The oracle: plain C++, correct on every processor.
extern const KernelTable kScalar;
#if defined(__x86_64__)
extern const KernelTable kAvx2;    ///< Needs AVX2, FMA, F16C.
extern const KernelTable kAvx512;  ///< Needs AVX-512 F, BW, VL, DQ.
extern const KernelTable kVnni;    ///< Needs AVX-512 VNNI besides.
#endif

}  // namespace glimpse::index::kernels
