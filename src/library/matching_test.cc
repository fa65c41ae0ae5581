// Filters against a plain twin: each condition applied to each picture in turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "base/temp_directory.h"
#include "library/library.h"
#include "library/library_test_support.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using filter::Filter;
using filter::Near;
using filter::Shape;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kDay = 86'400'000;

struct Matching : testing::Test {
  TempDirectory temp;
  std::unique_ptr<Library> library = Library::open(temp.path() / "library", {.create = true}).value();
  RootId photos = root("photos"), trips = root("archive/trips");

  RootId root(const std::string& name) const {
    fs::create_directories(temp.path() / name);
    return library->add_root(temp.path() / name)->root;
  }

  ImageId put(PictureFacts facts) {
    ++added;
    facts.content = {added, ~added};
    WriteBatch batch;
    batch.put_picture(std::move(facts));
    return library->commit(batch).value().front();
  }
  ImageId put(const std::string& name, image::PictureDetails details = {}) {
    auto facts = test_facts(photos, name, 1);
    facts.details = std::move(details);
    return put(std::move(facts));
  }
  void caption(ImageId id, const std::string& text) const {
    WriteBatch batch;
    batch.put_caption(library->picture(id)->content, {{CaptionSource::kFile, "data.csv"}, text});
    ASSERT_TRUE(library->commit(batch));
  }
  std::vector<ImageId> match(const Filter& filter) const {
    auto ids = library->matching(filter);
    EXPECT_TRUE(ids) << ids.error().message();
    return ids.value_or(std::vector<ImageId>());
  }

  std::uint64_t added = 0;
};

TEST_F(Matching, AnEmptyFilterLetsAllThrough) {
  put("a.jpg");
  put("b.jpg");
  EXPECT_THAT(match({}), SizeIs(2));
}

TEST_F(Matching, FoldersAreRootsAndPartsOfThem) {
  const auto in = [&](RootId where, const std::string& name) { return put(test_facts(where, name, 1)); };
  const ImageId a = in(photos, "trips/2023/a.jpg"), b = in(photos, "trips/2023-old/b.jpg"), c = in(photos, "trips.jpg"),
                d = in(trips, "2023/d.jpg"), e = in(trips, "2024/deep/e.jpg");
  EXPECT_THAT(match({.folders = {"trips/2023"}}), ElementsAre(a, d)) << "below a root, and a root's name in front";
  EXPECT_THAT(match({.folders = {"trips"}}), ElementsAre(a, b, d, e));
  EXPECT_THAT(match({.folders = {"archive/trips/2024"}}), ElementsAre(e));
  EXPECT_THAT(match({.folders = {(temp.path() / "photos").native()}}), ElementsAre(a, b, c));
  EXPECT_THAT(match({.folders = {(temp.path() / "photos/trips/2023").native()}}), ElementsAre(a));
  EXPECT_THAT(match({.folders = {temp.path().native()}}), ElementsAre(a, b, c, d, e)) << "above the roots";
  EXPECT_THAT(match({.folders = {"2024", "trips/2023-old"}}), ElementsAre(b, e));
  EXPECT_THAT(match({.folders = {"rips"}}), IsEmpty());
  EXPECT_THAT(match({.folders = {(temp.path() / "photo").native()}}), IsEmpty());
  EXPECT_THAT(match({.folders = {"trips.jpg"}}), IsEmpty()) << "a picture is no folder";
}

TEST_F(Matching, TimesAreWhenTakenElseTheFiles) {
  const ImageId taken = put("a.jpg", {.taken_at_ms = 5 * kDay});  // the file itself is of 1970-01-01
  auto facts = test_facts(photos, "b.jpg", 1);
  facts.stamp.mtime_ns = 5 * kDay * 1'000'000;
  const ImageId untold = put(facts);
  facts.name = "c.jpg";
  facts.details = image::PictureDetails();
  const ImageId silent = put(facts);
  const ImageId scanned = put("d.jpg", {.taken_at_ms = -400 * kDay});
  EXPECT_THAT(match({.from_ms = 5 * kDay, .before_ms = 6 * kDay}), ElementsAre(taken, untold, silent));
  EXPECT_THAT(match({.from_ms = 5 * kDay + 1}), IsEmpty());
  EXPECT_THAT(match({.before_ms = 5 * kDay}), ElementsAre(scanned));
  EXPECT_THAT(match({.from_ms = INT64_MIN, .before_ms = INT64_MAX}), SizeIs(4));
}

