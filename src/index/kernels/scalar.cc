// The plain twins of the SIMD kernels, and the oracle of their tests.
//
// Halves: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. Source: IEEE 754-2019, binary16.
#include <string.h>

#include "index/kernels/kernels.h"

namespace glimpse::index::kernels {
namespace {

uint32_t bits_of(float value) {
  uint32_t bits = 0;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float float_of(uint32_t bits) {
  float value = 0;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1Fu;
  const uint32_t fraction = half & 0x3FFu;
  if (exponent == 0x1F) return float_of(sign | 0x7F800000u | (fraction << 13) | (fraction != 0 ? 0x400000u : 0u));
  if (exponent != 0) return float_of(sign | ((exponent + 112) << 23) | (fraction << 13));
  // Zero or subnormal: fraction * 2^-24, exact in f32.
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return float_of(sign | bits_of(magnitude));
}

/// value / 2^shift, rounded to nearest, ties to even.
uint32_t shift_to_even(uint32_t value, uint32_t shift) {
  const uint32_t quotient = value >> shift;
  const uint32_t rest = value & ((1u << shift) - 1);
  const uint32_t middle = 1u << (shift - 1);
  return quotient + (rest > middle || (rest == middle && (quotient & 1u) != 0) ? 1u : 0u);
}

uint16_t float_to_half(float value) {
  const uint32_t bits = bits_of(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu));  // NaN
  if (magnitude >= 0x477FF000u) return static_cast<uint16_t>(sign | 0x7C00u);  // rounds to 65536 or more: infinity
  if (magnitude >= 0x38800000u) {  // at least 2^-14: a normal half; a carry out of the fraction raises the exponent
    return static_cast<uint16_t>(sign | (shift_to_even(magnitude, 13) - (112u << 10)));
  }
  if (magnitude < 0x33000000u) return static_cast<uint16_t>(sign);  // below 2^-25: zero
  const uint32_t exponent = magnitude >> 23;
  const uint32_t significand = (magnitude & 0x7FFFFFu) | 0x800000u;
  return static_cast<uint16_t>(sign | shift_to_even(significand, 126 - exponent));
}

void scores_half(const float* query, const uint16_t* rows, size_t count, size_t dimension, float* scores) {
  for (size_t row = 0; row < count; ++row) {
    float sum = 0;
    for (size_t i = 0; i < dimension; ++i) sum += query[i] * half_to_float(rows[row * dimension + i]);
    scores[row] = sum;
  }
}

void scores_float(const float* query, const float* rows, size_t count, size_t dimension, float* scores) {
  for (size_t row = 0; row < count; ++row) {
    float sum = 0;
    for (size_t i = 0; i < dimension; ++i) sum += query[i] * rows[row * dimension + i];
    scores[row] = sum;
  }
}

void scores_byte(const ByteQuery& query, const uint8_t* rows, const float* scales, size_t count, size_t dimension,
                 float* scores) {
  for (size_t row = 0; row < count; ++row) {
    int32_t sum = 0;
    for (size_t i = 0; i < dimension; ++i) sum += query.values[i] * (rows[row * dimension + i] - 128);
    scores[row] = query.scale * scales[row] * static_cast<float>(sum);
  }
}

int32_t dot_bytes(const uint8_t* a, const uint8_t* b, size_t dimension) {
  int32_t sum = 0;
  for (size_t i = 0; i < dimension; ++i) sum += (a[i] - 128) * (b[i] - 128);
  return sum;
}

void to_half(const float* from, uint16_t* to, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] = float_to_half(from[i]);
}

void to_float(const uint16_t* from, float* to, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] = half_to_float(from[i]);
}

}  // namespace

const KernelTable kScalar = {scores_half, scores_float, scores_byte, dot_bytes, to_half, to_float};

}  // namespace glimpse::index::kernels
