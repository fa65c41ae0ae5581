#include "checkpoint/bind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"

namespace glimpse::checkpoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Bind : public testing::Test {
 protected:
  // A file of these tensors, each filled with `value`.
  std::shared_ptr<const Checkpoint> file(const std::string& name,
                                         const std::vector<std::pair<std::string, Shape>>& tensors,
                                         float value = 1.0F) {
    std::vector<std::vector<float>> values;
    for (const auto& [key, shape] : tensors) values.emplace_back(static_cast<std::size_t>(element_count(shape)), value);
    std::vector<TensorToWrite> rows;
    for (std::size_t i = 0; i < tensors.size(); ++i) rows.push_back({tensors[i].first, tensors[i].second, values[i]});
    EXPECT_TRUE(write_safetensors(directory_.path() / name, rows));
    auto opened = open(directory_.path() / name);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::shared_ptr<const Checkpoint>(*std::move(opened)) : nullptr;
  }

  TempDirectory directory_;
  std::vector<TensorSpec> specs_{{"w", {{"layer.weight"}, {"old.weight"}}, {2, 3}, true},
                                 {"b", {{"layer.bias"}}, {3}, true},
                                 {"scale", {}, {1}, false}};
};

TEST_F(Bind, FindsEachTensorUnderAnyOfItsNames) {
  const auto weights = checkpoint::bind(specs_, file("a", {{"old.weight", {2, 3}}, {"layer.bias", {3}}}));
  ASSERT_TRUE(weights) << weights.error().message();
  EXPECT_EQ(weights->at("w").name, "old.weight");
  EXPECT_FALSE(weights->has("scale"));
}

TEST_F(Bind, ListsEveryMisfitOfBothFilesAtOnce) {
  const auto base = file("base", {{"layer.weight", {3, 2}}, {"stray", {4}}});
  const auto overlay = file("overlay", {{"unknown", {1}}, {"scale", {2}}});
  const auto weights = checkpoint::bind(specs_, base, overlay);
  ASSERT_FALSE(weights);
  EXPECT_EQ(weights.error().code(), ErrorCode::kCorruption);
  const std::string base_path = (directory_.path() / "base").string(),
                    overlay_path = (directory_.path() / "overlay").string();
  EXPECT_THAT(weights.error().message(),
              AllOf(HasSubstr("mis-shaped 'layer.weight': expected [2, 3], got [3, 2] in " + base_path),
                    HasSubstr("missing 'layer.bias' [3] in " + base_path),
                    HasSubstr("extra 'stray' [4] in " + base_path), HasSubstr("extra 'unknown' [1] in " + overlay_path),
                    HasSubstr("mis-shaped 'scale': expected [1], got [2] in " + overlay_path)));
}

TEST_F(Bind, OverlayWinsAndMayLackTensors) {
  const auto base = file("base", {{"layer.weight", {2, 3}}, {"layer.bias", {3}}}, 1.0F);
  const auto overlay = file("overlay", {{"layer.bias", {3}}}, 2.0F);
  const auto weights = checkpoint::bind(specs_, base, overlay);
  ASSERT_TRUE(weights) << weights.error().message();
  EXPECT_EQ(to_f32(weights->at("b")), std::vector<float>(3, 2.0F));
  EXPECT_EQ(to_f32(weights->at("w")), std::vector<float>(6, 1.0F));
}

TEST_F(Bind, DropsAWrapperPrefixThatAllTensorsCarry) {
  const auto base = file("base", {{"layer.weight", {2, 3}}, {"layer.bias", {3}}});
  const auto overlay = file("overlay", {{"module.model.layer.weight", {2, 3}}, {"module.model.layer.bias", {3}}}, 2.0F);
  const auto weights = checkpoint::bind(specs_, base, overlay);
  ASSERT_TRUE(weights) << weights.error().message();
  EXPECT_EQ(weights->at("w").name, "module.model.layer.weight");
  const auto mixed = file("mixed", {{"module.layer.weight", {2, 3}}, {"layer.bias", {3}}});
  EXPECT_THAT(checkpoint::bind(specs_, base, mixed).error().message(), HasSubstr("extra 'module.layer.weight'"));
}

TEST_F(Bind, KeepsAPrefixThatASpecAsksFor) {
  const std::vector<TensorSpec> specs{{"w", {{"model.weight"}}, {1}, true}};
  EXPECT_TRUE(checkpoint::bind(specs, file("a", {{"model.weight", {1}}})));
}

TEST_F(Bind, IgnoresNamesAndPrefixesThatAreKnownToBeHarmless) {
  const auto base =
      file("a", {{"layer.weight", {2, 3}}, {"layer.bias", {3}}, {"ids", {1}}, {"opt.x", {1}}, {"opt.y", {1}}});
  EXPECT_TRUE(checkpoint::bind(specs_, base, nullptr, {.ignore = {"ids", "opt.*"}}));
  EXPECT_THAT(checkpoint::bind(specs_, base, nullptr, {.ignore = {"opt.*"}}).error().message(),
              AllOf(HasSubstr("extra 'ids'"), Not(HasSubstr("opt"))));
}

TEST_F(Bind, TakesAPartOrATranspositionOfWhatTheFileHas) {
  const std::vector<float> packed = {0, 1, 2, 3, 4, 5}, rows = {0, 1, 2, 3, 4, 5};
  const std::vector<TensorToWrite> tensors = {{"qkv", {6}, packed}, {"proj", {3, 2}, rows}};
  ASSERT_TRUE(write_safetensors(directory_.path() / "m", tensors));
  const std::vector<TensorSpec> specs = {{"q", {{.name = "qkv", .part = 0, .parts = 3}}, {2}},
                                         {"v", {{.name = "qkv", .part = 2, .parts = 3}}, {2}},
                                         {"projection", {{.name = "proj", .transposed = true}}, {2, 3}}};
  const auto weights = checkpoint::bind(specs, std::shared_ptr<const Checkpoint>(*open(directory_.path() / "m")));
  ASSERT_TRUE(weights) << weights.error().message();
  EXPECT_EQ(to_f32(weights->at("q")), (std::vector<float>{0, 1}));
  EXPECT_EQ(to_f32(weights->at("v")), (std::vector<float>{4, 5}));
  EXPECT_EQ(weights->at("projection").shape, (Shape{2, 3}));
  EXPECT_EQ(to_f32(weights->at("projection")), (std::vector<float>{0, 2, 4, 1, 3, 5}));
}

TEST_F(Bind, AMisshapenTensorOfSeveralPartsIsReportedOnce) {
  const std::vector<TensorSpec> specs = {{"q", {{.name = "qkv", .part = 0, .parts = 3}}, {2}},
                                         {"k", {{.name = "qkv", .part = 1, .parts = 3}}, {2}}};
  const std::string message = checkpoint::bind(specs, file("a", {{"qkv", {5}}})).error().message();
  EXPECT_THAT(message, AllOf(HasSubstr("1 of the model's 2 tensors"), HasSubstr("expected [6], got [5]")));
}

TEST_F(Bind, WeightsOutliveTheCheckpoints) {
  auto base = file("base", {{"layer.weight", {2, 3}}, {"layer.bias", {3}}}, 7.0F);
  auto weights = checkpoint::bind(specs_, std::move(base));
  ASSERT_TRUE(weights);
  const Weights kept = *std::move(weights);
  EXPECT_EQ(to_f32(kept.at("w")), std::vector<float>(6, 7.0F));
}

}  // namespace
}  // namespace glimpse::checkpoint
