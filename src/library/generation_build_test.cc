#include "library/generation_build.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "base/temp_directory.h"
#include "encode/testing.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

/// A library of `kPictures`, each of another colour, indexed with one model; tests build the generation of a second.
class GenerationBuildTest : public testing::Test {
 protected:
  static constexpr int kPictures = 30;

  void SetUp() override {
    fs::create_directory(pictures());
    for (int i = 0; i < kPictures; ++i) write_picture(name(i), i);
    index();
  }

  fs::path pictures() const { return directory_.path() / "pictures"; }
  fs::path library_directory() const { return directory_.path() / "library"; }
  static std::string name(int i) { return std::to_string(i) + ".bmp"; }
  static ModelFacts model(const std::string& fingerprint) { return {fingerprint, fingerprint, 3, "/nowhere"}; }

  void write_picture(const std::string& file, int red) const {
    std::ofstream(pictures() / file, std::ios::binary)
        << encode::solid_bmp(8 + red % 5, 8, static_cast<std::uint8_t>(red), 0, 255);
  }

  std::unique_ptr<Library> open() const {
    auto library = Library::open(library_directory(), {.create = true, .wait = std::chrono::seconds(30)});
    EXPECT_TRUE(library) << library.error().message();
    return *std::move(library);
  }

  LoadModel colours() {
    return [this](const encode::WaitingPictures&) -> Result<encode::ImageModel> {
      return encode::unit_colour_model(batches_);
    };
  }

  /// What 'glimpse index' does: into the active generation, the first model's when there is none.
  void index() {
    const auto library = open();
    const RootId roots[] = {library->add_root(directory_.path() / "pictures")->root};
    const auto active = library->active_generation().value();
    const Generation generation = active ? *active : library->open_generation(model("first")).value();
    const auto report = index_roots(*library, generation, colours(), roots, {}, nullptr, CancelToken());
    ASSERT_TRUE(report) << report.error().message();
  }

  Result<BuildReport> build(const BuildOptions& options = {}) {
    return build_generation(library_directory(), model("second"), colours(), options, events_, cancel_);
  }

  std::string answering() const { return open()->active_generation().value()->model; }

  std::int64_t vectors(const std::string& fingerprint) const {
    const auto library = open();
    return library->holdings(library->open_generation(model(fingerprint))->id)->vectors;
  }

  /// In `fingerprint`'s generation.
  Result<std::vector<float>> vector_of(const std::string& file, const std::string& fingerprint) const {
    const auto library = open();
    const auto picture = library->find(file).value();
    if (!picture) return Error::not_found("{}", file);
    return library->vector_of(library->open_generation(model(fingerprint))->id, picture->id);
  }

  TempDirectory directory_;
  std::atomic<int> batches_{0};
  BuildEvents events_;
  CancelToken cancel_;
};

TEST_F(GenerationBuildTest, SwitchesWhenEveryPictureHasAVector) {
  int told = 0;
  events_.started = [&](const Generation& generation) { EXPECT_EQ(generation.model, "second"); };
  events_.progressed = [&](const BuildState& state) {
    EXPECT_EQ(state.total, kPictures);
    EXPECT_EQ(state.done, ++told);
    EXPECT_EQ(answering(), "first");
  };
  const auto report = build();
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->embedded, kPictures);
  EXPECT_EQ(told, kPictures);
  EXPECT_EQ(answering(), "second");
  EXPECT_EQ(open()->previous_generation().value()->model, "first");
  const auto again = build();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->embedded, 0);
}

TEST_F(GenerationBuildTest, InterruptedItGoesOnWithWhatIsMissing) {
  BuildOptions small;
  small.pipeline.batch_size = 2;
  events_.progressed = [&](const BuildState& state) {
    if (state.done == 10) cancel_.cancel();
  };
  const auto stopped = build(small);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(answering(), "first");
  const auto kept = vectors("second");
  EXPECT_GE(kept, 10);
  EXPECT_LT(kept, kPictures);
  CancelToken fresh;
  const auto rest = build_generation(library_directory(), model("second"), colours(), small, {}, fresh);
  ASSERT_TRUE(rest) << rest.error().message();
  EXPECT_EQ(rest->embedded, kPictures - kept);
}

TEST_F(GenerationBuildTest, WhatOthersAddMeanwhileIsEmbeddedBeforeTheSwitch) {
  events_.progressed = [&](const BuildState& state) {
    if (state.done != 5) return;
    write_picture("late.bmp", 200);
    index();
    EXPECT_TRUE(vector_of("late.bmp", "first")) << "nothing keeps the old model's index from growing";
  };
  const auto report = build();
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->embedded, kPictures + 1);
  EXPECT_TRUE(vector_of("late.bmp", "second"));
}

