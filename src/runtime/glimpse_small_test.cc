// The embedded default as it is shipped: its trained heads over the published towers, against PyTorch
// (tools/goldens/glimpse_small.py).
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "models/dual_encoder.h"
#include "runtime/towers.h"

namespace glimpse::runtime {
namespace {

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

class GlimpseSmall : public testing::Test {
 protected:
  void SetUp() override {
    auto golden = checkpoint::open(GLIMPSE_TEST_DATA "/models/glimpse_small_golden.safetensors");
    ASSERT_TRUE(golden) << golden.error().message();
    golden_ = *std::move(golden);
    auto model = models::open_dual_encoder(GLIMPSE_DEFAULT_MODEL);
    ASSERT_TRUE(model) << model.error().message() << " ('make model' puts it there)";
    model_ = *std::move(model);
  }

  std::vector<float> golden(const std::string& name) const { return checkpoint::to_f32(*golden_->find(name)); }

  // pixels[c][y][x] = sin(0.01 (c + 1) x + 0.02 y), as glimpse_small.py has it.
  std::vector<float> picture() const {
    const int edge = model_->preprocess().crop_size;
    std::vector<float> pixels;
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < edge; ++y) {
        for (int x = 0; x < edge; ++x) pixels.push_back(static_cast<float>(std::sin(0.01 * (c + 1) * x + 0.02 * y)));
      }
    }
    return pixels;
  }

  std::vector<float> embed_picture(Precision precision) const {
    auto tower = ImageTower::compile(*model_, {.precision = precision, .threads = 1, .cache_dir = {}});
    EXPECT_TRUE(tower) << tower.error().message();
    std::vector<float> embedding(static_cast<std::size_t>((*tower)->dimension()));
    EXPECT_TRUE((*tower)->run(picture(), 1, embedding));
    return embedding;
  }

  std::unique_ptr<checkpoint::Checkpoint> golden_;
  std::unique_ptr<models::DualEncoder> model_;
};

TEST_F(GlimpseSmall, EmbedsAPictureAsTheReferenceDoes) {
  EXPECT_GE(cosine(embed_picture(Precision::kF32), golden("image.embedding")), 0.99999);
  EXPECT_GE(cosine(embed_picture(Precision::kBf16), golden("image.embedding")), 0.999);
  // This pattern is no photograph; what int8 costs on those, bench/precision.py measures.
  if (!is_native(Precision::kInt8)) return;
  EXPECT_GE(cosine(embed_picture(Precision::kInt8), golden("image.embedding")), 0.98);
}

TEST_F(GlimpseSmall, EmbedsSentencesAsTheReferenceDoes) {
  auto tower = TextTower::compile(*model_, {.precision = Precision::kF32, .threads = 1, .cache_dir = {}});
  ASSERT_TRUE(tower) << tower.error().message();
  for (int i = 0; golden_->find("text." + std::to_string(i) + ".ids") != nullptr; ++i) {
    std::vector<text::TokenId> ids;
    for (const float id : golden("text." + std::to_string(i) + ".ids")) ids.push_back(static_cast<text::TokenId>(id));
    const auto embedding = (*tower)->run(ids);
    ASSERT_TRUE(embedding) << embedding.error().message();
    EXPECT_GE(cosine(*embedding, golden("text." + std::to_string(i) + ".embedding")), 0.99999) << "sentence " << i;
    ASSERT_LT(i, 100);
  }
  ASSERT_NE(golden_->find("text.4.ids"), nullptr) << "the golden holds five sentences";
}

}  // namespace
}  // namespace glimpse::runtime
