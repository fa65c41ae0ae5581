#include "search/rerank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glimpse::search {
namespace {

using ::testing::ElementsAre;

TEST(Rerank, TheBestMatchIsFirstAndUnreadableFilesAreLastOfThose) {
  std::vector<Hit> hits(6);
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i].picture.path = std::to_string(i);
  const auto match = [](std::span<const std::filesystem::path> files) {
    EXPECT_EQ(files.size(), 5u);
    return std::vector<Result<float>>{0.2f, Error::not_found("gone"), 0.9f, Error::io("broken"), 0.2f};
  };
  const auto not_matched = rerank(hits, 5, match);
  std::vector<std::string> paths;
  for (const Hit& hit : hits) paths.push_back(hit.picture.path.string());
  EXPECT_THAT(paths, ElementsAre("2", "0", "4", "1", "3", "5"));
  EXPECT_EQ(hits[0].match, 0.9f);
  EXPECT_FALSE(hits[3].match);
  EXPECT_FALSE(hits[5].match);
  ASSERT_EQ(not_matched.size(), 2u);
  EXPECT_EQ(not_matched[1].path, "3");
  EXPECT_EQ(not_matched[1].error.code(), ErrorCode::kIo);
}

TEST(Rerank, FewerHitsThanAskedFor) {
  std::vector<Hit> hits(1);
  rerank(hits, 10, [](auto files) { return std::vector<Result<float>>(files.size(), 0.5f); });
  EXPECT_EQ(hits[0].match, 0.5f);
  hits.clear();
  EXPECT_TRUE(rerank(hits, 10, [](auto files) { return std::vector<Result<float>>(files.size(), 0.5f); }).empty());
}

}  // namespace
}  // namespace glimpse::search