TEST_F(GenerationBuildTest, NoVectorMeetsAnotherContentThanItWasMadeFrom) {
  write_picture("expected.bmp", 250);
  index();
  events_.progressed = [&](const BuildState& state) {
    if (state.done != kPictures + 1) return;  // made, and not stored yet
    write_picture(name(7), 250);
    index();
  };
  ASSERT_TRUE(build());
  EXPECT_EQ(vector_of(name(7), "second").value(), vector_of("expected.bmp", "second").value());
}

TEST_F(GenerationBuildTest, AFileThatChangedKeepsItsOldVectorUntilTheSwitch) {
  write_picture("expected.bmp", 250);
  index();
  write_picture(name(7), 250);
  write_picture(name(8), 99);  // no other picture has these bytes
  events_.progressed = [&](const BuildState&) {
    EXPECT_TRUE(vector_of(name(7), "first"));
    EXPECT_TRUE(vector_of(name(8), "first"));
  };
  const auto report = build();
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->unreadable, 0);
  EXPECT_EQ(vector_of(name(7), "second").value(), vector_of("expected.bmp", "second").value());
  EXPECT_TRUE(vector_of(name(8), "second"));
  EXPECT_EQ(open()->find(name(8)).value()->width, 8 + 99 % 5);
}

TEST_F(GenerationBuildTest, PicturesThatCannotBeReachedForbidTheSwitch) {
  const fs::path away = directory_.path() / "away";
  fs::rename(pictures(), away);
  const auto refused = build();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message().find("30 pictures cannot be reached"), std::string::npos);
  EXPECT_NE(refused.error().message().find("--allow-missing"), std::string::npos);
  EXPECT_EQ(answering(), "first");
  const auto allowed = build({.pipeline = {}, .memory = {}, .allow_missing = true});
  ASSERT_TRUE(allowed) << allowed.error().message();
  EXPECT_EQ(allowed->unreachable, kPictures);
  EXPECT_EQ(answering(), "second");
  fs::rename(away, pictures());
  index();
  EXPECT_EQ(vectors("second"), kPictures) << "embedded when the folder returned";
}

TEST_F(GenerationBuildTest, AFolderThatGoesAwayMeanwhileForbidsTheSwitchToo) {
  events_.started = [&](const Generation&) { fs::rename(pictures(), directory_.path() / "away"); };
  const auto refused = build();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(answering(), "first");
}

TEST_F(GenerationBuildTest, FilesThatAreGoneOrDamagedForbidNothing) {
  fs::remove(pictures() / name(3));
  fs::remove(pictures() / name(4));
  std::ofstream(pictures() / name(5)) << "no picture any more";
  const auto report = build();
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->gone, 2);
  EXPECT_EQ(report->unreadable, 1);
  EXPECT_EQ(report->embedded, kPictures - 3);
  EXPECT_EQ(answering(), "second");
}

TEST_F(GenerationBuildTest, OneBuildAtATimeAndItTellsHowFarItIs) {
  EXPECT_EQ(running_build(library_directory()).value(), std::nullopt);
  events_.progressed = [&](const BuildState& state) {
    if (state.done != 5) return;
    const auto running = running_build(library_directory()).value();
    ASSERT_TRUE(running);
    EXPECT_EQ(running->process, ::getpid());
    EXPECT_EQ(running->generation, state.generation);
    EXPECT_EQ(running->total, kPictures);
    const auto second = build_generation(library_directory(), model("third"), colours(), {}, {}, CancelToken());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
    EXPECT_NE(second.error().message().find(std::to_string(::getpid())), std::string::npos);
    EXPECT_EQ(open()->generations()->size(), 2u) << "the refused one left nothing behind";
  };
  ASSERT_TRUE(build());
  EXPECT_EQ(running_build(library_directory()).value(), std::nullopt);
}

TEST(BuildStateTest, TellsRateAndRestOfThisProcessAlone) {
  BuildState state{.process = 1,
                   .generation = {2},
                   .found = 1000,
                   .done = 90,
                   .skipped = 10,
                   .total = 1300,
                   .started_at_ms = 5'000,
                   .told_at_ms = 15'000};
  EXPECT_DOUBLE_EQ(state.rate(), 10);
  EXPECT_DOUBLE_EQ(state.seconds_left().value(), 20);
  state.started_at_ms = 0;
  EXPECT_EQ(state.seconds_left(), std::nullopt);
}

}  // namespace
}  // namespace glimpse::library
