#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "report/bar_chart.h"
#include "report/histogram.h"
#include "report/line_chart.h"
#include "report/parsed_for_tests.h"
#include "report/scatter.h"

namespace glimpse::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const PlotText kText{"Sizes", "Most are small.", "pixels", "pictures"};

TEST(Bin, CountsEveryValueOnce) {
  const std::vector<double> values = {0, 0.5, 1, 1.5, 9.99, 10, kNone};
  const Bins bins = bin(values, 11);
  EXPECT_EQ(bins.first, 0);
  EXPECT_EQ(bins.width, 1);
  EXPECT_THAT(bins.counts, ElementsAre(2, 2, 0, 0, 0, 0, 0, 0, 0, 2));
}

TEST(Bin, CentresWholeNumbers) {
  const std::vector<double> values = {5, 5, 6, 8};
  const Bins bins = bin(values, 24, true);
  EXPECT_EQ(bins.first, 4.5);
  EXPECT_EQ(bins.width, 1);
  EXPECT_THAT(bins.counts, ElementsAre(2, 1, 0, 1));
}

TEST(Bin, OfOneValueIsOneBin) {
  EXPECT_THAT(bin(std::vector<double>{7, 7, 7}, 24, true).counts, ElementsAre(3));
  EXPECT_THAT(bin(std::vector<double>{kNone}).counts, IsEmpty());
}

TEST(Histogram, DrawsABarForEachBinAndSaysItInWords) {
  const std::string html = histogram({.text = kText, .values = {1, 1, 2, 5}, .whole = true}).html();
  const Parsed parsed(html);
  EXPECT_THAT(parsed.named("rect"), SizeIs(3));
  EXPECT_EQ(parsed.named("svg")[0].attribute("aria-label"), "Sizes. Most are small.");
  EXPECT_THAT(parsed.named("tr"), SizeIs(4));
  EXPECT_TRUE(histogram({.text = kText, .values = {}}).empty());
}

TEST(BarChart, ScalesToTheLongestAndCutsLongLabels) {
  const std::string long_name(200, 'x');
  const Parsed parsed(bar_chart({.text = kText, .bars = {{"a", 10}, {long_name, 5}, {"c", kNone}}}).html());
  const auto bars = parsed.named("rect");
  ASSERT_THAT(bars, SizeIs(3));
  EXPECT_NEAR(std::stod(bars[0].attribute("width")), 2 * std::stod(bars[1].attribute("width")), 0.1);
  EXPECT_EQ(parsed.named("title")[1].text, long_name + ": 5");
  for (const auto& text : parsed.named("text")) EXPECT_LT(text.text.size(), 40u);
}

TEST(LineChart, NamesEverySeriesAndBreaksAtGaps) {
  const LineChart plot{.text = kText,
                       .series = {{"loss", {{0, 3}, {1, kNone}, {2, 1}, {3, 0.5}}}, {"validation", {{0, 3}, {3, 2}}}}};
  const Parsed parsed(line_chart(plot).html());
  const auto paths = parsed.named("path");
  ASSERT_THAT(paths, SizeIs(2));
  EXPECT_EQ(std::ranges::count(paths[0].attribute("d"), 'M'), 2);
  EXPECT_THAT(paths[0].attribute("class"), HasSubstr("s0"));
  EXPECT_THAT(paths[1].attribute("class"), HasSubstr("d1"));
  const auto items = parsed.named("li");
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_EQ(items[0].text, "loss");
  EXPECT_TRUE(line_chart({.text = kText, .series = {{"none", {{0, kNone}}}}}).empty());
}

TEST(LineChart, PointsOutPlacesAndKeepsRoomForWhatIsToCome) {
  LineChart plot{.text = kText, .series = {{"smooth", {{0, 2}, {10, 1}}}, {"each", {{0, 3}, {10, 0}}, true}}};
  plot.guides = {{5, "chosen: step 5"}, {kNone, "nowhere"}};
  plot.x_end = 100;
  const Parsed parsed(line_chart(plot).html());
  const auto paths = parsed.named("path");
  ASSERT_THAT(paths, SizeIs(2));
  EXPECT_EQ(paths[0].attribute("class"), "line faint");  // behind the other
  EXPECT_THAT(paths[1].attribute("class"), HasSubstr("s0 d0"));
  const auto items = parsed.named("li");
  ASSERT_THAT(items, SizeIs(3));
  EXPECT_EQ(items[2].text, "chosen: step 5");
  EXPECT_THAT(parsed.named("text"), testing::Contains(testing::Field(&ParsedElement::text, "100")));
  EXPECT_THAT(parsed.named("circle"), SizeIs(2));  // the faint one has no marks
}

