#include "qdrant/payload.h"

#include <gtest/gtest.h>

#include "qdrant/filter.h"
#include "qdrant/labels.h"
#include "qdrant/payload_json.h"

namespace glimpse::qdrant {
namespace {

Payload holiday() {
  return {.image_path = "2023/sea/cat.jpg",
          .root = "trips",
          .library = "l",
          .content = "c",
          .model = "m",
          .fingerprint = "f",
          .format = "jpeg",
          .width = 640,
          .height = 480,
          .size_bytes = 12345,
          .modified_at_ms = 1'683'356'889'123,
          .taken_at_ms = 0,
          .camera = "X100",
          .lens = "23mm",
          .location = Place{.latitude = 48.5, .longitude = -3.25}};
}

TEST(Payload, SaysWhatFiltersNeed) {
  const Json json = parse_limited(to_json(holiday()));
  EXPECT_EQ(json["folders"], Json({"trips", "2023", "trips/2023", "2023/sea", "trips/2023/sea"}));
  EXPECT_EQ(json["date"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(json["modified_at"], "2023-05-06T07:08:09.123Z");
  EXPECT_EQ(json["pixels"], 307'200);
  EXPECT_EQ(json["shape"], "landscape");
  EXPECT_EQ(json["location"], Json({{"lat", 48.5}, {"lon", -3.25}}));
}

TEST(Payload, IsReadBack) {
  const Payload read = payload_from(parse_limited(to_json(holiday())));
  EXPECT_EQ(read.image_path, "2023/sea/cat.jpg");
  EXPECT_EQ(read.root, "trips");
  EXPECT_EQ(read.width, 640);
  EXPECT_EQ(read.size_bytes, 12345);
  EXPECT_EQ(read.camera, "X100");
}

TEST(Payload, KeepsTheBytesOfANameThatIsNoUtf8) {
  Payload payload = holiday();
  payload.image_path = "caf\xe9.png";
  EXPECT_EQ(payload_from(parse_limited(to_json(payload))).image_path, "caf\xe9.png");
}

TEST(Payload, ReadsWhatAnyProgramWrote) {
  for (const char* text : {"null", "1", "[]", R"({"image_path":7,"width":"wide","size_bytes":-3})",
                           R"({"image_path":"a\u0000b"})", R"({"image_path_hex":"zz","width":1e300})"}) {
    const Payload payload = payload_from(parse_limited(text));
    EXPECT_EQ(payload.width, 0) << text;
    EXPECT_GE(payload.size_bytes, 0) << text;
    EXPECT_EQ(payload.image_path.find("a"), std::string::npos) << text;
  }
}

TEST(Json, ThatIsNestedTooDeepIsNone) {
  EXPECT_FALSE(parse_limited(std::string(20, '[') + std::string(20, ']')).is_discarded());
  EXPECT_TRUE(parse_limited(std::string(100'000, '[') + std::string(100'000, ']')).is_discarded());
  EXPECT_TRUE(parse_limited("{").is_discarded());
}

TEST(PointOfAPayload, DependsOnWhatAndWhere) {
  const Payload payload = holiday();
  EXPECT_EQ(point_of(payload), point_of(holiday()));
  for (auto member : {&Payload::content, &Payload::library, &Payload::root, &Payload::image_path}) {
    Payload other = holiday();
    other.*member += "2";
    EXPECT_NE(point_of(other), point_of(payload));
  }
  Payload touched = holiday();
  touched.modified_at_ms = 5;
  EXPECT_EQ(point_of(touched), point_of(payload));
}

TEST(Filter, IsWrittenAsQdrantHasIt) {
  EXPECT_EQ(Filter().json(), "{}");
  EXPECT_EQ(Filter().match("library", "l\"").json(), R"({"must":[{"key":"library","match":{"value":"l\""}}]})");
  Filter filter;
  filter.between("width", 100, std::nullopt).in_time("date", std::nullopt, 0).not_match("root", "r");
  EXPECT_EQ(filter.json(), R"({"must":[{"key":"width","range":{"gte":100}},)"
                           R"({"key":"date","range":{"lt":"1970-01-01T00:00:00.000Z"}}],)"
                           R"("must_not":[{"key":"root","match":{"value":"r"}}]})");
  EXPECT_EQ(Filter().between("width", std::nullopt, std::nullopt).json(), "{}");
  EXPECT_EQ(Filter().match_any("format", {}).json(), R"({"must":[{"has_id":[]}]})");
}

}  // namespace
}  // namespace glimpse::qdrant
