#include "report/document.h"

#include <gmock/gmock.h>

#include <set>

#include "base/file.h"
#include "base/temp_directory.h"
#include "report/data_uri.h"
#include "report/parsed_for_tests.h"
#include "report/picture.h"
#include "report/style.h"
#include "report/table.h"

namespace glimpse::report {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

image::Image orange(int width, int height) {
  image::Image image{.width = width, .height = height, .rgb = {}};
  for (int i = 0; i < width * height; ++i) image.rgb.insert(image.rgb.end(), {255, 128, 0});
  return image;
}

Document sample(const std::string& text) {
  const auto thumbnail = make_thumbnail(orange(400, 200));
  EXPECT_TRUE(thumbnail);
  const Picture picture{thumbnail ? *thumbnail : Thumbnail{}, text, text, Mark::kGood, text};
  const Picture missing{{}, text, text, Mark::kBad};
  const std::vector<Picture> pictures = {picture, missing};
  const std::vector<PictureSet> sets = {{text, text, pictures}, {text, {}, pictures}};
  const Table rows{.caption = text, .columns = {{text}, {"count", Align::kRight}}, .rows = {{text, "1"}, {text}}};
  return {.title = text,
          .lead = text,
          .cards = {{text, text, text, true}},
          .sections = {{text, {paragraph(text), remark({text, code(text)}), table(rows), picture_grid(text, pictures)}},
                       {"Compared",
                        {side_by_side(text, sets), details(text, text), columns({text, text}),
                         tiles(std::vector<Markup>{text})}}},
          .footer = text};
}

TEST(Document, IsLoadedAgainOnlyWhileItIsRewritten) {
  Document document = sample("beach");
  EXPECT_THAT(render(document), Not(HasSubstr("refresh")));
  document.refresh_seconds = 10;
  EXPECT_THAT(render(document), HasSubstr("<meta http-equiv=\"refresh\" content=\"10\"/>"));
}

TEST(Document, HasHeadingsContentsTablesAndPictures) {
  const Parsed parsed(render(sample("beach")));
  EXPECT_THAT(parsed.named("h1"), SizeIs(1));
  EXPECT_THAT(parsed.named("h2"), SizeIs(2));
  EXPECT_EQ(parsed.named("html")[0].attribute("lang"), "en");
  EXPECT_EQ(parsed.named("caption")[0].text, "beach");
  ASSERT_THAT(parsed.named("img"), SizeIs(3));
  EXPECT_EQ(parsed.named("img")[0].attribute("alt"), "beach");
  EXPECT_EQ(parsed.named("img")[0].attribute("width"), "160");
  EXPECT_EQ(parsed.named("img")[0].attribute("height"), "80");
  std::set<std::string> ids;
  for (const auto& element : parsed.all()) {
    if (!element.attribute("id").empty()) {
      EXPECT_TRUE(ids.insert(element.attribute("id")).second);
    }
  }
  for (const auto& link : parsed.named("a")) EXPECT_TRUE(ids.contains(link.attribute("href").substr(1)));
}

TEST(Document, AsksNothingOfANetworkAndRunsNothing) {
  const Parsed parsed(render(sample(std::string(kHostile))));
  for (const auto& element : parsed.all()) {
    EXPECT_THAT(element.name, Not(testing::AnyOf("script", "link", "iframe", "object", "form")));
    for (const auto& [key, value] : element.attributes) {
      EXPECT_FALSE(key.starts_with("on") || key == "style") << key;
      if (key == "href") {
        EXPECT_TRUE(value.starts_with("#"));
      }
      if (key == "src") {
        EXPECT_TRUE(value.starts_with("data:image/jpeg;base64,"));
      }
    }
  }
  EXPECT_THAT(std::string(kStyle.view()), Not(HasSubstr("url(")));
  EXPECT_THAT(std::string(kStyle.view()), Not(testing::ContainsRegex("[&<]")));
}

TEST(Document, AllowsItsOwnStyleAndNothingElse) {
  const Parsed parsed(render(sample("x")));
  const auto metas = parsed.named("meta");
  ASSERT_GE(metas.size(), 2u);
  EXPECT_EQ(metas[1].attribute("content"), "default-src 'none'; img-src data:; style-src '" +
                                               csp_hash(parsed.named("style")[0].text) +
                                               "'; base-uri 'none'; form-action 'none'");
}

TEST(Document, IsWrittenAsAWhole) {
  const TempDirectory directory;
  const auto file = directory.path() / "report.html";
  ASSERT_TRUE(write(sample("x"), file));
  const auto text = read_text_file(file, 1 << 24);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, render(sample("x")));
  EXPECT_FALSE(write(sample("x"), directory.path() / "none" / "report.html"));
}

TEST(Thumbnail, OfAFileThatIsNoPictureIsAnError) {
  const TempDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory.path() / "no.jpg", "no picture"));
  const auto thumbnail = read_thumbnail(directory.path() / "no.jpg");
  ASSERT_FALSE(thumbnail);
  EXPECT_THAT(thumbnail.error().message(), HasSubstr("no.jpg"));
}

}  // namespace
}  // namespace glimpse::report
