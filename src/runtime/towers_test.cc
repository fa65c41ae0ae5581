#include "runtime/towers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"

namespace glimpse::runtime {
namespace {

using models::copied;
using models::cosine;
using models::golden_pixels;
using models::Goldens;
using models::model_data;
using models::worst_cosine;
namespace fs = std::filesystem;

constexpr double kF32 = 0.99999;
constexpr double kBf16 = 0.999;

std::unique_ptr<models::DualEncoder> opened(const fs::path& directory, const models::OpenOptions& options = {}) {
  auto model = models::open_dual_encoder(directory, options);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

template <typename Tower>
std::unique_ptr<Tower> compiled(const models::DualEncoder& model, const RuntimeOptions& options = {}) {
  auto tower = Tower::compile(model, options);
  if (!tower) throw std::runtime_error(tower.error().message());
  return *std::move(tower);
}

std::vector<float> embedded(const ImageTower& tower, const std::vector<float>& pixels, int count) {
  std::vector<float> out(static_cast<std::size_t>(count * tower.dimension()));
  const auto ran = tower.run(pixels, count, out);
  if (!ran) throw std::runtime_error(ran.error().message());
  return out;
}

double length(std::span<const float> row) {
  double squares = 0;
  for (const float x : row) squares += static_cast<double>(x) * x;
  return std::sqrt(squares);
}

TEST(Towers, ClipPicturesEqualTheReference) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  const auto model = opened(model_data("tiny-clip"));
  const auto pixels = golden_pixels(3, 32);
  const auto f32 = embedded(*compiled<ImageTower>(*model), pixels, 3);
  EXPECT_GT(worst_cosine(f32, goldens.at("vision.embedding"), 32), kF32);
  const auto bf16 =
      embedded(*compiled<ImageTower>(*model, {.precision = Precision::kBf16, .cache_dir = {}}), pixels, 3);
  EXPECT_GT(worst_cosine(bf16, goldens.at("vision.embedding"), 32), kBf16);
  for (std::size_t row = 0; row < 3; ++row) EXPECT_NEAR(length(std::span(bf16).subspan(row * 32, 32)), 1, 1e-6);
}

TEST(Towers, ClipSentencesAtTheirOwnLengthEqualThePaddedReference) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  const auto tower = compiled<TextTower>(*opened(model_data("tiny-clip")));
  for (const int i : {3, 0, 1, 2, 0}) {
    const std::string golden = "text." + std::to_string(i) + ".";
    const auto embedding = tower->run(goldens.ids(golden + "ids"));
    ASSERT_TRUE(embedding) << embedding.error().message();
    EXPECT_GT(cosine(*embedding, goldens.at(golden + "embedding")), kF32) << golden;
    EXPECT_NEAR(length(*embedding), 1, 1e-6);
  }
}

TEST(Towers, ManySentencesEqualEachAlone) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  const auto tower = compiled<TextTower>(*opened(model_data("tiny-clip")));
  std::vector<std::vector<text::TokenId>> sentences;
  for (const int i : {1, 0, 1, 2, 0, 3}) sentences.push_back(goldens.ids("text." + std::to_string(i) + ".ids"));
  for (text::TokenId word = 0; word < 70; ++word) sentences.push_back({519, word, word + 1, 520});
  const auto together = tower->run(sentences);
  ASSERT_TRUE(together) << together.error().message();
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    EXPECT_GT(cosine(*tower->run(sentences[i]), std::span(*together).subspan(i * 32, 32)), 0.999999) << i;
  }
}

TEST(Towers, DualEqualsTheReference) {
  const Goldens goldens(model_data("tiny-dual.goldens"));
  const auto model = opened(model_data("tiny-dual"));
  const auto pictures = embedded(*compiled<ImageTower>(*model), golden_pixels(2, 40), 2);
  EXPECT_GT(worst_cosine(pictures, goldens.at("image.embedding"), 16), kF32);
  const auto tower = compiled<TextTower>(*model);
  const auto ids = goldens.ids("text.ids");
  const auto expected = goldens.at("text.embedding");
  const auto lengths = goldens.at("text.lengths");
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const auto embedding = tower->run(std::span(ids).subspan(row * 11, static_cast<std::size_t>(lengths[row])));
    ASSERT_TRUE(embedding);
    EXPECT_GT(cosine(*embedding, std::span(expected).subspan(row * 16, 16)), kF32);
  }
}

