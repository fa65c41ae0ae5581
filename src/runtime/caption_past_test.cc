#include "runtime/caption_past.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glimpse::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<float> values(const CaptionPast& past) { return {past.values().begin(), past.values().end()}; }

/// Two rows, 5 6 and 5 7, whose tokens kept two numbers each.
CaptionPast two_rows() {
  CaptionPast past;
  past.turn_to(std::vector{5, 5}, 2);
  past.add(std::vector{5, 5}, std::vector<float>{50, 51, 52, 53});
  past.turn_to(std::vector{5, 6, 5, 7}, 2);
  past.add(std::vector{6, 7}, std::vector<float>{60, 61, 70, 71});
  return past;
}

TEST(CaptionPast, RowsThatGoOnKeepWhatWasRead) {
  CaptionPast past = two_rows();
  past.turn_to(std::vector{5, 6, 1, 5, 7, 2}, 2);
  EXPECT_EQ(past.tokens(), 2u);
  EXPECT_THAT(values(past), ElementsAre(50, 51, 52, 53, 60, 61, 70, 71));
}

TEST(CaptionPast, RowsChangePlacesAreDoubledAndDropped) {
  CaptionPast past = two_rows();
  past.turn_to(std::vector{5, 7, 1, 5, 6, 2}, 2);
  EXPECT_THAT(values(past), ElementsAre(52, 53, 50, 51, 70, 71, 60, 61));
  past.turn_to(std::vector{5, 6, 1, 5, 6, 2, 5, 6, 3}, 3);
  EXPECT_THAT(values(past), ElementsAre(50, 51, 50, 51, 50, 51, 60, 61, 60, 61, 60, 61));
  past.turn_to(std::vector{5, 6, 9}, 1);
  EXPECT_THAT(values(past), ElementsAre(50, 51, 60, 61));
  past.add(std::vector{9}, std::vector<float>{90, 91});
  past.turn_to(std::vector{5, 6, 9, 8, 8}, 1);
  EXPECT_EQ(past.tokens(), 3u) << "two new tokens at once";
}

TEST(CaptionPast, OtherRowsAreReadFromTheBeginning) {
  for (const auto& [ids, rows] : std::vector<std::pair<std::vector<text::TokenId>, std::size_t>>{
           {{5, 6, 1, 5, 8, 2}, 2}, {{5, 6, 5, 7}, 2}, {{5, 5}, 2}, {{1, 2, 3}, 1}}) {
    CaptionPast past = two_rows();
    past.turn_to(ids, rows);
    EXPECT_EQ(past.tokens(), 0u);
    EXPECT_THAT(values(past), IsEmpty());
  }
}

}  // namespace
}  // namespace glimpse::runtime
