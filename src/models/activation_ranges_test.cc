#include "models/activation_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::models {
namespace {

using ::testing::HasSubstr;

class ActivationRanges : public ::testing::Test {
 protected:
  Error refusal_of(std::string_view text) const {
    EXPECT_TRUE(write_file_atomically(file_, text));
    const auto read = read_activation_ranges(file_);
    return read ? Error::internal("read") : read.error();
  }
  const TempDirectory temp_;
  const std::filesystem::path file_ = temp_.path() / kActivationRangesFile;
};

TEST_F(ActivationRanges, ComeBackAsTheyWereWritten) {
  const std::vector<ActivationRange> ranges = {{-0.1f, 0.3f}, {0, 6}, {-47.599976f, 45.825066f}};
  ASSERT_TRUE(write_activation_ranges(file_, ranges, 7));
  const auto read = read_activation_ranges(file_);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), ranges.size());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ((*read)[i].low, ranges[i].low);
    EXPECT_EQ((*read)[i].high, ranges[i].high);
  }
}

TEST_F(ActivationRanges, RefusesWhatIsNoRange) {
  EXPECT_EQ(read_activation_ranges(temp_.path() / "nothing").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(refusal_of(R"({"format": 2, "convolutions": 1, "low": [0], "high": [1]})").code(), ErrorCode::kUnsupported);
  for (const auto& [text, why] : {
           std::pair(R"({"format": 1, "convolutions": 2, "low": [0], "high": [1, 2]})", "low"),
           std::pair(R"({"format": 1, "convolutions": 1, "low": [0]})", "missing"),
           std::pair(R"({"format": 1, "convolutions": 0, "low": [], "high": []})", "convolutions"),
           std::pair(R"({"format": 1, "convolutions": 2, "low": [0, 1], "high": [1, 2]})", "convolution 1"),
           std::pair(R"({"format": 1, "convolutions": 2, "low": [-2, 0], "high": [-1, 2]})", "convolution 0"),
           std::pair(R"({"format": 1, "convolutions": 1, "low": [0], "high": [0]})", "convolution 0"),
           std::pair(R"({"format": 1, "convolutions": 1, "low": [0], "high": [1e300]})", "high"),
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
