// Each SIMD kernel against its scalar twin: every length below four vectors, every misalignment, every half.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "index/simd.h"

namespace glimpse::index {
namespace {

using kernels::KernelTable;

struct KernelTest : testing::TestWithParam<SimdLevel> {
  void SetUp() override {
    if (!supported(GetParam())) GTEST_SKIP() << "this processor lacks " << name_of(GetParam());
  }
  const KernelTable& fast = kernels_for(GetParam());
  const KernelTable& oracle = kernels::kScalar;
};

std::vector<float> numbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// The sum in f64, and how far an f32 sum in any order may be from it.
struct Expected {
  double sum = 0;
  double bound = 0;
};

template <typename T, typename Widen>
Expected expected_dot(const float* query, const T* row, std::size_t dimension, Widen widen) {
  Expected expected;
  for (std::size_t i = 0; i < dimension; ++i) {
    const double product = double{query[i]} * double{widen(row[i])};
    expected.sum += product;
    expected.bound += std::abs(product);
  }
  expected.bound = expected.bound * static_cast<double>(dimension) * 0x1p-23 + 1e-30;
  return expected;
}

float widen_half(std::uint16_t half) {
  float value = 0;
  kernels::kScalar.to_float(&half, &value, 1);
  return value;
}

TEST_P(KernelTest, ScoresEqualTheOracleAtEveryLengthAndOffset) {
  constexpr std::size_t kMaxLength = 4 * 32 + 3, kRows = 9;
  const auto query = numbers(kMaxLength + 4, 1);
  const auto floats = numbers((kMaxLength + 4) * kRows, 2);
  std::vector<std::uint16_t> halves(floats.size());
  oracle.to_half(floats.data(), halves.data(), floats.size());
  for (std::size_t length = 1; length <= kMaxLength; ++length) {
    for (std::size_t offset = 0; offset < 4; ++offset) {
      // Exactly as long as needed, so that the address sanitizer sees a read past the end.
      const std::vector<float> q(query.begin() + static_cast<long>(offset),
                                 query.begin() + static_cast<long>(offset + length));
      const std::vector<float> f(floats.begin(), floats.begin() + static_cast<long>(offset + length * kRows));
      const std::vector<std::uint16_t> h(halves.begin(), halves.begin() + static_cast<long>(offset + length * kRows));
      float from_half[kRows], from_float[kRows];
      fast.scores_half(q.data(), h.data() + offset, kRows, length, from_half);
      fast.scores_float(q.data(), f.data() + offset, kRows, length, from_float);
      for (std::size_t row = 0; row < kRows; ++row) {
        const auto half = expected_dot(q.data(), h.data() + offset + row * length, length, widen_half);
        const auto full = expected_dot(q.data(), f.data() + offset + row * length, length, [](float v) { return v; });
        ASSERT_NEAR(from_half[row], half.sum, half.bound) << "length " << length << " offset " << offset;
        ASSERT_NEAR(from_float[row], full.sum, full.bound) << "length " << length << " offset " << offset;
      }
    }
  }
}

TEST_P(KernelTest, ScoreDoesNotDependOnThePlaceOfTheRow) {
  constexpr std::size_t kDimension = 387, kRows = 11;
  const auto query = numbers(kDimension, 3);
  const auto row = numbers(kDimension, 4);
  std::vector<float> rows;
  for (std::size_t i = 0; i < kRows; ++i) rows.insert(rows.end(), row.begin(), row.end());
  std::vector<std::uint16_t> halves(rows.size());
  oracle.to_half(rows.data(), halves.data(), rows.size());
  float scores[kRows];
  fast.scores_half(query.data(), halves.data(), kRows, kDimension, scores);
  for (const float score : scores) EXPECT_EQ(score, scores[0]);
  fast.scores_float(query.data(), rows.data(), kRows, kDimension, scores);
  for (const float score : scores) EXPECT_EQ(score, scores[0]);
}

TEST_P(KernelTest, EveryHalfWidensAsTheOracle) {
  std::vector<std::uint16_t> halves(65'536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> got(halves.size()), expected(halves.size());
  fast.to_float(halves.data(), got.data(), halves.size());
  oracle.to_float(halves.data(), expected.data(), halves.size());
  EXPECT_EQ(std::memcmp(got.data(), expected.data(), got.size() * sizeof(float)), 0);
}

TEST_P(KernelTest, RoundsToHalfAsTheOracle) {
  std::vector<float> values;
  for (std::uint32_t half = 0; half < 65'536; ++half) {  // each half, its neighbours, and the ties between halves
    const float value = widen_half(static_cast<std::uint16_t>(half));
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (const std::uint32_t step : {0u, 1u, 0xFFFu, 0x1000u, 0x1001u})
      values.push_back(std::bit_cast<float>(bits + step));
  }
  for (std::uint32_t bits = 0x32000000; bits < 0x39000000; bits += 9973) values.push_back(std::bit_cast<float>(bits));
  std::vector<std::uint16_t> got(values.size()), expected(values.size());
  fast.to_half(values.data(), got.data(), values.size());
  oracle.to_half(values.data(), expected.data(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      EXPECT_TRUE(std::isnan(widen_half(got[i])) && std::isnan(widen_half(expected[i])));
    } else {
      ASSERT_EQ(got[i], expected[i]) << values[i];
    }
  }
}

TEST_P(KernelTest, BytesAgreeToTheBitAtEveryLengthAndOffset) {
  constexpr std::size_t kMaxLength = 3 * 64 + 5, kRows = 9;
  std::mt19937 random(3);
  for (std::size_t length = 1; length <= kMaxLength; ++length) {
    for (const bool extreme : {false, true}) {  // extreme: where 16-bit sums would overflow
      std::vector<std::int8_t> values(length);
      std::vector<std::uint8_t> rows(length * kRows);
      for (auto& v : values) v = static_cast<std::int8_t>(extreme ? 127 : static_cast<int>(random() % 255) - 127);
      for (auto& v : rows) v = static_cast<std::uint8_t>(extreme ? 255 : 1 + random() % 255);
      const auto scales = numbers(kRows, static_cast<unsigned>(length));
      const int sum = std::accumulate(values.begin(), values.end(), 0);
      const kernels::ByteQuery query = {values.data(), 0.37f, 128 * sum};
      float got[kRows], expected[kRows];
      fast.scores_byte(query, rows.data(), scales.data(), kRows, length, got);
      oracle.scores_byte(query, rows.data(), scales.data(), kRows, length, expected);
      for (std::size_t row = 0; row < kRows; ++row) ASSERT_EQ(got[row], expected[row]) << length << " row " << row;
      for (std::size_t row = 1; row < kRows; ++row) {
        const std::uint8_t* other = rows.data() + row * length;
        ASSERT_EQ(fast.dot_bytes(rows.data(), other, length), oracle.dot_bytes(rows.data(), other, length)) << length;
      }
    }
  }
}

TEST_P(KernelTest, BytesOfTheMostDimensionsDoNotOverflow) {
  constexpr std::size_t kDimension = 65'536;
  for (const int sign : {-1, 1}) {
    const std::vector<std::int8_t> values(kDimension, static_cast<std::int8_t>(127 * sign));
    const std::vector<std::uint8_t> row(kDimension, 255);
    const float scale = 1;
    const kernels::ByteQuery query = {values.data(), 1, 128 * 127 * sign * static_cast<int>(kDimension)};
    float score = 0;
    fast.scores_byte(query, row.data(), &scale, 1, kDimension, &score);
    EXPECT_EQ(score, static_cast<float>(127 * 127 * sign) * static_cast<float>(kDimension));
    EXPECT_EQ(fast.dot_bytes(row.data(), row.data(), kDimension), 127 * 127 * static_cast<int>(kDimension));
  }
}

INSTANTIATE_TEST_SUITE_P(All, KernelTest,
                         testing::Values(SimdLevel::kScalar, SimdLevel::kAvx2, SimdLevel::kAvx512, SimdLevel::kVnni),
                         [](const auto& level) { return std::string(name_of(level.param)); });

TEST(Half, KnownValues) {
  const std::vector<float> values = {1.0f,     -2.0f,      65504.0f,        65520.0f, 0x1p-24f,
                                     0x1p-25f, 0x1.8p-25f, 1.0f + 0x1p-11f, 0.1f};
  const std::vector<std::uint16_t> expected = {0x3C00, 0xC000, 0x7BFF, 0x7C00, 0x0001, 0x0000, 0x0001, 0x3C00, 0x2E66};
  std::vector<std::uint16_t> got(values.size());
  kernels::kScalar.to_half(values.data(), got.data(), values.size());
  EXPECT_EQ(got, expected);
}

TEST(SimdLevel, NamesAreReadBack) {
  EXPECT_EQ(parse_simd_level("scalar").value(), SimdLevel::kScalar);
  EXPECT_EQ(parse_simd_level("mmx").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(supported(best_simd_level()));
}

}  // namespace
}  // namespace glimpse::index
