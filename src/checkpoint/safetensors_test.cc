#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <string>

#include "base/file.h"
#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {
namespace {

using testing::HasSubstr;

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::remove(path);  // rewriting in place would wait for the disk
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string u64(std::uint64_t value) { return {reinterpret_cast<const char*>(&value), 8}; }

// A safetensors file with this header and so many zero bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes = 0) {
  return u64(header.size()) + header + std::string(data_bytes, '\0');
}

class Safetensors : public testing::Test {
 protected:
  Result<std::unique_ptr<Checkpoint>> open_bytes(std::string_view bytes) {
    write(path_, bytes);
    return open(path_);
  }

  // The error's message, which must name the file; "accepted" when there is none.
  std::string verdict(std::string_view bytes) {
    const auto opened = open_bytes(bytes);
    if (opened) return "accepted";
    EXPECT_THAT(opened.error().message(), HasSubstr(path_.string()));
    return opened.error().message();
  }

  TempDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "m.safetensors";
};

constexpr const char* kOne = R"({"t":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}})";

TEST_F(Safetensors, AcceptsWhatTheReferenceAccepts) {
  EXPECT_EQ(verdict(file_of(kOne, 16)), "accepted");
  EXPECT_EQ(verdict(file_of("{}")), "accepted");
  EXPECT_EQ(verdict(file_of("{}     ")), "accepted");
  EXPECT_EQ(verdict(file_of(R"({"__metadata__":{"framework":"pt"}})")), "accepted");
  EXPECT_EQ(verdict(file_of(R"({"t":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4)), "accepted");
  EXPECT_EQ(verdict(file_of(R"({"t":{"dtype":"I32","shape":[2,0],"data_offsets":[0,0]}})")), "accepted");
  EXPECT_EQ(verdict(file_of(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                            R"("a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})",
                            3)),
            "accepted");
}

TEST_F(Safetensors, HeaderSizesThatLookLikeAPickleAreAccepted) {
  // 0x80 begins a pickle, and the size of a header of 128 bytes; 0x0280 and 0x0480 even look like protocols 2 and 4.
  for (const std::size_t size : {0x80U, 0x280U, 0x480U}) {
    EXPECT_EQ(verdict(file_of("{}" + std::string(size - 2, ' '))), "accepted") << size;
  }
}

TEST_F(Safetensors, AnEmptyTensorMayHaveHugeOtherSizes) {
  const std::string huge = std::to_string(std::uint64_t{1} << 62);
  const auto opened =
      open_bytes(file_of(R"({"t":{"dtype":"U8","shape":[0,)" + huge + "," + huge + R"(],"data_offsets":[0,0]}})"));
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_TRUE(to_f32((*opened)->tensors()[0]).empty());
}

TEST_F(Safetensors, EmptyTensorsBetweenOthersTile) {
  const auto opened = open_bytes(file_of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                         R"("e":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},)"
                                         R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                                         3));
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ((*opened)->find("e")->bytes.size(), 0U);
  EXPECT_EQ((*opened)->tensors()[1].name, "b");
}

struct BadFile {
  const char* name;
  std::string bytes;
  const char* reason;
};

