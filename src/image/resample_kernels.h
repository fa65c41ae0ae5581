#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace glimpse::image {

/// Fixed-point weights: 22 fractional bits leave 8 bits of pixel and 2 bits of headroom in an i32 sum.
/// Source: Pillow, src/libImaging/Resample.c, PRECISION_BITS.
inline constexpr int kWeightBits = 32 - 8 - 2;

/// The input positions that one output position is made of: [first, first + weights.size()), and their weights.
struct Taps {
  std::size_t first = 0;
  std::span<const std::int32_t> weights;
};

/// How far the vector forms read past a pixel.
inline constexpr std::size_t kRowOverread = 2;

/// One row of RGB along x: out[i] = Σ weight · in[taps[i].first + k], per channel, rounded and clamped to 0..255.
/// in must be readable for kRowOverread bytes past the last pixel that a tap names.
void resample_row(std::span<const Taps> taps, const std::uint8_t* in, std::uint8_t* out);

/// One row along y: out[i] = Σ_k weights[k] · in[k · row_bytes + i] for i < row_bytes, rounded and clamped.
void resample_column(std::span<const std::int32_t> weights, const std::uint8_t* in, std::size_t row_bytes,
                     std::uint8_t* out);

/// The same in the plainest form: what the tests hold the fast ones to.
namespace plain {
void resample_row(std::span<const Taps> taps, const std::uint8_t* in, std::uint8_t* out);
void resample_column(std::span<const std::int32_t> weights, const std::uint8_t* in, std::size_t row_bytes,
                     std::uint8_t* out);
}  // namespace plain

}  // namespace glimpse::image
