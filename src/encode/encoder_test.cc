#include "encode/encoder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/temp_directory.h"
#include "encode/testing.h"

namespace glimpse::encode {
namespace {

using namespace std::chrono_literals;

class EncoderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Encoder::open(std::filesystem::path(GLIMPSE_TEST_DATA) / "models/tiny-clip",
                                {.precision = runtime::Precision::kF32, .threads = 2, .cache_dir = cache_.path()});
    ASSERT_TRUE(opened) << opened.error().message();
    encoder_ = *std::move(opened);
  }

  TempDirectory cache_;
  std::unique_ptr<Encoder> encoder_;
};

TEST_F(EncoderTest, TowersAreLoadedWhenWantedAndUnloadedWhenIdle) {
  EXPECT_FALSE(encoder_->loaded());
  const auto before = encoder_->embed_text("a dog");
  ASSERT_TRUE(before) << before.error().message();
  EXPECT_TRUE(encoder_->loaded());
  EXPECT_FALSE(encoder_->unload_idle(1h));
  EXPECT_TRUE(encoder_->loaded());
  EXPECT_TRUE(encoder_->unload_idle(0s));
  EXPECT_FALSE(encoder_->loaded());
  EXPECT_EQ(encoder_->embed_text("a dog").value(), *before);
  EXPECT_FALSE(encoder_->loaded()) << "the sentence was remembered";
  EXPECT_NE(encoder_->embed_text("a cat").value(), *before);
  EXPECT_TRUE(encoder_->loaded());
}

TEST_F(EncoderTest, APictureTowerStaysWhileItsModelIsKept) {
  auto model = encoder_->image_model();
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_FALSE(encoder_->unload_idle(0s));
  *model = ImageModel{};
  EXPECT_TRUE(encoder_->unload_idle(0s));
}

TEST_F(EncoderTest, QueriesInFlightOutliveTheUnloading) {
  const std::string bmp = solid_bmp(40, 30, 200, 100, 50);
  const auto bytes = std::as_bytes(std::span(bmp));
  const auto picture = encoder_->embed_image(bytes);
  ASSERT_TRUE(picture) << picture.error().message();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        EXPECT_TRUE(encoder_->embed_text("dog " + std::to_string(100 * i + n)));
        EXPECT_EQ(encoder_->embed_image(bytes).value(), *picture);
      }
    });
  }
  for (int n = 0; n < 200; ++n) encoder_->unload_idle(0s);
}

}  // namespace
}  // namespace glimpse::encode
