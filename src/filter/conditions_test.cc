#include "filter/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "filter/time.h"

namespace glimpse::filter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Filter with(std::string_view name, std::string_view value) {
  Filter filter;
  const auto added = add_condition(filter, name, value);
  EXPECT_TRUE(added) << added.error().message();
  return filter;
}

std::string refusal(std::string_view name, std::string_view value) {
  Filter filter;
  const auto added = add_condition(filter, name, value);
  EXPECT_EQ(filter, Filter()) << "changed by what was refused";
  return added ? "" : added.error().message();
}

TEST(Time, IsTheBeginningOfWhatItNames) {
  EXPECT_EQ(*parse_time("1970"), 0);
  EXPECT_EQ(*parse_time("1970-02"), 31LL * 86'400'000);
  EXPECT_EQ(*parse_time("2023-06-01"), 1685577600000);
  EXPECT_EQ(*parse_time("2023-06-01T12:30"), 1685577600000 + 45'000'000);
  EXPECT_EQ(*parse_time("2023-06-01 12:30:05Z"), 1685577600000 + 45'005'000);
  EXPECT_LT(*parse_time("0001-01-01"), 0);
}

TEST(Time, RefusesWhatNeverIs) {
  for (const char* text : {"", "202", "20233", "2023-", "2023-6", "2023-13", "2023-00", "2023-02-29", "2023-06-01T",
                           "2023-06-01T24:00", "2023-06-01T12", "2023-06-01T12:60", "2023/06", "-023-06",
                           "2023-06-01T12:30:05+02:00", "june", "2023-+6", "2023Z"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_THAT(time.error().message(), HasSubstr("expected a date such as 2023"));
  }
  EXPECT_TRUE(parse_time("2024-02-29"));
}

TEST(Time, IsWrittenSoThatItIsReadBack) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(1685577600000 + 45'005'250), "2023-06-01T12:30:05.250Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(INT64_MIN), "0000-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(INT64_MAX), "9999-12-31T23:59:59.999Z");
  for (const std::int64_t ms : {-62'135'596'800'000, 951'782'400'000, 1'685'577'600'000}) {
    EXPECT_EQ(*parse_time(rfc3339(ms)), ms);
  }
}

TEST(Conditions, ReadEveryKindOfValue) {
  EXPECT_THAT(with("folder", "trips//2023/./vienna/").folders, ElementsAre("trips/2023/vienna"));
  EXPECT_THAT(with("folder", "/photos/").folders, ElementsAre("/photos"));
  EXPECT_TRUE(with("folder", ".").empty());
  EXPECT_EQ(with("after", "2023-06-01").from_ms, 1685577600000);
  EXPECT_EQ(with("before", "2023-06-01").before_ms, 1685577600000);
  EXPECT_THAT(with("camera", "Canon, Inc").cameras, ElementsAre("Canon, Inc"));
  EXPECT_THAT(with("lens", "50mm").lenses, ElementsAre("50mm"));
  EXPECT_THAT(with("format", "JPG").formats, ElementsAre("jpeg"));
  EXPECT_EQ(with("min_pixels", "12M").min_pixels, 12'000'000);
  EXPECT_EQ(with("max_pixels", "0.5k").max_pixels, 500);
  EXPECT_EQ(with("min_width", "640").min_width, 640);
  EXPECT_EQ(with("max_height", "0").max_height, 0);
  EXPECT_THAT(with("shape", "Portrait").shapes, ElementsAre(Shape::kPortrait));
  EXPECT_EQ(with("near", "48.2, -16.4,25km").near, (Near{48.2, -16.4, 25}));
  EXPECT_EQ(with("near", "-90,180,800m").near, (Near{-90, 180, 0.8}));
  EXPECT_EQ(with("near", "0,0").near, (Near{0, 0, 10}));
  EXPECT_EQ(with("captioned", "yes").captioned, true);
  EXPECT_EQ(with("captioned", "no").captioned, false);
  EXPECT_EQ(with("caption_words", "black dog").caption_words, "black dog");
}

TEST(Conditions, SeveralValuesOfOneConditionAreKeptOnce) {
  Filter filter;
  for (const char* format : {"jpg", "png", "jpeg"}) ASSERT_TRUE(add_condition(filter, "format", format));
  EXPECT_THAT(filter.formats, ElementsAre("jpeg", "png"));
  for (std::size_t i = 0; i < kMaxValues; ++i) ASSERT_TRUE(add_condition(filter, "camera", std::to_string(i)));
  EXPECT_FALSE(add_condition(filter, "camera", "one more"));
}

TEST(Conditions, SayWhatWasExpected) {
  EXPECT_THAT(refusal("after", "yesterday"), HasSubstr("after: expected a date such as 2023, 2023-06"));
  EXPECT_THAT(refusal("format", "raw"), HasSubstr("format: expected jpeg, png, bmp"));
  EXPECT_THAT(refusal("min_width", "wide"),
              HasSubstr("min_width: expected a whole number of pixels from 0 to 1000000, got 'wide'"));
  EXPECT_THAT(refusal("min_width", "-1"), HasSubstr("got '-1'"));
  EXPECT_THAT(refusal("min_pixels", "12G"), HasSubstr("such as 2000000, 500k or 12M"));
  EXPECT_THAT(refusal("min_pixels", "1.5"), HasSubstr("such as 2000000, 500k or 12M"));
  EXPECT_THAT(refusal("near", "91,0"), HasSubstr("such as 48.2,16.4,25km, got '91,0'"));
  for (const char* near :
       {"", "1", "1,2,3,4", "1,2,0km", "1,2,-5", "1,2,nan", "nan,2", "inf,0", "1,2,30000", "1,2,km", "0x1,2"}) {
    EXPECT_NE(refusal("near", near), "") << near;
  }
  EXPECT_THAT(refusal("shape", "round"), HasSubstr("landscape, portrait or square"));
  EXPECT_THAT(refusal("captioned", "maybe"), HasSubstr("yes or no"));
  EXPECT_THAT(refusal("camera", "  "), HasSubstr("camera: must not be empty"));
  EXPECT_THAT(refusal("folder", "../elsewhere"), HasSubstr("a folder of the library"));
  EXPECT_THAT(refusal("camera", std::string(2000, 'x')), HasSubstr("at most 1024 bytes"));
  EXPECT_THAT(refusal("colour", "red"), HasSubstr("colour: no such condition"));
}

TEST(Conditions, AnyTextIsAValueOrRefused) {
  std::mt19937 random(3);
  constexpr std::string_view kLetters = "0123456789-:,.TZkmM eE/\\\"'\xC3\xBC\xFF\0+";
  for (int round = 0; round < 100'000; ++round) {
    std::string value;
    for (auto i = random() % 20; i > 0; --i) value += kLetters[random() % kLetters.size()];
    for (const Condition& condition : conditions()) {
      Filter filter;
      const bool added = add_condition(filter, condition.name, value).has_value();
      ASSERT_TRUE(added || filter == Filter()) << condition.name << value;
    }
  }
}

}  // namespace
}  // namespace glimpse::filter
