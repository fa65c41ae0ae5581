#pragma once

#include <stddef.h>
#include <stdint.h>

// Plain declarations only: this header is compiled with each processor family's flags.
namespace glimpse::index::kernels {

/// Inner products of one query with many rows, and conversion between f32 and IEEE binary16 ("half", kept in uint16_t).
/// `rows` is [count, dimension] row-major without gaps; no pointer needs any alignment. A row's score does not depend
/// on its place among the rows. Conversion to half rounds to nearest even; values beyond 65504 become infinity.
struct KernelTable {
  void (*scores_half)(const float* query, const uint16_t* rows, size_t count, size_t dimension, float* scores);
  void (*scores_float)(const float* query, const float* rows, size_t count, size_t dimension, float* scores);
  void (*to_half)(const float* from, uint16_t* to, size_t count);
  void (*to_float)(const uint16_t* from, float* to, size_t count);
};

/// The oracle: plain C++, correct on every processor.
extern const KernelTable kScalar;
#if defined(__x86_64__)
extern const KernelTable kAvx2;    ///< Needs AVX2, FMA, F16C.
extern const KernelTable kAvx512;  ///< Needs AVX-512 F, BW, VL, DQ.
#endif

}  // namespace glimpse::index::kernels
