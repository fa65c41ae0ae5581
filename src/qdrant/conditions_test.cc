#include "qdrant/conditions.h"

#include <gtest/gtest.h>

namespace glimpse::qdrant {
namespace {

Result<std::vector<CountedValue>> cameras(const std::string& key) {
  if (key != "camera") return Error::internal("asked for {}", key);
  return std::vector<CountedValue>{{"FUJIFILM X100V", 3}, {"Canon EOS 5D", 2}, {"FUJIFILM X-T3", 1}};
}

TEST(Conditions, NoneIsNoFilter) {
  const auto filter = filter_of({}, cameras);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->empty());
}

TEST(Conditions, BecomeWhatQdrantKnows) {
  filter::Filter conditions;
  conditions.folders = {"trips/2023"};
  conditions.from_ms = 0;
  conditions.min_width = 800;
  conditions.near = filter::Near{.latitude = 1, .longitude = 2, .radius_km = 3};
  const auto filter = filter_of(conditions, cameras);
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->json(), R"({"must":[{"key":"folders","match":{"any":["trips/2023"]}},)"
                            R"({"key":"date","range":{"gte":"1970-01-01T00:00:00Z"}},)"
                            R"({"key":"width","range":{"gte":800}},)"
                            R"({"geo_radius":{"center":{"lat":1.0,"lon":2.0},"radius":3000.0},"key":"location"}]})");
}

TEST(Conditions, APartOfACamerasNameIsItsWholeNames) {
  filter::Filter conditions;
  conditions.cameras = {"fujifilm x"};
  EXPECT_EQ(filter_of(conditions, cameras)->json(),
            R"({"must":[{"key":"camera","match":{"any":["FUJIFILM X100V","FUJIFILM X-T3"]}}]})");
  conditions.cameras = {"Leica"};  // none: no picture, not every picture
  EXPECT_EQ(filter_of(conditions, cameras)->json(), R"({"must":[{"has_id":[]}]})");
}

TEST(Conditions, ShapesGoByTheirNamesAndCaptionsAreRefused) {
  filter::Filter conditions;
  conditions.shapes = {filter::Shape::kPortrait, filter::Shape::kSquare};
  EXPECT_EQ(filter_of(conditions, cameras)->json(),
            R"({"must":[{"key":"shape","match":{"any":["portrait","square"]}}]})");
  conditions.caption_words = "dog";
  EXPECT_EQ(filter_of(conditions, cameras).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace glimpse::qdrant