TEST_F(Matching, NamesAreFoundByAPartInAnyCase) {
  const ImageId a = put("a.jpg", {.camera = "Canon EOS 5D", .lens = "EF50mm f/1.8"});
  const ImageId b = put("b.jpg", {.camera = "canon ixus"});
  const ImageId c = put("c.jpg", {.camera = "100% 'real' \"cam\"_x"});
  put("d.jpg");
  EXPECT_THAT(match({.cameras = {"CANON"}}), ElementsAre(a, b));
  EXPECT_THAT(match({.cameras = {"eos", "'real' \"cam\"_X"}}), ElementsAre(a, c));
  EXPECT_THAT(match({.cameras = {"%"}}), ElementsAre(c)) << "no pattern";
  EXPECT_THAT(match({.lenses = {"50MM"}}), ElementsAre(a));
  EXPECT_THAT(match({.cameras = {"canon"}, .lenses = {"50mm"}}), ElementsAre(a));
}

TEST_F(Matching, PlacesAreNearAlsoAcrossTheDateLineAndAtThePole) {
  const ImageId vienna = put("a.jpg", {.latitude = 48.2085, .longitude = 16.3721});
  const ImageId bratislava = put("b.jpg", {.latitude = 48.1486, .longitude = 17.1077});  // 55 km away
  const ImageId fiji = put("c.jpg", {.latitude = -17.0, .longitude = 179.9});
  const ImageId pole = put("d.jpg", {.latitude = 89.9, .longitude = 10});
  put("e.jpg");
  EXPECT_THAT(match({.near = Near{48.2085, 16.3721, 0.001}}), ElementsAre(vienna));
  EXPECT_THAT(match({.near = Near{48.2085, 16.3721, 54}}), ElementsAre(vienna));
  EXPECT_THAT(match({.near = Near{48.2085, 16.3721, 56}}), ElementsAre(vienna, bratislava));
  EXPECT_THAT(match({.near = Near{-17, -179.9, 25}}), ElementsAre(fiji));
  EXPECT_THAT(match({.near = Near{89.9, -170, 25}}), ElementsAre(pole));
  EXPECT_THAT(match({.near = Near{0, 0, 20'038}}), SizeIs(4));
}

TEST_F(Matching, FormsAreFormatSizeAndShape) {
  const auto of = [&](const char* name, const char* format, int width, int height) {
    auto facts = test_facts(photos, name, 1);
    facts.format = format;
    facts.width = width;
    facts.height = height;
    return put(facts);
  };
  const ImageId wide = of("a", "jpeg", 4000, 3000), tall = of("b", "png", 300, 400),
                square = of("c", "png", 1000, 1029), nearly = of("d", "gif", 1000, 1031);
  EXPECT_THAT(match({.formats = {"png"}}), ElementsAre(tall, square));
  EXPECT_THAT(match({.formats = {"gif", "jpeg"}}), ElementsAre(wide, nearly));
  EXPECT_THAT(match({.min_pixels = 12'000'000}), ElementsAre(wide));
  EXPECT_THAT(match({.max_pixels = 120'000}), ElementsAre(tall));
  EXPECT_THAT(match({.min_width = 1000, .max_height = 1030}), ElementsAre(square));
  EXPECT_THAT(match({.max_width = 1000, .min_height = 1000}), ElementsAre(square, nearly));
  EXPECT_THAT(match({.shapes = {Shape::kLandscape}}), ElementsAre(wide));
  EXPECT_THAT(match({.shapes = {Shape::kPortrait}}), ElementsAre(tall, nearly));
  EXPECT_THAT(match({.shapes = {Shape::kSquare, Shape::kLandscape}}), ElementsAre(wide, square));
}

TEST_F(Matching, CaptionsAreThereOrNotAndHaveWords) {
  const ImageId dog = put("a.jpg"), cat = put("b.jpg"), none = put("c.jpg");
  caption(dog, "a black dog on the grass");
  caption(cat, "a cat");
  EXPECT_THAT(match({.captioned = true}), ElementsAre(dog, cat));
  EXPECT_THAT(match({.captioned = false}), ElementsAre(none));
  EXPECT_THAT(match({.caption_words = "grass DOG"}), ElementsAre(dog));
  EXPECT_THAT(match({.caption_words = "dog OR cat"}), IsEmpty()) << "no operators";
}

/// The same question, asked of one picture.
bool meets(const Filter& filter, const Picture& p, const std::string& root_path) {
  const auto any = [](const auto& wanted, const auto& test) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), test);
  };
  const image::PictureDetails d = p.details.value_or(image::PictureDetails());
  if (!any(filter.folders, [&](const auto& f) { return (root_path + '/' + p.name.native()).starts_with(f + '/'); }))
    return false;
  if (filter.from_ms && time_ms(p) < *filter.from_ms) return false;
  if (filter.before_ms && time_ms(p) >= *filter.before_ms) return false;
  if (!any(filter.cameras, [&](const auto& c) { return d.camera.find(c) != std::string::npos; })) return false;
  if (!any(filter.formats, [&](const auto& f) { return p.format == f; })) return false;
  if (filter.min_width && p.width < *filter.min_width) return false;
  if (filter.max_height && p.height > *filter.max_height) return false;
  if (!filter.near) return true;
  if (!d.latitude) return false;
  // The chord between two points of the unit sphere.
  const auto point = [](double latitude, double longitude) {
    const double a = latitude * std::numbers::pi / 180, b = longitude * std::numbers::pi / 180;
    return std::array{std::cos(a) * std::cos(b), std::cos(a) * std::sin(b), std::sin(a)};
  };
  const auto x = point(filter.near->latitude, filter.near->longitude), y = point(*d.latitude, *d.longitude);
  const double chord = std::sqrt(std::pow(x[0] - y[0], 2) + std::pow(x[1] - y[1], 2) + std::pow(x[2] - y[2], 2));
  return 2 * 6371.0088 * std::asin(chord / 2) <= filter.near->radius_km;
}

TEST_F(Matching, RandomFiltersEqualThePlainTwin) {
  std::mt19937 random(11);
  const auto pick = [&](auto... values) {
    const std::array all{values...};
    return all[random() % all.size()];
  };
  for (int i = 0; i < 400; ++i) {
    auto facts =
        test_facts(pick(photos, trips), fmt::format("{}/{}/{}.jpg", pick("a", "b", "ab"), pick("x", "y"), i), 1);
    facts.stamp.mtime_ns = static_cast<std::int64_t>(random() % 20) * kDay * 1'000'000;
    facts.format = pick("jpeg", "jpeg", "png", "gif");
    facts.width = pick(100, 300, 1000);
    facts.height = pick(100, 310, 1000);
    if (random() % 4 != 0) {
      image::PictureDetails details{.camera = pick("", "Canon A", "Canon B", "Nikon")};
      if (random() % 2 != 0) details.taken_at_ms = static_cast<std::int64_t>(random() % 20) * kDay;
      if (random() % 2 != 0) {
        details.latitude = static_cast<double>(random() % 120) - 60;
        details.longitude = static_cast<double>(random() % 360) - 180;
      }
      facts.details = details;
    }
    put(facts);
  }
  const auto all = library->newest(1000, 0).value();
  std::size_t most = 0, nothing = 0;
  for (int round = 0; round < 300; ++round) {
    Filter f;
    if (random() % 3 == 0)
      f.folders = {(temp.path() / pick("photos", "archive/trips", "photos/a", "photos/ab/x", "archive")).native()};
    if (random() % 3 == 0) f.from_ms = static_cast<std::int64_t>(random() % 20) * kDay;
    if (random() % 3 == 0) f.before_ms = static_cast<std::int64_t>(random() % 20) * kDay;
    if (random() % 4 == 0) f.cameras = {pick("Canon", "Nikon", "Canon B")};
    if (random() % 4 == 0) f.formats = {pick("jpeg", "png"), pick("gif", "bmp")};
    if (random() % 4 == 0) f.min_width = pick(200, 1000);
    if (random() % 4 == 0) f.max_height = pick(99, 310, 500);
    if (random() % 4 == 0)
      f.near = Near{static_cast<double>(pick(-60, 0, 40)), static_cast<double>(pick(-179, 0, 90)),
                    static_cast<double>(pick(500, 5000, 20'000))};
    std::vector<ImageId> expected;
    for (const Picture& picture : all) {
      const std::string path = picture.path.native();
      if (meets(f, picture, path.substr(0, path.size() - picture.name.native().size() - 1)))
        expected.push_back(picture.id);
    }
    std::ranges::sort(expected);
    ASSERT_EQ(match(f), expected) << round;
    most = std::max(most, f.empty() ? 0 : expected.size());
    nothing += expected.empty() ? 1 : 0;
  }
  EXPECT_GT(most, 200u) << "no loose filter was tried";
  EXPECT_GT(nothing, 10u) << "no tight filter was tried";
}

TEST_F(Matching, NewestOfThemComeInPages) {
  std::vector<ImageId> ids;
  for (int day : {3, 1, 2}) ids.push_back(put(fmt::format("{}.jpg", day), {.taken_at_ms = day * kDay, .camera = "C"}));
  put("other.jpg", {.taken_at_ms = 9 * kDay});
  const Filter filter{.cameras = {"c"}};
  const auto page = [&](TimeOrder order, std::int64_t limit, std::int64_t offset) {
    std::vector<ImageId> all;
    const auto newest = library->newest_of(filter, order, limit, offset).value();
    EXPECT_EQ(newest.total, 3);
    for (const auto& picture : newest.pictures) all.push_back(picture.id);
    return all;
  };
  EXPECT_THAT(page(TimeOrder::kTaken, 2, 0), ElementsAre(ids[0], ids[2]));
  EXPECT_THAT(page(TimeOrder::kTaken, 2, 2), ElementsAre(ids[1]));
  EXPECT_THAT(page(TimeOrder::kTaken, 2, 20), IsEmpty());
  EXPECT_THAT(page(TimeOrder::kFile, 9, 0), ElementsAre(ids[2], ids[1], ids[0])) << "equal times: latest row first";
  EXPECT_EQ(library->newest_of({}, TimeOrder::kTaken, 1, 0)->total, 4);
  EXPECT_EQ(library->newest_of({}, TimeOrder::kFile, 1, 0)->total, 4);
}

TEST_F(Matching, FacetsCountWhatThereIs) {
  put("trips/vienna/a.jpg", {.taken_at_ms = 1'685'620'800'000, .camera = "Canon", .latitude = 1, .longitude = 2});
  put("trips/b.jpg", {.taken_at_ms = 1'685'620'800'000, .camera = "Canon", .lens = "50mm"});
  put("c.jpg", {.taken_at_ms = 1'685'620'800'000 - 40 * kDay, .camera = "Nikon"});
  const ImageId last = put(test_facts(trips, "a/b/c/d/e.jpg", 1));
  caption(last, "words");
  const Facets facets = library->facets().value();
  EXPECT_EQ(facets.pictures, 4);
  EXPECT_THAT(facets.months, ElementsAre(FacetCount{"2023-06", 2}, FacetCount{"2023-04", 1}, FacetCount{"1970-01", 1}));
  EXPECT_THAT(facets.cameras, ElementsAre(FacetCount{"Canon", 2}, FacetCount{"Nikon", 1}));
  EXPECT_THAT(facets.lenses, ElementsAre(FacetCount{"50mm", 1}));
  EXPECT_THAT(facets.formats, ElementsAre(FacetCount{"jpeg", 4}));
  EXPECT_THAT(facets.folders,
              ElementsAre(FacetCount{"photos", 3}, FacetCount{"photos/trips", 2}, FacetCount{"photos/trips/vienna", 1},
                          FacetCount{"trips", 1}, FacetCount{"trips/a", 1}, FacetCount{"trips/a/b", 1},
                          FacetCount{"trips/a/b/c", 1}));
  EXPECT_EQ(facets.placed, 1);
  EXPECT_EQ(facets.captioned, 1);
  for (const auto& folder : facets.folders) {
    EXPECT_GE(match({.folders = {folder.value}}).size(), static_cast<std::size_t>(folder.pictures)) << folder.value;
  }
}

}  // namespace
}  // namespace glimpse::library
