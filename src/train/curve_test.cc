#include "train/curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"

namespace glimpse::train {
namespace {

using testing::HasSubstr;

class CurveTest : public testing::Test {
 protected:
  std::string written() const { return *read_text_file(file_, 1 << 20); }
  void write(std::string_view text) const { ASSERT_TRUE(write_file_atomically(file_, text)); }
  /// Updates 1 to 3, the last two of which may be lost.
  void three() const {
    auto curve = Curve::open(file_, -1);
    ASSERT_TRUE(curve);
    for (std::int64_t step = 1; step <= 3; ++step) ASSERT_TRUE(curve->add(StepPoint{.step = step, .loss = 0.5}));
  }

  TempDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "curve.jsonl";
};

TEST_F(CurveTest, WhatLiesBehindTheCheckpointIsCutOff) {
  three();
  EXPECT_EQ(Curve::read(file_)->steps().size(), 3u);
  EXPECT_EQ(Curve::open(file_, 2)->steps().size(), 2u);
  EXPECT_EQ(Curve::read(file_)->steps().size(), 2u);
  EXPECT_TRUE(Curve::open(file_, -1)->steps().empty());
  EXPECT_EQ(written(), "");
}

TEST_F(CurveTest, AnUnflushedEndThatAPowerCutToreIsCutOff) {
  three();
  const std::string whole = written();
  for (const std::string& torn : {std::string(40, '\0') + "\n{\"step\":5}\n", std::string("\"loss\":1}\n"),
                                  std::string("{}\n"), std::string("{\"step\":4,\"lo")}) {
    write(whole + torn);
    const auto curve = Curve::open(file_, 3);
    ASSERT_TRUE(curve) << torn;
    EXPECT_EQ(curve->steps().size(), 3u);
    EXPECT_EQ(written(), whole);
  }
  write(std::string(600, '\0') + "\n");
  EXPECT_TRUE(Curve::open(file_, -1));
  EXPECT_EQ(written(), "");
}

TEST_F(CurveTest, DamageBeforeTheCheckpointIsSaid) {
  three();
  const std::string damaged = "no line\n" + written();
  write(damaged);
  EXPECT_THAT(Curve::open(file_, 3).error().message(), HasSubstr("expected lines of JSON with a step, got 'no line'"));
  EXPECT_EQ(written(), damaged);
}

TEST_F(CurveTest, ReadingChangesNothingWhileSomebodyWrites) {
  three();
  const std::string growing = written() + "{\"step\":4,\"lo";
  write(growing);
  EXPECT_EQ(Curve::read(file_)->steps().size(), 3u);
  EXPECT_EQ(written(), growing);
}

}  // namespace
}  // namespace glimpse::train
