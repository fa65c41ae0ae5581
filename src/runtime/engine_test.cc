#include "runtime/engine.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>

#include "models/goldens_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::runtime {
namespace {

using nn::Graph;
using nn::Value;

constexpr int kWidth = 6;

/// An operation under test: x [batch, tokens, kWidth] f32 → f32 of any shape whose first dimension is the batch.
struct Operation {
  const char* name;
  std::function<Value(Graph&, Value)> append;
};

std::vector<float> noise(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(random() % 4001) / 1000.0f - 2.0f;
  return values;
}

Value constant(Graph& g, const nn::Shape& shape, unsigned seed) {
  return g.constant(noise(static_cast<std::size_t>(checkpoint::element_count(shape)), seed), shape);
}

Value activated(Graph& g, Value x, nn::Activation a) { return g.activate(g.multiply(x, constant(g, {1}, 3)), a); }

Value heads(Graph& g, Value x) {  // [B, T, 6] → [B, 2, T, 3]
  return g.transpose(g.reshape(x, {0, -1, 2, 3}), std::array<std::int64_t, 4>{0, 2, 1, 3});
}

/// Ids from numbers, by way of argmax: [B, T].
Value ids(Graph& g, Value x) { return g.argmax(x); }

std::vector<Operation> operations() {
  using A = nn::Activation;
  return {
      {"add", [](Graph& g, Value x) { return g.add(x, constant(g, {kWidth}, 1)); }},
      {"subtract", [](Graph& g, Value x) { return g.subtract(constant(g, {1}, 1), x); }},
      {"multiply", [](Graph& g, Value x) { return g.multiply(x, x); }},
      {"divide",
       [](Graph& g, Value x) { return g.divide(x, g.add(g.multiply(x, x), g.constant(std::array{1.0f}, {1}))); }},
      {"matmul", [](Graph& g, Value x) { return g.matmul(x, constant(g, {kWidth, 4}, 1), false); }},
      {"matmul transposed", [](Graph& g, Value x) { return g.matmul(x, constant(g, {4, kWidth}, 1), true); }},
      {"conv2d",
       [](Graph& g, Value x) {  // [B, T, 6] → [B, 6, T', 5]
         const Value picture = g.reshape(x, {0, 1, -1, kWidth});
         return g.conv2d(picture, constant(g, {6, 1, 3, 2}, 1), {.stride = 1, .pad_top = 2, .pad_bottom = 1});
       }},
      {"conv2d grouped",
       [](Graph& g, Value x) {
         const Value picture = g.reshape(x, {0, 2, -1, 3});
         return g.conv2d(picture, constant(g, {4, 1, 1, 3}, 1),
                         {.stride = 2, .pad_left = 1, .pad_right = 2, .groups = 2});
       }},
      {"relu", [](Graph& g, Value x) { return activated(g, x, A::kRelu); }},
      {"relu6",
       [](Graph& g, Value x) { return g.activate(g.multiply(x, g.constant(std::array{5.0f}, {1})), A::kRelu6); }},
      {"sigmoid", [](Graph& g, Value x) { return activated(g, x, A::kSigmoid); }},
      {"tanh", [](Graph& g, Value x) { return activated(g, x, A::kTanh); }},
      {"gelu", [](Graph& g, Value x) { return activated(g, x, A::kGelu); }},
      {"gelu tanh", [](Graph& g, Value x) { return activated(g, x, A::kGeluTanh); }},
      {"quick gelu", [](Graph& g, Value x) { return activated(g, x, A::kQuickGelu); }},
      {"normalize", [](Graph& g, Value x) { return g.normalize(x, 1e-5f); }},
      {"normalize, great epsilon", [](Graph& g, Value x) { return g.normalize(x, 0.5f); }},
      {"l2_normalize", [](Graph& g, Value x) { return g.l2_normalize(x); }},
      {"l2_normalize of nothing", [](Graph& g, Value x) { return g.l2_normalize(g.subtract(x, x)); }},
      {"softmax", [](Graph& g, Value x) { return g.softmax(x); }},
      {"log_softmax", [](Graph& g, Value x) { return g.log_softmax(x); }},
      {"argmax and gather", [](Graph& g, Value x) { return g.gather(constant(g, {kWidth, 3}, 1), ids(g, x)); }},
      {"argmax of equals",
       [](Graph& g, Value x) { return g.gather(constant(g, {kWidth, 3}, 1), g.argmax(g.activate(x, A::kRelu))); }},
      {"first of an id", [](Graph& g, Value x) { return g.take_rows(x, g.argmax(g.equals(ids(g, x), 2))); }},
      {"mean", [](Graph& g, Value x) { return g.mean(x, std::array<std::int64_t, 1>{1}); }},
      {"sum", [](Graph& g, Value x) { return g.sum(x, std::array<std::int64_t, 2>{1, 2}); }},
      {"max", [](Graph& g, Value x) { return g.max(x, std::array<std::int64_t, 1>{-1}); }},
      {"concat", [](Graph& g, Value x) { return g.concat(std::array{x, g.add(x, x)}, -1); }},
      {"slice", [](Graph& g, Value x) { return g.slice(x, -1, 1, -2); }},
      {"transpose", [](Graph& g, Value x) { return g.transpose(x, std::array<std::int64_t, 3>{0, 2, 1}); }},
      {"first_rows", [](Graph& g, Value x) { return g.add(x, g.first_rows(constant(g, {40, kWidth}, 1), x, 1)); }},
      {"first_rows, from behind",
       [](Graph& g, Value x) { return g.add(x, g.first_rows(constant(g, {40, kWidth}, 1), x, -2)); }},
      {"repeat_batch",
       [](Graph& g, Value x) { return g.concat(std::array{g.repeat_batch(constant(g, {1, 1, kWidth}, 1), x), x}, 1); }},
      {"attention", [](Graph& g, Value x) { return g.attention(heads(g, x), heads(g, g.add(x, x)), heads(g, x), {}); }},
      {"causal attention",
       [](Graph& g, Value x) {
         return g.attention(heads(g, x), heads(g, x), heads(g, x), {.mask = std::nullopt, .causal = true});
       }},
      {"masked attention",
       [](Graph& g, Value x) {  // scores get the first feature of each token, as a mask would
         const Value mask = g.reshape(g.slice(x, -1, 0, 1), {0, 1, 1, -1});
         return g.attention(heads(g, x), heads(g, x), heads(g, x), {.mask = mask, .causal = false});
       }},
  };
}

class OpenVinoGraphTest : public ::testing::TestWithParam<Operation> {};

// One compiled graph with dynamic batch and tokens, at several shapes, against the plain loops.
TEST_P(OpenVinoGraphTest, EqualsTheReferenceGraph) {
  const auto build = [&](OpenVinoGraph& g) -> Result<Value> {
    return GetParam().append(g, g.parameter("x", nn::ElementType::kF32, {nn::kDynamic, nn::kDynamic, kWidth}));
  };
  const auto engine = Engine::create({.name = "test", .fingerprint = "", .cache_dir = {}}, build);
  ASSERT_TRUE(engine) << engine.error().message();
  for (const auto& [batch, tokens] :
       std::vector<std::pair<int, int>>{{1, 1}, {1, 4}, {3, 5}, {1, 15}, {1, 16}, {1, 4}, {2, 33}}) {
    const std::vector<float> x = noise(static_cast<std::size_t>(batch * tokens * kWidth), 9);
    nn::ReferenceGraph reference;
    const Value y = GetParam().append(reference, reference.input({{batch, tokens, kWidth}, x}));
    const std::vector<float>& expected = reference.at(y).values;
    std::vector<float> got(expected.size());
    const auto ran = (*engine)->run(x, {batch, tokens, kWidth}, got);
    ASSERT_TRUE(ran) << ran.error().message();
    EXPECT_LT(models::greatest_difference(got, expected), 2e-5) << batch << " x " << tokens;
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, OpenVinoGraphTest, ::testing::ValuesIn(operations()), [](const auto& operation) {
  std::string name = operation.param.name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
});

TEST(Engine, AGraphThatDoesNotFitIsAnErrorAndNoException) {
  const auto build = [](OpenVinoGraph& g) -> Result<Value> {
    const Value x = g.parameter("x", nn::ElementType::kF32, {1, 3});
    return g.add(x, g.constant(std::array{1.0f, 2.0f}, {2}));
  };
  const auto engine = Engine::create({.name = "test", .fingerprint = "", .cache_dir = {}}, build);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code(), ErrorCode::kInternal);
}

TEST(Engine, AnOutputOfAnotherSizeIsAnError) {
  const auto build = [](OpenVinoGraph& g) -> Result<Value> {
    const Value x = g.parameter("x", nn::ElementType::kF32, {1, 3});
    return g.add(x, x);
  };
  const auto engine = Engine::create({.name = "test", .fingerprint = "", .cache_dir = {}}, build);
  ASSERT_TRUE(engine);
  const std::array<float, 3> x = {1, 2, 3};
  std::array<float, 2> too_small{};
  EXPECT_FALSE((*engine)->run(x, {1, 3}, too_small));
  std::array<float, 3> y{};
  EXPECT_FALSE((*engine)->run(x, {1, 1}, y));  // not the parameter's shape
  ASSERT_TRUE((*engine)->run(x, {1, 3}, y));
  EXPECT_EQ(y[2], 6);
}

}  // namespace
}  // namespace glimpse::runtime
