#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

namespace glimpse::train {

/// Numbers that depend on their seeds alone: the same on every machine and with every compiler, unlike the standard
/// library's distributions. Two generators of different seeds are independent. Source: Steele, Lea and Flood 2014
/// (SplitMix64).
class Random {
 public:
  Random(std::initializer_list<std::uint64_t> seeds) {
    for (const std::uint64_t seed : seeds) state_ = mix(state_ ^ (seed + kGolden));
  }

  std::uint64_t next() { return mix(state_ += kGolden); }
  /// In [0, 1), in steps of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [0, n); n above 0. The bias of the remainder is below n / 2^64.
  std::uint64_t below(std::uint64_t n) { return next() % n; }

  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_ = 0;
};

}  // namespace glimpse::train