TEST_F(Safetensors, RefusesEveryOtherFileWithTheReason) {
  const auto tensor = [](const std::string& fields) { return "{\"t\":{" + fields + "}}"; };
  const std::string big_dimension = std::to_string(std::uint64_t{1} << 62);
  std::string many = "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
  for (int i = 0; i < 100'001; ++i)
    many += fmt::format(R"(,"{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", i);
  std::string axes = "1";
  for (int i = 0; i < 64; ++i) axes += ",1";
  const BadFile kFiles[] = {
      {"no header size", "\x10\0\0", "too short"},
      {"header size alone", u64(40), "the file was cut"},
      {"header too large", u64(100'000'001) + std::string(20, ' '), "neither safetensors"},
      {"header size of all ones", u64(UINT64_MAX) + "{}", "neither safetensors"},
      {"header longer than the file", u64(60) + kOne, "the file was cut"},
      {"header size zero", u64(0), "no JSON"},
      {"not UTF-8", file_of("\xff"), "UTF-8"},
      {"bad UTF-8 in a name", file_of("{\"\xc0\x80\":{}}"), "UTF-8"},
      {"not JSON", file_of("{"), "JSON"},
      {"an array", file_of("[]"), "unexpected array"},
      {"a number", file_of("1"), "unexpected number"},
      {"two objects", file_of("{}{}"), "JSON"},
      {"NUL padding", file_of(std::string("{}\0\0", 4)), "NUL"},
      {"byte order mark", file_of("\xef\xbb\xbf{}"), "byte order mark"},
      {"nested deeply", file_of(std::string(100'000, '[')), "unexpected array"},
      {"nested objects", file_of(R"({"t":{"dtype":{"a":1}}})"), "unexpected object"},
      {"nested array", file_of(tensor(R"("shape":[[1]])")), "unexpected array"},
      {"duplicate name",
       file_of(R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
               R"("t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
               1),
       "duplicate name 't'"},
      {"duplicate field", file_of(tensor(R"("dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1])"), 1),
       "duplicate"},
      {"duplicate metadata", file_of(R"({"__metadata__":{"a":"b","a":"c"}})"), "duplicate key in __metadata__"},
      {"metadata twice", file_of(R"({"__metadata__":{},"__metadata__":{}})"), "duplicate name '__metadata__'"},
      {"metadata number", file_of(R"({"__metadata__":{"a":1}})"), "unexpected number"},
      {"metadata text", file_of(R"({"__metadata__":"a"})"), "unexpected string"},
      {"unknown field", file_of(tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1)"), 1), "unknown field"},
      {"missing field", file_of(tensor(R"("dtype":"U8","shape":[1])")), "expected the fields"},
      {"unknown dtype", file_of(tensor(R"("dtype":"C128","shape":[1],"data_offsets":[0,16])"), 16), "'C128'"},
      {"negative dimension", file_of(tensor(R"("dtype":"U8","shape":[-1],"data_offsets":[0,1])"), 1), "negative"},
      {"fraction", file_of(tensor(R"("dtype":"U8","shape":[1.0],"data_offsets":[0,1])"), 1), "no 64-bit integer"},
      {"number over 64 bits", file_of(tensor(R"("dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1])"), 1),
       "no 64-bit integer"},
      {"three offsets", file_of(tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0,1,1])"), 1), "two data_offsets"},
      {"product overflows",
       file_of(tensor(R"("dtype":"U8","shape":[)" + big_dimension + ",16],\"data_offsets\":[0,0]")), "overflows"},
      {"bytes overflow", file_of(tensor(R"("dtype":"F64","shape":[)" + big_dimension + "],\"data_offsets\":[0,0]")),
       "overflows"},
      {"zero hides an overflow",
       file_of(tensor(R"("dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0])")), "over 63 bits"},
      {"wrong size", file_of(tensor(R"("dtype":"I32","shape":[2,2],"data_offsets":[0,12])"), 12),
       "needs 16 bytes, got 12"},
      {"end before begin", file_of(tensor(R"("dtype":"U8","shape":[1],"data_offsets":[1,0])"), 1), "begin at 0"},
      {"begins late", file_of(tensor(R"("dtype":"U8","shape":[1],"data_offsets":[1,2])"), 2), "begin at 0"},
      {"ends behind the file", file_of(kOne, 15), "within 15 bytes"},
      {"trailing bytes", file_of(kOne, 17), "17 bytes of data, but the tensors cover 16"},
      {"hole",
       file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
               R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
               3),
       "begin at 1"},
      {"overlap",
       file_of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
               R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
               3),
       "begin at 2"},
      {"same bytes twice",
       file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
               R"("b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
               1),
       "begin at 1"},
      {"name over 1 KiB", file_of("{\"" + std::string(1025, 'n') + "\":{}}"), "over 1 KiB"},
      {"too many tensors", file_of(many + "}"), "more than 100000 tensors"},
      {"65 axes", file_of(tensor(R"("dtype":"U8","data_offsets":[0,1],"shape":[)" + axes + "]"), 1), "64 axes"},
  };
  for (const BadFile& file : kFiles) EXPECT_THAT(verdict(file.bytes), HasSubstr(file.reason)) << file.name;
}

TEST_F(Safetensors, WritesWhatItReads) {
  const std::vector<float> weight{1.0F, -2.5F, 3.0F, 4.0F, 5.0F, 6.0F}, scale{2.0F};
  const TensorToWrite tensors[] = {{"weight", {2, 3}, weight}, {"scale", {}, scale}, {"empty", {0, 3}, {}}};
  const std::pair<std::string, std::string> metadata[] = {{"format", "pt"}};
  ASSERT_TRUE(write_safetensors(path_, tensors, metadata));
  const auto opened = open(path_);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(to_f32(*(*opened)->find("weight")), weight);
  EXPECT_EQ(to_f32(*(*opened)->find("scale")), scale);
  EXPECT_EQ((*opened)->find("empty")->shape, (Shape{0, 3}));
  const auto bytes = read_text_file(path_, 10'000);
  ASSERT_TRUE(bytes);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes->data(), 8);
  EXPECT_EQ(header % 8, 0U);
  EXPECT_THAT(*bytes, HasSubstr(R"("__metadata__":{"format":"pt"})"));
}

TEST_F(Safetensors, HalvesAreRoundedToTheNearestAndTiesToEven) {
  std::vector<std::uint16_t> bits;
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    if ((half & 0x7c00U) != 0x7c00U) bits.push_back(static_cast<std::uint16_t>(half));
  }
  const auto view = [](const std::vector<std::uint16_t>& halves) {
    return TensorView{.name = "halves",
                      .dtype = DType::kF16,
                      .shape = {static_cast<std::int64_t>(halves.size())},
                      .strides = {1},
                      .bytes = std::as_bytes(std::span(halves))};
  };
  const std::vector<float> exact = to_f32(view(bits));
  std::vector<float> written = exact, expected = exact;
  for (std::size_t i = 0; i + 1 < bits.size() / 2; ++i) {  // positive neighbours, and what lies between them
    const float middle = (exact[i] + exact[i + 1]) / 2;
    written.insert(written.end(), {middle, std::nextafter(middle, 0.0F), std::nextafter(middle, 1e9F)});
    expected.insert(expected.end(), {bits[i] % 2 == 0 ? exact[i] : exact[i + 1], exact[i], exact[i + 1]});
  }
  written.push_back(65520.0F);
  expected.push_back(std::numeric_limits<float>::infinity());
  const TensorToWrite tensors[] = {{"x", {static_cast<std::int64_t>(written.size())}, written, DType::kF16}};
  ASSERT_TRUE(write_safetensors(path_, tensors));
  const auto opened = open(path_);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(to_f32(*(*opened)->find("x")), expected);
}

TEST_F(Safetensors, WriterRefusesWhatNoReaderWouldTake) {
  const std::vector<float> one{1.0F};
  const TensorToWrite wrong[] = {{"a", {2}, one}};
  const TensorToWrite twice[] = {{"a", {1}, one}, {"a", {1}, one}};
  const TensorToWrite reserved[] = {{"__metadata__", {1}, one}};
  const TensorToWrite negative[] = {{"a", {-1, -1}, one}};
  EXPECT_THAT(write_safetensors(path_, wrong).error().message(), HasSubstr("[2] does not fit 1"));
  EXPECT_THAT(write_safetensors(path_, twice).error().message(), HasSubstr("two tensors"));
  EXPECT_THAT(write_safetensors(path_, reserved).error().message(), HasSubstr("__metadata__"));
  EXPECT_EQ(write_safetensors(path_, negative).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// Reads every tensor of an opened file, so that a wrong view would be seen by the address sanitizer.
void read_all(const Checkpoint& checkpoint) {
  for (const TensorView& tensor : checkpoint.tensors()) {
    EXPECT_EQ(to_f32(tensor).size(), static_cast<std::size_t>(element_count(tensor.shape)));
  }
}

class DamagedFile : public testing::TestWithParam<const char*> {};

TEST_P(DamagedFile, NeverCrashes) {
  const TempDirectory directory;
  const auto path = directory.path() / "damaged";
  const auto source = std::filesystem::path(GLIMPSE_TEST_DATA) / "checkpoint" / GetParam();
  const auto whole = read_text_file(source, 1'000'000);
  ASSERT_TRUE(whole);
  std::mt19937 random(20240613);
  int accepted = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    std::string bytes = *whole;
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    for (std::size_t flips = i % 3 == 0 ? 0 : 1 + i % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    }
    write(path, bytes);
    const auto opened = open(path);
    if (!opened) continue;
    ++accepted;
    read_all(**opened);
  }
  EXPECT_LT(accepted, 667);  // a cut file is never accepted, nor is damage to what describes the tensors
}

INSTANTIATE_TEST_SUITE_P(All, DamagedFile,
                         testing::Values("every_dtype.safetensors", "every_dtype.zip.pt", "every_dtype.stream.pt"));

}  // namespace
}  // namespace glimpse::checkpoint
