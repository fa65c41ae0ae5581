#include "nn/reference_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "nn/convolution.h"
#include "nn/layers.h"

namespace glimpse::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

checkpoint::TensorView view(const Array& array) {
  Shape strides(array.shape.size(), 1);
  for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * array.shape[i];
  return {.name = "t",
          .dtype = checkpoint::DType::kF32,
          .shape = array.shape,
          .strides = strides,
          .bytes = std::as_bytes(std::span(array.values))};
}

TEST(ReferenceGraph, BroadcastsLikeNumpy) {
  ReferenceGraph g;
  const Value a = g.input({{2, 1}, {1, 2}});
  const Value b = g.input({{3}, {10, 20, 30}});
  const Array& sum = g.at(g.add(a, b));
  EXPECT_THAT(sum.shape, ElementsAre(2, 3));
  EXPECT_THAT(sum.values, ElementsAre(11, 21, 31, 12, 22, 32));
}

TEST(ReferenceGraph, MultipliesMatrices) {
  ReferenceGraph g;
  const Value a = g.input({{2, 2}, {1, 2, 3, 4}});
  EXPECT_THAT(g.at(g.matmul(a, a, false)).values, ElementsAre(7, 10, 15, 22));
  EXPECT_THAT(g.at(g.matmul(a, a, true)).values, ElementsAre(5, 11, 11, 25));
}

TEST(ReferenceGraph, ConvolvesWithPaddingStrideAndGroups) {
  ReferenceGraph g;
  const Value x = g.input({{1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}});
  const Value w = g.input({{2, 1, 2, 2}, {1, 1, 1, 1, 0, 0, 0, 2}});  // depthwise
  const Array& y = g.at(g.conv2d(x, w, {.stride = 1, .pad_bottom = 1, .pad_right = 1, .groups = 2}));
  EXPECT_THAT(y.shape, ElementsAre(1, 2, 2, 2));
  EXPECT_THAT(y.values, ElementsAre(10, 6, 7, 4, 16, 0, 0, 0));
  EXPECT_THAT(g.at(g.conv2d(x, w, {.stride = 2, .groups = 2})).values, ElementsAre(10, 16));
}

TEST(ReferenceGraph, MovesValues) {
  ReferenceGraph g;
  const Value x = g.input({{1, 2, 3}, {1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(g.at(g.transpose(x, std::array<std::int64_t, 3>{0, 2, 1})).values, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(g.at(g.slice(x, -1, 1, 3)).values, ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(g.at(g.concat(std::array{x, x}, 2)).values, ElementsAre(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6));
  EXPECT_THAT(g.shape(g.reshape(x, {0, -1})), ElementsAre(1, 6));
  const Value index = g.argmax(g.input({{1, 2}, {7, 7}}));
  EXPECT_THAT(g.at(index).values, ElementsAre(0));  // the first of equals
  EXPECT_THAT(g.at(g.take_rows(x, index)).values, ElementsAre(1, 2, 3));
  EXPECT_THAT(g.at(g.repeat_batch(x, g.input({{2}, {0, 0}}))).shape, ElementsAre(2, 2, 3));
  EXPECT_THAT(g.at(g.mean(x, std::array<std::int64_t, 1>{1})).values, ElementsAre(2.5, 3.5, 4.5));
  EXPECT_THAT(g.at(g.max(x, std::array<std::int64_t, 2>{1, 2})).values, ElementsAre(6));
}

TEST(ReferenceGraph, CausalAttentionSeesOnlyThePast) {
  ReferenceGraph g;
  const Value q = g.input({{1, 1, 2, 1}, {0, 0}});  // equal scores
  const Value v = g.input({{1, 1, 2, 1}, {2, 4}});
  EXPECT_THAT(g.at(g.attention(q, q, v, {.mask = std::nullopt, .causal = true})).values, ElementsAre(2, 3));
  EXPECT_THAT(g.at(g.attention(q, q, v, {})).values, ElementsAre(3, 3));
}

TEST(Layers, LayerNormHasMeanZeroAndUnitVarianceBeforeScaleAndShift) {
  ReferenceGraph g;
  const Array weight{{4}, {1, 1, 1, 2}};
  const Array bias{{4}, {0, 0, 0, 1}};
  const LayerNorm norm{.weight = view(weight), .bias = view(bias), .epsilon = 0};
  const Array& y = g.at(norm(g, g.input({{1, 4}, {1, 3, 1, 3}})));
  EXPECT_THAT(y.values, ElementsAre(-1, 1, -1, 3));
}

TEST(Layers, PatchEmbeddingReadsPatchesRowByRow) {
  ReferenceGraph g;
  const Array weight{{1, 3, 1, 1}, {1, 0, 0}};  // the first channel of one-pixel patches
  const PatchEmbedding patches{.weight = view(weight), .patch_size = 1};
  const Array& y = g.at(patches(g, g.input({{1, 3, 2, 2}, {1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0}})));
  EXPECT_THAT(y.shape, ElementsAre(1, 4, 1));
  EXPECT_THAT(y.values, ElementsAre(1, 2, 3, 4));
}

// 5 pixels, kernel 3, stride 2: TensorFlow pads one pixel on both sides; 4 pixels: only at the end.
TEST(Layers, SamePaddingPutsTheOddPixelAtTheEnd) {
  const Array weight{{1, 1, 3, 3}, {1, 0, 0, 0, 0, 0, 0, 0, 0}};  // the top left tap
  const Array ones{{1}, {1}};
  const Array zeros{{1}, {0}};
  const ConvNorm conv{.weight = view(weight),
                      .norm = {view(ones), view(zeros), view(zeros), view(ones), /*epsilon=*/0},
                      .stride = 2,
                      .groups = 1};
  ReferenceGraph g;
  std::vector<float> numbers(25);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i + 1);
  EXPECT_THAT(g.at(conv(g, g.input({{1, 1, 5, 5}, numbers}))).values, ElementsAre(0, 0, 0, 0, 7, 9, 0, 17, 19));
  numbers.resize(16);
  EXPECT_THAT(g.at(conv(g, g.input({{1, 1, 4, 4}, numbers}))).values, ElementsAre(1, 3, 9, 11));
}

TEST(Layers, FoldedBatchNormEqualsItsDefinition) {
  const Array weight{{2, 1, 1, 1}, {2, 3}};
  const Array gamma{{2}, {0.5, 2}};
  const Array beta{{2}, {1, -1}};
  const Array mean{{2}, {4, 5}};
  const Array variance{{2}, {3, 8}};
  const ConvNorm conv{.weight = view(weight), .norm = {view(gamma), view(beta), view(mean), view(variance), 1.0f}};
  ReferenceGraph g;
  const Array& y = g.at(conv(g, g.input({{1, 1, 1, 1}, {7}})));
  // gamma · (w·x - mean) / sqrt(variance + 1) + beta
  EXPECT_THAT(y.values, Pointwise(FloatNear(1e-6f), {0.5f * (14 - 4) / 2 + 1, 2.0f * (21 - 5) / 3 - 1}));
}

}  // namespace
}  // namespace glimpse::nn
