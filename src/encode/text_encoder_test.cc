#include "encode/text_encoder.h"

#include <gtest/gtest.h>

namespace glimpse::encode {
namespace {

class LengthTokenizer : public text::Tokenizer {
 public:
  std::vector<text::TokenId> encode(std::string_view text) const override {
    return {static_cast<text::TokenId>(text.size())};
  }
  int context_length() const override { return 1; }
  text::TokenId pad_id() const override { return 0; }
  int vocabulary_size() const override { return 1000; }
};

class TextEncoderTest : public testing::Test {
 protected:
  int embedded_ = 0;
  TextEncoder encoder_{std::make_shared<LengthTokenizer>(),
                       [this](std::span<const text::TokenId> ids) -> Result<std::vector<float>> {
                         ++embedded_;
                         return std::vector<float>{static_cast<float>(ids[0])};
                       },
                       2};
};

TEST_F(TextEncoderTest, RemembersTheLatestQueries) {
  EXPECT_EQ(encoder_.encode("cat").value(), std::vector<float>{3});
  EXPECT_EQ(encoder_.encode("cat").value(), std::vector<float>{3});
  EXPECT_EQ(embedded_, 1);
  ASSERT_TRUE(encoder_.encode("horse"));
  ASSERT_TRUE(encoder_.encode("cat"));      // now the newest
  ASSERT_TRUE(encoder_.encode("flowers"));  // drops "horse"
  ASSERT_TRUE(encoder_.encode("cat"));
  EXPECT_EQ(embedded_, 3);
  ASSERT_TRUE(encoder_.encode("horse"));
  EXPECT_EQ(embedded_, 4);
}

TEST_F(TextEncoderTest, RefusesAQueryWithoutWords) {
  EXPECT_EQ(encoder_.encode("").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(encoder_.encode(" \t\n").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(embedded_, 0);
}

}  // namespace
}  // namespace glimpse::encode
