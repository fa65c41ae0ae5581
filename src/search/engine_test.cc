#include "search/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "base/temp_directory.h"
#include "library/library_test_support.h"

namespace glimpse::search {
namespace {

using library::ImageId;
using library::Library;
using library::WriteBatch;

constexpr const char* kModel = GLIMPSE_TEST_DATA "/models/tiny-clip";
constexpr const char* kQuery = "abc";
constexpr std::size_t kDimension = 32;

std::vector<std::int64_t> ids_of(const Hits& hits) {
  std::vector<std::int64_t> ids;
  for (const Hit& hit : hits.hits) ids.push_back(hit.picture.id.value);
  return ids;
}

/// A real encoder with seeded weights, and a library of pictures whose vectors are chosen for their angle to the query.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    encoder_ = encode::Encoder::open(kModel).value();
    query_ = encoder_->embed_text(kQuery).value();
    std::filesystem::create_directory(temp_.path() / "photos");
    library_ = Library::open(temp_.path() / "library", {.create = true}).value();
    root_ = library_->add_root(temp_.path() / "photos")->root;
    generation_ =
        library_->open_generation(library::test_model(static_cast<int>(kDimension), encoder_->info().fingerprint))
            .value();
  }

  /// cosine · query + the rest in one direction orthogonal to it.
  std::vector<float> vector_at(double cosine) const {
    std::vector<float> other = library::unit_vector(kDimension, 1);
    double dot = 0;
    for (std::size_t i = 0; i < kDimension; ++i) dot += double{other[i]} * query_[i];
    const double length = std::sqrt(1 - dot * dot);
    std::vector<float> vector(kDimension);
    for (std::size_t i = 0; i < kDimension; ++i) {
      const double orthogonal = (other[i] - dot * query_[i]) / length;
      vector[i] = static_cast<float>(cosine * query_[i] + std::sqrt(1 - cosine * cosine) * orthogonal);
    }
    return vector;
  }

  void add(std::initializer_list<double> cosines) {
    WriteBatch batch;
    for (const double cosine : cosines) {
      ++added_;
      batch.put_picture(library::test_facts(root_, std::to_string(added_) + ".jpg", added_), generation_.id,
                        vector_at(cosine));
    }
    ASSERT_TRUE(library_->commit(batch));
  }

  std::unique_ptr<Engine> engine() const { return Engine::open(*library_, generation_, *encoder_, {}).value(); }

  TempDirectory temp_;
  std::unique_ptr<encode::Encoder> encoder_;
  std::vector<float> query_;
  std::unique_ptr<Library> library_;
  library::RootId root_;
  library::Generation generation_;
  std::uint64_t added_ = 0;
};

TEST_F(EngineTest, AnEncoderOfAnotherModelIsRefused) {
  const auto other_dimension = encode::Encoder::open(GLIMPSE_TEST_DATA "/models/tiny-siglip").value();
  const auto refused = Engine::open(*library_, generation_, *other_dimension, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message().find("48"), std::string::npos) << refused.error().message();
  // Other weights, the same dimension.
  const auto other_weights =
      encode::Encoder::open(kModel, {.params_path = GLIMPSE_TEST_DATA "/models/tiny-clip-params.pt"}).value();
  EXPECT_EQ(Engine::open(*library_, generation_, *other_weights, {}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(EngineTest, ADroppedGenerationAnswersOnForThoseWhoHaveIt) {
  add({0.1, 0.9});
  const auto old = engine();
  const auto next = library_->open_generation(library::test_model(4, "next")).value();
  ASSERT_TRUE(library_->activate(next.id));
  ASSERT_TRUE(library_->drop_generation(generation_.id));
  const auto hits = old->by_text(kQuery, {.limit = 10});
  ASSERT_TRUE(hits) << hits.error().message();
  EXPECT_EQ(hits->hits.size(), 2u);
  EXPECT_EQ(old->by_likeness(ImageId{1}, {.limit = 10}).error().code(), ErrorCode::kUnavailable);
}

TEST_F(EngineTest, AnswersBestFirstWithTheCosine) {
  add({0.1, 0.9, -0.5, 0.6});
  const auto hits = engine()->by_text(kQuery, {.limit = 10});
  ASSERT_TRUE(hits) << hits.error().message();
  EXPECT_EQ(hits->compared, 4);
  EXPECT_THAT(ids_of(*hits), ::testing::ElementsAre(2, 4, 1, 3));
  EXPECT_NEAR(hits->hits[0].score, 0.9, 2e-3);
  EXPECT_NEAR(hits->hits[3].score, -0.5, 2e-3);
}

TEST_F(EngineTest, PagesDoNotOverlapAlsoWhereScoresAreEqual) {
  add({0.3, 0.7, 0.7, 0.7, 0.7, 0.2, 0.7, 0.7});
  const auto searching = engine();
  std::vector<std::int64_t> paged;
  for (std::size_t offset = 0; offset < 9; offset += 3) {
    const auto page = searching->by_text(kQuery, {.limit = 3, .offset = offset});
    ASSERT_TRUE(page);
    for (const std::int64_t id : ids_of(*page)) paged.push_back(id);
  }
  EXPECT_THAT(paged, ::testing::ElementsAre(2, 3, 4, 5, 7, 8, 1, 6));
}

TEST_F(EngineTest, LikenessLeavesThePictureItselfOut) {
  add({0.1, 0.9, 0.85});
  const auto searching = engine();
  const auto hits = searching->by_likeness({2}, {.limit = 10});
  ASSERT_TRUE(hits);
  EXPECT_THAT(ids_of(*hits), ::testing::ElementsAre(3, 1));
  EXPECT_EQ(searching->by_likeness({77}, {}).error().code(), ErrorCode::kNotFound);
}

TEST_F(EngineTest, SeesWhatWasCommittedSince) {
  add({0.5});
  const auto searching = engine();
  EXPECT_THAT(ids_of(*searching->by_text(kQuery, {})), ::testing::ElementsAre(1));
  add({0.9});
  EXPECT_THAT(ids_of(*searching->by_text(kQuery, {})), ::testing::ElementsAre(2, 1));
  WriteBatch batch;
  batch.erase_picture({1});
  ASSERT_TRUE(library_->commit(batch));
  EXPECT_THAT(ids_of(*searching->by_text(kQuery, {})), ::testing::ElementsAre(2));
}

TEST_F(EngineTest, RefusesWhatItCannotEmbed) {
  add({0.5});
  const auto searching = engine();
  EXPECT_EQ(searching->by_text("", {}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(searching->by_text(std::string(100'000, 'a'), {}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(searching->by_image({}, {}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(EngineTest, AnEmptyLibraryHasNoHits) {
  const auto hits = engine()->by_text(kQuery, {});
  ASSERT_TRUE(hits) << hits.error().message();
  EXPECT_EQ(hits->compared, 0);
  EXPECT_TRUE(hits->hits.empty());
}

}  // namespace
}  // namespace glimpse::search
