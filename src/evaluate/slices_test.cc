#include "evaluate/slices.h"

#include <gtest/gtest.h>

namespace glimpse::evaluate {
namespace {

using enum Attribute;

/// Five texts of three pictures; text i is right for the pictures that `first_right` says were found at these ranks.
Retrieval retrieval() {
  Retrieval made{.cutoffs = {1}, .queries = {}, .clusters = {0, 0, 1, 1, 2}, .mean = {}};
  for (std::size_t i = 0; i < 5; ++i) {
    QueryRanking query{.query = i, .best = {}, .first_right = i + 1, .measures = {}};
    const std::vector<int> ranked(i, 0);
    auto grades = ranked;
    grades.push_back(1);
    query.measures = measure(grades, std::vector<int>{1}, made.cutoffs);
    made.queries.push_back(std::move(query));
  }
  return made;
}

TEST(Slices, AQueryIsInAllThatItHas) {
  const auto all = retrieval();
  const std::vector<Attributes> attributes = {
      {{kColour, {"red"}}, {kObject, {"car"}}}, {{kColour, {"red", "blue"}}}, {}, {{kObject, {"dog"}}}, {}};
  const auto slices = slices_by_attribute(all, attributes);
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].attribute, "colour");
  EXPECT_EQ(slices[0].queries, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(slices[0].groups, 1u);  // both are captions of one picture
  EXPECT_FALSE(slices[0].trusted());
  EXPECT_EQ(slices[1].attribute, "object");
  EXPECT_EQ(slices[1].groups, 2u);
  EXPECT_EQ(slices[2].attribute, "none");
  EXPECT_EQ(slices[2].queries, (std::vector<std::size_t>{2, 4}));
  const auto values = slices_by_value(all, attributes);
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[0].value, "red");  // the largest of its attribute
  EXPECT_EQ(values[1].value, "blue");
  EXPECT_EQ(values[2].value + values[3].value, "cardog");
}

TEST(Slices, ThirtyGroupsAreTrusted) {
  EXPECT_TRUE((Slice{"colour", "", {}, 30}.trusted()));
  EXPECT_FALSE((Slice{"colour", "", {}, 29}.trusted()));
}

TEST(Slices, APartIsMeasuredByItself) {
  const auto all = retrieval();
  const std::vector<std::size_t> some = {3, 0, 4};
  const auto part = part_of(all, some);
  ASSERT_EQ(part.queries.size(), 3u);
  EXPECT_EQ(part.queries[0].query, 3u);
  EXPECT_EQ(part.clusters, (std::vector<int>{0, 1, 2}));  // without gaps
  EXPECT_DOUBLE_EQ(part.mean.reciprocal_rank, (1.0 / 4 + 1 + 1.0 / 5) / 3);
  EXPECT_DOUBLE_EQ(part.mean.hit_rate[0], 1.0 / 3);
  EXPECT_EQ(part_of(all, {}).mean.reciprocal_rank, 0);
}

TEST(Slices, StatedAttributesGoBeforeWords) {
  const GroundTruth truth{.pictures = {"a"},
                          .texts = {{.text = "a red car", .pictures = {0}},
                                    {.text = "a red car", .pictures = {0}, .attributes = Attributes{}},
                                    {.text = "unasked"},
                                    {.text = "two dogs", .pictures = {0}}}};
  Retrieval asked = retrieval();
  asked.queries.resize(3);
  asked.queries[2].query = 3;
  const auto attributes = attributes_of_queries(asked, truth);
  EXPECT_EQ(attributes[0], (Attributes{{kColour, {"red"}}, {kObject, {"car"}}}));
  EXPECT_TRUE(attributes[1].empty());
  EXPECT_EQ(attributes[2], (Attributes{{kCount, {"two"}}, {kObject, {"dog"}}}));
}

}  // namespace
}  // namespace glimpse::evaluate
