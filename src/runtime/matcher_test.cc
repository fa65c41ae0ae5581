#include "runtime/matcher.h"

#include <gtest/gtest.h>

#include "models/goldens_for_tests.h"

namespace glimpse::runtime {
namespace {

using models::Goldens;
using models::model_data;

TEST(Matcher, ProbabilitiesEqualTheReferences) {
  const Goldens goldens(model_data("tiny-blip-itm.goldens"));
  const auto model = models::open_dual_encoder(model_data("tiny-blip-itm"));
  ASSERT_TRUE(model) << model.error().message();
  const auto matcher = Matcher::compile(**model, {});
  ASSERT_TRUE(matcher) << matcher.error().message();
  const auto pixels = models::golden_pixels(3, 32);
  const auto expected = goldens.at("match");
  for (std::size_t picture = 0; picture < 3; ++picture) {
    const auto memory = (*matcher)->look(std::span(pixels).subspan(picture * 3 * 32 * 32, 3 * 32 * 32));
    ASSERT_TRUE(memory) << memory.error().message();
    for (std::size_t sentence = 0; sentence < 4; ++sentence) {
      const auto match = (*matcher)->match(*memory, goldens.ids("text." + std::to_string(sentence) + ".ids"));
      ASSERT_TRUE(match) << match.error().message();
      EXPECT_NEAR(*match, expected[sentence * 3 + picture], 1e-4);
    }
  }
}

TEST(Matcher, WhatDoesNotFitIsRefused) {
  const auto model = models::open_dual_encoder(model_data("tiny-blip-itm"));
  ASSERT_TRUE(model);
  const auto matcher = Matcher::compile(**model, {});
  ASSERT_TRUE(matcher);
  const std::vector<float> memory(17 * 64);
  using Ids = std::vector<text::TokenId>;
  for (const Ids& ids : {Ids{}, Ids(41, 5), Ids{2, 63, 3}, Ids{-1}}) {
    EXPECT_EQ((*matcher)->match(memory, ids).error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ((*matcher)->match(std::vector<float>(5), Ids{2, 3}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ((*matcher)->look(memory).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Matcher::compile(**model, {.precision = Precision::kInt8, .cache_dir = {}}).error().code(), ErrorCode::kUnsupported);
}

TEST(Matcher, AModelWithoutTheHeadIsRefused) {
  const auto clip = models::open_dual_encoder(model_data("tiny-clip"));
  ASSERT_TRUE(clip);
  EXPECT_EQ(Matcher::compile(**clip, {}).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace glimpse::runtime
