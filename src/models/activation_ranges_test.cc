#include "models/activation_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::models {
namespace {

using ::testing::HasSubstr;

class ActivationRangesFile : public ::testing::Test {
 protected:
  Error refusal_of(std::string_view text) const {
    EXPECT_TRUE(write_file_atomically(file_, text));
    const auto read = read_activation_ranges(file_);
    return read ? Error::internal("read") : read.error();
  }
  const TempDirectory temp_;
  const std::filesystem::path file_ = temp_.path() / kActivationRangesFile;
};

TEST_F(ActivationRangesFile, ComeBackAsTheyWereWritten) {
  const ActivationRanges ranges = {
      .convolutions = {{.low = -0.1f, .high = 0.3f, .precise = true}, {.low = 0, .high = 6}},
      .linears = {{.low = -47.599976f, .high = 45.825066f, .shifts = {3, 0, -30}},
                  {.low = -1, .high = 0, .precise = true},
                  {.low = 0, .high = 1e-30f, .shifts = {30}}}};
  ASSERT_TRUE(write_activation_ranges(file_, ranges, 7));
  const auto read = read_activation_ranges(file_);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, ranges);
}

TEST_F(ActivationRangesFile, EveryNumberCountsInTheHash) {
  const ActivationRanges ranges = {.convolutions = {{.low = 0, .high = 6}},
                                   .linears = {{.low = -1, .high = 1, .shifts = {1, 2}}}};
  ActivationRanges other = ranges;
  other.linears[0].shifts[1] = 3;
  EXPECT_NE(hash_of(ranges), hash_of(other));
  other = ranges;
  other.linears[0].precise = true;
  EXPECT_NE(hash_of(ranges), hash_of(other));
  other = ranges;
  other.convolutions[0].high = 6.0000005f;
  EXPECT_NE(hash_of(ranges), hash_of(other));
  EXPECT_EQ(hash_of(ranges), hash_of(ActivationRanges(ranges)));
}

TEST_F(ActivationRangesFile, OfTheFirstFormatKeepTheFirstTwoConvolutionsPrecise) {
  ASSERT_TRUE(
      write_file_atomically(file_, R"({"format": 1, "convolutions": 3, "low": [-2.5, 0, -1], "high": [2.5, 6, 0]})"));
  const auto read = read_activation_ranges(file_);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, (ActivationRanges{.convolutions = {{.low = -2.5f, .high = 2.5f, .precise = true},
                                                      {.low = 0, .high = 6, .precise = true},
                                                      {.low = -1, .high = 0}},
                                     .linears = {}}));
}

TEST_F(ActivationRangesFile, RefusesWhatIsNoRange) {
  EXPECT_EQ(read_activation_ranges(temp_.path() / "nothing").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(refusal_of(R"({"format": 3, "convolutions": 1, "low": [0], "high": [1]})").code(), ErrorCode::kUnsupported);
  const std::string none = R"("format": 2, "convolutions": 0, "low": [], "high": [], "precise": [], "linear": )";
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"format": 1, "convolutions": 2, "low": [0], "high": [1, 2]})", "low"},
           {R"({"format": 1, "convolutions": 1, "low": [0]})", "missing"},
           {R"({"format": 1, "convolutions": 0, "low": [], "high": []})", "convolutions"},
           {R"({"format": 1, "convolutions": 2, "low": [0, 1], "high": [1, 2]})", "range 1"},
           {R"({"format": 1, "convolutions": 2, "low": [-2, 0], "high": [-1, 2]})", "range 0"},
           {R"({"format": 1, "convolutions": 1, "low": [0], "high": [0]})", "range 0"},
           {R"({"format": 1, "convolutions": 1, "low": [0], "high": [1e300]})", "high"},
           {R"({"format": 2, "convolutions": 1, "low": [0], "high": [1]})", "precise"},
           {R"({"format": 2, "convolutions": 1, "low": [0], "high": [1], "precise": [2]})", "whole numbers"},
           {"{" + none + R"({"inputs": 1, "low": [0], "high": [0], "precise": [0], "widths": [0], "shifts": []}})",
            "linear.range 0"},
           {"{" + none + R"({"inputs": 1, "low": [0], "high": [1], "precise": [0], "widths": [2], "shifts": [1]}})",
            "linear.shifts"},
           {"{" + none + R"({"inputs": 1, "low": [0], "high": [1], "precise": [0], "widths": [1], "shifts": [31]}})",
            "from -30 to 30"},
           {"{" + none + R"({"inputs": 1, "low": [0], "high": [1], "precise": [0], "widths": [1], "shifts": [0.5]}})",
            "whole numbers"},
           {"{" + none + R"({"inputs": 1, "low": [0], "high": [1], "precise": [0]}})", "linear.widths"},
       }) {
    SCOPED_TRACE(text);
    const Error error = refusal_of(text);
    EXPECT_EQ(error.code(), ErrorCode::kCorruption);
    EXPECT_THAT(error.message(), HasSubstr(why));
    EXPECT_THAT(error.message(), HasSubstr(kActivationRangesFile));
  }
}

}  // namespace
}  // namespace glimpse::models