TEST(Towers, WrongInputIsRefused) {
  const auto model = opened(model_data("tiny-clip"));
  const auto pictures = compiled<ImageTower>(*model);
  std::vector<float> out(32);
  EXPECT_EQ(pictures->run(golden_pixels(1, 31), 1, out).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(pictures->run({}, 0, {}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(pictures->run(golden_pixels(2, 32), 2, out).error().code(), ErrorCode::kInvalidArgument);
  const auto words = compiled<TextTower>(*model);
  using Ids = std::vector<text::TokenId>;
  EXPECT_EQ(words->run(Ids{}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(words->run(Ids(78, 5)).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(words->run(Ids{519, 521}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(words->run(Ids{-1}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Towers, AMissingTensorIsTheModelsError) {
  const TempDirectory temp;
  const auto directory = copied("tiny-clip", temp.path());
  models::edit(directory / "config.json", "\"vocab_size\": 521", "\"vocab_size\": 522");
  const auto tower = TextTower::compile(*opened(directory), {});
  ASSERT_FALSE(tower);
  EXPECT_EQ(tower.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(tower.error().message(), ::testing::HasSubstr("token_embedding"));
}

TEST(Towers, ThreadsMayRunAtOnce) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  const auto tower = compiled<ImageTower>(*opened(model_data("tiny-clip")), {.threads = 2, .cache_dir = {}});
  const auto pixels = golden_pixels(3, 32);
  const auto expected = goldens.at("vision.embedding");
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, count = t % 3 + 1] {
      const std::size_t numbers = static_cast<std::size_t>(count) * 3 * 32 * 32;
      for (int i = 0; i < 20; ++i) {
        const auto out =
            embedded(*tower, {pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(numbers)}, count);
        if (worst_cosine(out, std::span(expected).first(out.size()), 32) < kF32) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

class CacheTest : public ::testing::Test {
 protected:
  std::vector<fs::path> files() const {
    return {fs::directory_iterator(temp_.path() / "cache"), fs::directory_iterator()};
  }
  RuntimeOptions options() const { return {.cache_dir = temp_.path() / "cache"}; }
  TempDirectory temp_;
};

TEST_F(CacheTest, TheSecondStartNeedsNoWeights) {
  const auto directory = copied("tiny-dual", temp_.path());
  const auto model = opened(directory);
  const auto pixels = golden_pixels(2, 40);
  const auto first = compiled<ImageTower>(*model, options());
  EXPECT_FALSE(first->origin().from_cache);
  fs::remove(directory / "lite.pth");
  fs::remove(directory / "heads.safetensors");
  const auto second = compiled<ImageTower>(*model, options());
  EXPECT_TRUE(second->origin().from_cache);
  EXPECT_GT(worst_cosine(embedded(*first, pixels, 2), embedded(*second, pixels, 2), 16), 0.9999999);
  EXPECT_GT(
      worst_cosine(embedded(*second, pixels, 2), Goldens(model_data("tiny-dual.goldens")).at("image.embedding"), 16),
      kF32);
}

TEST_F(CacheTest, ADamagedFileIsMadeAnew) {
  const auto model = opened(model_data("tiny-clip"));
  (void)compiled<TextTower>(*model, options());
  ASSERT_EQ(files().size(), 1u);
  {
    std::fstream file(files()[0], std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(9000);
    file.put('\x55').put('\xaa');
  }
  EXPECT_FALSE(compiled<TextTower>(*model, options())->origin().from_cache);
  EXPECT_TRUE(compiled<TextTower>(*model, options())->origin().from_cache);
}

TEST_F(CacheTest, AnotherModelOrPrecisionDoesNotUseIt) {
  (void)compiled<TextTower>(*opened(model_data("tiny-clip")), options());
  const auto tuned =
      opened(model_data("tiny-clip"), {.params_path = model_data("tiny-clip-params.pt"), .cache_dir = {}});
  EXPECT_FALSE(compiled<TextTower>(*tuned, options())->origin().from_cache);
  RuntimeOptions bf16 = options();
  bf16.precision = Precision::kBf16;
  EXPECT_FALSE(compiled<TextTower>(*opened(model_data("tiny-clip")), bf16)->origin().from_cache);
  EXPECT_EQ(files().size(), 3u);
}

TEST_F(CacheTest, ACacheThatCannotBeWrittenIsNoError) {
  std::ofstream(temp_.path() / "cache") << "a file where the directory should be";
  const auto tower = compiled<TextTower>(*opened(model_data("tiny-clip")), options());
  EXPECT_TRUE(tower->run(Goldens(model_data("tiny-clip.goldens")).ids("text.0.ids")));
}

TEST(Precision, HasNames) {
  EXPECT_EQ(parse_precision("f32"), Precision::kF32);
  EXPECT_EQ(parse_precision("bf16"), Precision::kBf16);
  EXPECT_EQ(parse_precision("int8"), Precision::kInt8);
  EXPECT_EQ(parse_precision("f16").error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace glimpse::runtime
