#include "qdrant/conditions.h"

#include <gtest/gtest.h>

namespace glimpse::qdrant {
namespace {

Result<std::vector<std::string>> cameras(const std::string& key) {
  if (key != "camera") return Error::internal("asked for {}", key);
  return std::vector<std::string>{"FUJIFILM X100V", "Canon EOS 5D", "FUJIFILM X-T3"};
}

TEST(Conditions, NoneIsNoFilter) {
  const auto filter = filter_of({}, cameras);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->empty());
}

TEST(Conditions, BecomeWhatQdrantKnows) {
  Conditions conditions;
  conditions.folders = {"trips/2023"};
  conditions.from_ms = 0;
  conditions.min_width = 800;
  conditions.near = Around{.latitude = 1, .longitude = 2, .radius_km = 3};
  const auto filter = filter_of(conditions, cameras);
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->json(), R"({"must":[{"key":"folders","match":{"any":["trips/2023"]}},)"
                            R"({"key":"date","range":{"gte":"1970-01-01T00:00:00.000Z"}},)"
                            R"({"key":"width","range":{"gte":800}},)"
                            R"({"geo_radius":{"center":{"lat":1.0,"lon":2.0},"radius":3000.0},"key":"location"}]})");
}

TEST(Conditions, APartOfACamerasNameIsItsWholeNames) {
  Conditions conditions;
  conditions.cameras = {"fujifilm x"};
  EXPECT_EQ(filter_of(conditions, cameras)->json(),
            R"({"must":[{"key":"camera","match":{"any":["FUJIFILM X100V","FUJIFILM X-T3"]}}]})");
  conditions.cameras = {"Leica"};  // none: no picture, not every picture
  EXPECT_EQ(filter_of(conditions, cameras)->json(), R"({"must":[{"has_id":[]}]})");
}

}  // namespace
}  // namespace glimpse::qdrant
