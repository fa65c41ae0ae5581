#include "library/remote_points.h"

#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "library/library.h"
#include "library/library_test_support.h"

namespace glimpse::library {
namespace {

constexpr const char* kStore = "http://localhost:6333/photos";
constexpr int kDimension = 8;

class RemotePoints : public testing::Test {
 protected:
  void SetUp() override {
    library_ = *Library::open(directory_.path() / "library", {.create = true});
    std::filesystem::create_directory(directory_.path() / "pictures");
    root_ = library_->add_root(directory_.path() / "pictures")->root;
    generation_ = library_->open_generation(test_model(kDimension))->id;
  }

  ImageId add(std::uint64_t seed) {
    WriteBatch batch;
    batch.put_picture(test_facts(root_, std::to_string(seed) + ".jpg", seed), generation_,
                      unit_vector(kDimension, static_cast<unsigned>(seed)));
    return library_->commit(batch)->front();
  }

  RemotePoint told(ImageId picture, std::int64_t sequence, std::uint8_t point) {
    return {.picture = picture, .generation = generation_, .point = {point}, .sequence = sequence, .payload_sum = 7};
  }

  std::vector<RemoteCandidate> candidates() { return *library_->remote_candidates(kStore, generation_, 0, 100); }

  TempDirectory directory_;
  std::unique_ptr<Library> library_;
  RootId root_;
  GenerationId generation_;
};

TEST_F(RemotePoints, EveryPictureWithAVectorWaitsUntilTold) {
  const ImageId one = add(1), two = add(2);
  const auto all = candidates();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].picture.id, one);
  EXPECT_FALSE(all[0].told);
  EXPECT_EQ(*library_->remote_waiting(kStore, generation_), 2);
  const RemotePoint row = told(two, all[1].sequence, 9);
  ASSERT_TRUE(library_->put_remote(kStore, std::span(&row, 1)));
  EXPECT_EQ(candidates()[1].told, row);
  EXPECT_EQ(*library_->remote_waiting(kStore, generation_), 1);
  EXPECT_EQ(*library_->remote_count(kStore, generation_), 1);
  EXPECT_EQ(*library_->remote_count("another store", generation_), 0);
}

TEST_F(RemotePoints, AnOlderVectorIsNotEnough) {
  const ImageId one = add(1);
  const RemotePoint row = told(one, candidates()[0].sequence, 1);
  ASSERT_TRUE(library_->put_remote(kStore, std::span(&row, 1)));
  WriteBatch batch;
  batch.put_vector(one, generation_, unit_vector(kDimension, 5));
  ASSERT_TRUE(library_->commit(batch));
  EXPECT_EQ(*library_->remote_waiting(kStore, generation_), 1);
  EXPECT_GT(candidates()[0].sequence, row.sequence);
}

TEST_F(RemotePoints, OutliveTheirPictureUntilForgotten) {
  const ImageId one = add(1);
  const RemotePoint row = told(one, candidates()[0].sequence, 1);
  ASSERT_TRUE(library_->put_remote(kStore, std::span(&row, 1)));
  WriteBatch batch;
  batch.erase_picture(one);
  ASSERT_TRUE(library_->commit(batch));
  const auto orphans = *library_->remote_orphans(kStore, generation_, 10);
  ASSERT_EQ(orphans.size(), 1U);
  EXPECT_EQ(orphans[0], row);
  EXPECT_FALSE(*library_->remote_in_use(kStore, row));
  const RemotePoint heir = told(add(2), 5, 1);  // the same point, by now another picture's
  ASSERT_TRUE(library_->put_remote(kStore, std::span(&heir, 1)));
  EXPECT_TRUE(*library_->remote_in_use(kStore, row));
  ASSERT_TRUE(library_->forget_remote(kStore, orphans));
  EXPECT_TRUE(library_->remote_orphans(kStore, generation_, 10)->empty());
  EXPECT_EQ(*library_->remote_count(kStore, generation_), 1);
  ASSERT_TRUE(library_->forget_remote(kStore, generation_));
  EXPECT_EQ(*library_->remote_count(kStore, generation_), 0);
}

}  // namespace
}  // namespace glimpse::library
