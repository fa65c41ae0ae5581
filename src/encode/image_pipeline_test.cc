#include "encode/image_pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "base/file.h"
#include "base/temp_directory.h"
#include "encode/testing.h"

namespace glimpse::encode {
namespace {

class ImagePipeline : public testing::Test {
 protected:
  void write_pictures(int count) {
    for (int i = 0; i < count; ++i) {
      const auto path = directory_.path() / (std::to_string(i) + ".bmp");
      std::ofstream(path, std::ios::binary) << solid_bmp(10, 6, static_cast<std::uint8_t>(i), 0, 255);
      jobs_.push_back({static_cast<std::uint64_t>(i), path});
    }
  }

  Result<void> run(const PipelineOptions& options, const std::function<Result<void>(ImageOutcome)>& sink,
                   const std::function<bool(Hash128, std::uint64_t)>& known = nullptr) {
    std::size_t at = 0;
    const auto next = [&]() -> std::optional<ImageJob> {
      if (at == jobs_.size()) return std::nullopt;
      return jobs_[at++];
    };
    return run_image_pipeline(mean_colour_model(batches_), options, next, known, sink, cancel_);
  }

  TempDirectory directory_;
  std::vector<ImageJob> jobs_;
  std::atomic<int> batches_{0};
  CancelToken cancel_;
};

TEST_F(ImagePipeline, EmbedsEveryPictureOnceWithItsOwnPixels) {
  write_pictures(101);
  std::map<std::uint64_t, std::vector<float>> seen;
  ASSERT_TRUE(run({.batch_size = 8}, [&](ImageOutcome outcome) -> Result<void> {
    EXPECT_FALSE(outcome.error) << outcome.error->message();
    EXPECT_EQ(outcome.header.width, 10);
    EXPECT_TRUE(seen.emplace(outcome.tag, outcome.embedding).second);
    return {};
  }));
  ASSERT_EQ(seen.size(), 101u);
  for (const auto& [tag, embedding] : seen) EXPECT_NEAR(embedding[0], static_cast<float>(tag) / 255, 1e-6);
  EXPECT_LE(batches_, 101 / 8 + 3);
}

TEST_F(ImagePipeline, ReportsBadFilesAndGoesOn) {
  write_pictures(5);
  ASSERT_TRUE(write_file_atomically(directory_.path() / "text.jpg", "this is no picture"));
  jobs_.push_back({100, directory_.path() / "text.jpg"});
  jobs_.push_back({101, directory_.path() / "missing.jpg"});
  std::map<std::uint64_t, ErrorCode> failed;
  int embedded = 0;
  ASSERT_TRUE(run({.batch_size = 4}, [&](ImageOutcome outcome) -> Result<void> {
    if (outcome.error) {
      failed.emplace(outcome.tag, outcome.error->code());
    } else {
      ++embedded;
    }
    return {};
  }));
  EXPECT_EQ(embedded, 5);
  EXPECT_EQ(failed,
            (std::map<std::uint64_t, ErrorCode>{{100, ErrorCode::kInvalidArgument}, {101, ErrorCode::kNotFound}}));
}

TEST_F(ImagePipeline, DoesNotDecodeWhatIsKnown) {
  write_pictures(10);
  std::set<std::uint64_t> known;
  ASSERT_TRUE(run(
      {.batch_size = 4},
      [&](ImageOutcome outcome) -> Result<void> {
        if (outcome.known) known.insert(outcome.tag);
        EXPECT_EQ(outcome.known, outcome.embedding.empty());
        return {};
      },
      [first = hash128(solid_bmp(10, 6, 0, 0, 255))](Hash128 hash, std::uint64_t) { return hash == first; }));
  EXPECT_EQ(known, std::set<std::uint64_t>{0});
}

TEST_F(ImagePipeline, LetsOthersLookAtEachPictureBeforeItsOutcome) {
  write_pictures(40);
  ASSERT_TRUE(write_file_atomically(directory_.path() / "text.jpg", "this is no picture"));
  jobs_.push_back({40, directory_.path() / "text.jpg"});
  std::vector<int> reds(41, -1);  // each written by one thread, read after its outcome came
  const auto look = [&](std::uint64_t tag, const image::Image& picture) { reds[tag] = picture.rgb.at(0); };
  ASSERT_TRUE(run({.batch_size = 4, .look = look}, [&](ImageOutcome outcome) -> Result<void> {
    EXPECT_EQ(reds[outcome.tag], outcome.error ? -1 : static_cast<int>(outcome.tag));
    return {};
  }));
  EXPECT_EQ(reds[39], 39);
}

TEST_F(ImagePipeline, StopsWhenTheSinkFails) {
  write_pictures(200);
  int calls = 0;
  const auto result = run({.batch_size = 4}, [&](ImageOutcome) -> Result<void> {
    if (++calls == 3) return Error::resource_exhausted("disk full");
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "disk full");
  EXPECT_EQ(calls, 3);
}

TEST_F(ImagePipeline, StopsSoonAfterCancel) {
  write_pictures(2000);
  int calls = 0;
  const auto result = run({.batch_size = 4}, [&](ImageOutcome) -> Result<void> {
    if (++calls == 10) cancel_.cancel();
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
  EXPECT_LT(calls, 200);
}

TEST_F(ImagePipeline, HonoursATinyReadAheadBudget) {
  write_pictures(50);
  int calls = 0;
  ASSERT_TRUE(run({.batch_size = 8, .read_ahead_bytes = 1}, [&](ImageOutcome) -> Result<void> {
    ++calls;
    return {};
  }));
  EXPECT_EQ(calls, 50);
}

TEST_F(ImagePipeline, StaysWithinItsBudgets) {
  for (int i = 0; i < 40; ++i) {
    const auto path = directory_.path() / (std::to_string(i) + ".bmp");
    std::ofstream(path, std::ios::binary) << solid_bmp(100, 50 + i, 0, 0, 255);
    jobs_.push_back({static_cast<std::uint64_t>(i), path});
  }
  const std::uint64_t one_decoded = image::decode_cost({.width = 100, .height = 89});
  const std::uint64_t one_file = solid_bmp(100, 89, 0, 0, 255).size();
  for (const std::uint64_t together : {1, 2, 5}) {
    PipelinePeaks peaks;
    int calls = 0;
    std::size_t embedded = 0;
    std::size_t at = 0;
    const auto next = [&]() -> std::optional<ImageJob> {
      if (at == jobs_.size()) return std::nullopt;
      return jobs_[at++];
    };
    const auto sink = [&](ImageOutcome outcome) -> Result<void> {
      ++calls;
      embedded += outcome.embedding.empty() ? 0 : 1;
      return {};
    };
    ASSERT_TRUE(run_image_pipeline(mean_colour_model(batches_),
                                   {.batch_size = 4,
                                    .read_ahead_bytes = together * one_file,
                                    .decoded_bytes = together * one_decoded,
                                    .peaks = &peaks},
                                   next, nullptr, sink, cancel_));
    EXPECT_EQ(calls, 40);
    EXPECT_EQ(embedded, 40u);
    EXPECT_LE(peaks.read_ahead_bytes, together * one_file);
    EXPECT_LE(peaks.decoded_bytes, together * one_decoded);
    EXPECT_GT(peaks.decoded_bytes, 0u);
  }
}

TEST_F(ImagePipeline, APictureBeyondTheBudgetIsDecodedAlone) {
  write_pictures(50);
  int embedded = 0;
  PipelinePeaks peaks;
  ASSERT_TRUE(run({.batch_size = 8, .decoded_bytes = 1, .peaks = &peaks}, [&](ImageOutcome outcome) -> Result<void> {
    embedded += outcome.embedding.empty() ? 0 : 1;
    return {};
  }));
  EXPECT_EQ(embedded, 50);
  EXPECT_EQ(peaks.decoded_bytes, image::decode_cost({.width = 10, .height = 6}));
}

TEST_F(ImagePipeline, AStoppedRunMakesNoFailuresOfWhatWaited) {
  write_pictures(300);
  std::vector<std::string> errors;
  int calls = 0;
  (void)run({.batch_size = 2, .decoded_bytes = 1}, [&](ImageOutcome outcome) -> Result<void> {
    if (outcome.error) errors.push_back(outcome.error->message());
    if (++calls == 20) cancel_.cancel();
    return {};
  });
  EXPECT_TRUE(errors.empty());
}

}  // namespace
}  // namespace glimpse::encode