TEST(LineChart, DrawsNoMorePointsThanShowAndLosesNoPeak) {
  std::vector<LinePoint> points;
  for (int i = 0; i < 100'000; ++i)
    points.push_back({static_cast<double>(i), i == 41'234 ? 9.0 : i == 70'001 ? -9.0 : 0.0});
  const Scale across{.low = 0, .high = 100'000, .from = 50, .to = 450};
  const auto kept = thinned(points, across);
  EXPECT_LE(kept.size(), 4 * 400u);
  EXPECT_TRUE(std::ranges::is_sorted(kept, {}, &LinePoint::x));
  EXPECT_EQ(std::ranges::max(kept, {}, &LinePoint::y).x, 41'234);
  EXPECT_EQ(std::ranges::min(kept, {}, &LinePoint::y).x, 70'001);
  EXPECT_EQ(kept.front().x, 0);
  EXPECT_EQ(kept.back().x, 99'999);
  EXPECT_THAT(thinned(std::vector<LinePoint>{{0, 1}, {0, kNone}, {0, 1}}, across), SizeIs(3));
}

TEST(Scatter, ShowsPointsGroupsAndPins) {
  Scatter plot{.text = kText, .points = {}, .groups = {"dogs", "cats"}};
  plot.points = {{0, 0, 0, "a.jpg"}, {1, 1, 1, "b.jpg"}, {kNone, 1, 1, "lost"}};
  plot.pins = {{0, 0, 0, "a.jpg", {{std::byte{1}}, 100, 50}}};
  const Parsed parsed(scatter(plot).html());
  EXPECT_THAT(parsed.named("circle"), SizeIs(2 + 2));  // two points, two samples of the legend
  ASSERT_THAT(parsed.named("image"), SizeIs(1));
  EXPECT_THAT(parsed.named("image")[0].attribute("href"), HasSubstr("data:image/jpeg;base64,"));
  EXPECT_THAT(parsed.named("image")[0].attribute("width"), testing::Eq("46"));
}

TEST(Scatter, GivesGroupsPastTheColoursAnotherShape) {
  const Scatter plot{.text = kText, .points = {{0, 0, 1, ""}, {1, 1, 9, ""}}, .groups = {"one"}};
  const Parsed parsed(scatter(plot).html());
  EXPECT_THAT(parsed.named("circle"), SizeIs(1));
  EXPECT_THAT(parsed.named("path"), SizeIs(1));
  EXPECT_EQ(parsed.named("circle")[0].attribute("class"), parsed.named("path")[0].attribute("class"));
}

TEST(Plots, KeepHostileTextHarmless) {
  const std::string hostile(kHostile);
  const PlotText text{hostile, hostile, hostile, hostile};
  const Scatter map{.text = text, .points = {{0, 0, 0, hostile, hostile}}, .groups = {hostile, hostile}, .axes = true};
  for (const Markup& plot :
       {histogram({.text = text, .values = {1, 2}}), bar_chart({.text = text, .bars = {{hostile, 1}}}),
        line_chart({.text = text, .series = {{hostile, {{0, 1}, {1, 2}}}}}), scatter(map)}) {
    const Parsed parsed(plot.html());
    EXPECT_THAT(parsed.named("script"), IsEmpty());
    EXPECT_THAT(parsed.named("img"), IsEmpty());
    EXPECT_FALSE(parsed.named("figcaption").empty());
  }
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(shortened("äöüx", 3), "äö…");
  EXPECT_EQ(shortened("\xFF", 3), "\uFFFD");
}

}  // namespace
}  // namespace glimpse::report
