#include "checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::checkpoint {
namespace {

using testing::HasSubstr;

std::filesystem::path data_file(const std::string& name) {
  return std::filesystem::path(GLIMPSE_TEST_DATA) / "checkpoint" / name;
}

struct ExpectedTensor {
  std::string name, dtype, shape, hex;
};

std::vector<ExpectedTensor> read_expected(const std::string& name) {
  std::ifstream in(data_file(name + ".expected"));
  std::vector<ExpectedTensor> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    ExpectedTensor row;
    std::getline(fields, row.name, '|');
    std::getline(fields, row.dtype, '|');
    std::getline(fields, row.shape, '|');
    std::getline(fields, row.hex);
    rows.push_back(row);
  }
  return rows;
}

std::string hex_of(const std::vector<float>& values) {
  std::string out;
  for (const std::byte byte : std::as_bytes(std::span(values))) out += fmt::format("{:02x}", static_cast<int>(byte));
  return out;
}

std::string comma_shape(const Shape& shape) {
  std::string out;
  for (const auto size : shape) out += (out.empty() ? "" : ",") + std::to_string(size);
  return out;
}

class GoldenFile : public testing::TestWithParam<const char*> {};

TEST_P(GoldenFile, HoldsTheReferenceValuesBitForBit) {
  const auto checkpoint = open(data_file(GetParam()));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  const auto expected = read_expected(GetParam());
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ((*checkpoint)->tensors().size(), expected.size());
  for (const ExpectedTensor& row : expected) {
    const TensorView* tensor = (*checkpoint)->find(row.name);
    ASSERT_NE(tensor, nullptr) << row.name;
    EXPECT_EQ(name_of(tensor->dtype), row.dtype) << row.name;
    EXPECT_EQ(comma_shape(tensor->shape), row.shape) << row.name;
    EXPECT_EQ(hex_of(to_f32(*tensor)), row.hex) << row.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenFile,
                         testing::Values("every_dtype.safetensors", "every_dtype.zip.pt", "every_dtype.stream.pt",
                                         "nested.zip.pt"));

TEST(Checkpoint, FindsByExactNameOnly) {
  const auto checkpoint = open(data_file("every_dtype.safetensors"));
  ASSERT_TRUE(checkpoint);
  EXPECT_NE((*checkpoint)->find("scalar"), nullptr);
  EXPECT_EQ((*checkpoint)->find("scala"), nullptr);
  EXPECT_EQ((*checkpoint)->find(""), nullptr);
  EXPECT_EQ((*checkpoint)->find("zzz"), nullptr);
}

TEST(Checkpoint, EveryHalfConvertsExactly) {
  // The oracle goes through exact double arithmetic instead of bits.
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  const TensorView tensor{"h", DType::kF16, {65536}, {1}, std::as_bytes(std::span(halves))};
  const auto floats = to_f32(tensor);
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31U);
    const double fraction = bits & 1023U;
    double want = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) want = fraction == 0 ? INFINITY : NAN;
    if ((bits & 0x8000U) != 0) want = -want;
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(floats[bits])) << bits;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(floats[bits]), std::bit_cast<std::uint32_t>(static_cast<float>(want)));
    }
  }
}

TEST(Checkpoint, UnrecognizableFilesAreNamedForWhatTheyAre) {
  const TempDirectory directory;
  const auto path = directory.path() / "model.bin";
  const auto message_for = [&](std::string_view bytes) {
    EXPECT_TRUE(write_file_atomically(path, bytes));
    const auto opened = open(path);
    return opened ? "opened" : opened.error().message();
  };
  EXPECT_THAT(message_for("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), HasSubstr("Git LFS pointer"));
  EXPECT_THAT(message_for("<!doctype html><html>"), HasSubstr("neither safetensors nor a torch file"));
  EXPECT_THAT(message_for(""), HasSubstr("too short"));
  EXPECT_THAT(message_for("\x80\x04K\x01."), HasSubstr("plain pickle"));
  EXPECT_THAT(message_for("<!doctype html><html>"), HasSubstr(path.string()));
  EXPECT_EQ(open(directory.path() / "absent").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(open(directory.path()).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace glimpse::checkpoint
