// The compiled towers of every published layout, against the goldens of its own implementation.
#include <gtest/gtest.h>

#include "models/goldens_for_tests.h"
#include "runtime/towers.h"

namespace glimpse::runtime {
namespace {

using models::cosine;
using models::Goldens;
using models::model_data;

struct Layout {
  const char* name;
  int dimension;
  std::size_t padded_below;  ///< Sentences shorter than this get one token of padding (CoCa).
};

class Layouts : public testing::TestWithParam<Layout> {};

TEST_P(Layouts, CompiledTowersEqualTheReference) {
  const auto [name, dimension, padded_below] = GetParam();
  const Goldens goldens(model_data(std::string(name) + ".goldens"));
  const auto model = models::open_dual_encoder(model_data(name));
  ASSERT_TRUE(model) << model.error().message();
  const auto pictures = ImageTower::compile(**model, {});
  ASSERT_TRUE(pictures) << pictures.error().message();
  std::vector<float> embeddings(3 * static_cast<std::size_t>(dimension));
  ASSERT_TRUE((*pictures)->run(models::golden_pixels(3, 32), 3, embeddings));
  EXPECT_GT(models::worst_cosine(embeddings, goldens.at("vision.embedding"), static_cast<std::size_t>(dimension)),
            0.99999);
  const auto words = TextTower::compile(**model, {});
  ASSERT_TRUE(words) << words.error().message();
  for (int i = 0; i < 3; ++i) {
    const std::string golden = "text." + std::to_string(i) + ".";
    auto ids = goldens.ids(golden + "ids");
    if (ids.size() < padded_below) ids.push_back(0);
    const auto embedding = (*words)->run(ids);
    ASSERT_TRUE(embedding) << embedding.error().message();
    EXPECT_GT(cosine(*embedding, goldens.at(golden + "embedding")), 0.99999) << golden;
  }
}

INSTANTIATE_TEST_SUITE_P(Published, Layouts,
                         testing::Values(Layout{"tiny-open-clip", 32, 0}, Layout{"tiny-openai", 32, 0},
                                         Layout{"tiny-siglip", 48, 0}, Layout{"tiny-coca", 48, 76},
                                         Layout{"tiny-blip-itm", 24, 0}),
                         [](const auto& row) {
                           std::string name = row.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace glimpse::runtime
