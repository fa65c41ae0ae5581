#include "library/glob.h"

#include <gtest/gtest.h>

#include <random>

#include "library/path_rules.h"
#include "library/raw_names.h"
#include "library/scan_part.h"

namespace glimpse::library {
namespace {

struct Case {
  const char* pattern;
  const char* name;
  bool file;       // whether it matches a file of this name
  bool directory;  // and a directory
};

TEST(Glob, ReadsPatternsAsGitignoreDoes) {
  constexpr Case kCases[] = {
      {"*.png", "a.png", true, true},
      {"*.png", "deep/down/a.png", true, true},
      {"*.png", "a.png/b.jpg", false, false},
      {"*.png", "a.PNG", false, false},
      {"?.png", "a.png", true, true},
      {"?.png", "ab.png", false, false},
      {"drafts", "x/drafts", true, true},
      {"drafts", "x/drafts2", false, false},
      {"/drafts", "drafts", true, true},
      {"/drafts", "x/drafts", false, false},
      {"old/", "old", false, true},
      {"old/", "x/old", false, true},
      {"/old/", "x/old", false, false},
      {"2019/*.jpg", "2019/a.jpg", true, true},
      {"2019/*.jpg", "2019/b/a.jpg", false, false},
      {"2019/*.jpg", "x/2019/a.jpg", false, false},
      {"2019/**", "2019/a", true, true},
      {"2019/**", "2019/a/b/c.jpg", true, true},
      {"2019/**", "2019", false, false},
      {"**/raw", "raw", true, true},
      {"**/raw", "a/b/raw", true, true},
      {"a/**/b", "a/b", true, true},
      {"a/**/b", "a/x/y/b", true, true},
      {"a/**/b", "ax/b", false, false},
      {"a/**/b/**/c", "a/b/b/x/c", true, true},
      {"[a-c]x", "bx", true, true},
      {"[a-c]x", "dx", false, false},
      {"[!a-c]x", "dx", true, true},
      {"[]]x", "]x", true, true},
      {"[a\\]]x", "]x", true, true},
      {"\\*", "*", true, true},
      {"\\*", "a", false, false},
      {"a*b*c", "aXbYbZc", true, true},
      {"a*b*c", "aXc", false, false},
      {"caf\xe9*", "caf\xe9.jpg", true, true},
  };
  for (const Case& c : kCases) {
    const auto glob = Glob::parse(c.pattern);
    ASSERT_TRUE(glob) << glob.error().message();
    EXPECT_EQ(glob->matches(c.name, false), c.file) << c.pattern << " and file " << c.name;
    EXPECT_EQ(glob->matches(c.name, true), c.directory) << c.pattern << " and directory " << c.name;
  }
}

TEST(Glob, RefusesWhatIsNoPattern) {
  for (const std::string& pattern : {std::string(), std::string("/"), std::string("//"), std::string("[a"),
                                     std::string("a\\"), std::string("[a/b]"), std::string(5000, 'a')}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Glob, AnyBytesMatchOrNotInReasonableTime) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  constexpr std::string_view kAlphabet = "ab*?[]!^-\\/.\xff";
  const auto text = [&](std::size_t length) {
    std::string bytes;
    while (bytes.size() < length) bytes += kAlphabet[random() % kAlphabet.size()];
    return bytes;
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto glob = Glob::parse(text(1 + random() % 12));
    if (glob) (void)glob->matches(text(random() % 20), i % 2 == 0);
  }
  std::string stars;  // exponential for a matcher that tries everything
  for (int i = 0; i < 200; ++i) stars += "*a";
  EXPECT_FALSE(Glob::parse(stars + "b")->matches(std::string(4000, 'a'), false));
}

PathRules rules(const RootRules& given) { return PathRules::compile(given).value(); }

TEST(PathRules, ExcludedDirectoriesHideAllBelow) {
  const auto excluding = rules({.exclude = {"old/", "*.png"}});
  EXPECT_TRUE(excluding.reaches("a/b.jpg"));
  EXPECT_FALSE(excluding.reaches("a/b.png"));
  EXPECT_FALSE(excluding.reaches("a/old/c/b.jpg"));
  EXPECT_TRUE(excluding.reaches("a/old"));  // a file of that name
  EXPECT_EQ(excluding.stopped_at("a/old/c"), "a/old");
  EXPECT_EQ(excluding.stopped_at("a/new"), "");
}

TEST(PathRules, WithIncludesOnlyTheyAreTaken) {
  const auto including = rules({.include = {"*.jpg", "/best/"}, .exclude = {"x*.jpg"}});
  EXPECT_TRUE(including.reaches("a/b.jpg"));
  EXPECT_FALSE(including.reaches("a/b.png"));
  EXPECT_TRUE(including.reaches("best/deep/b.png"));
  EXPECT_FALSE(including.reaches("best/x.jpg"));  // excluding goes first
}

TEST(PathRules, HiddenNamesAreTakenByChoiceButNotThoseOfTools) {
  const auto usual = rules({});
  const auto hidden = rules({.hidden = true});
  EXPECT_FALSE(usual.reaches(".private/a.jpg"));
  EXPECT_TRUE(hidden.reaches(".private/a.jpg"));
  EXPECT_TRUE(hidden.reaches(".a.jpg"));
  for (const char* name : {".git/a.jpg", ".thumbnails/a.jpg", ".Trash-1000/a.jpg", "._a.jpg", "@eaDir/a.jpg",
                           "x/lost+found/a.jpg", "Catalog Previews.lrdata/a.jpg", "node_modules/a.jpg"}) {
    EXPECT_FALSE(hidden.reaches(name)) << name;
    EXPECT_FALSE(usual.reaches(name)) << name;
  }
}

TEST(ScanPart, AFlatPartHoldsItsOwnFilesOnly) {
  const ScanPart flat{.inside = "a", .flat = true};
  EXPECT_TRUE(flat.contains("a/x.jpg"));
  EXPECT_FALSE(flat.contains("a/b/x.jpg"));
  EXPECT_FALSE(flat.contains("ab/x.jpg"));
  const ScanPart top{.inside = "", .flat = true};
  EXPECT_TRUE(top.contains("x.jpg"));
  EXPECT_FALSE(top.contains("a/x.jpg"));
  EXPECT_TRUE((ScanPart{.inside = "a"}).contains("a/b/x.jpg"));
}

TEST(ScanPart, PartsWithinOthersAreDropped) {
  const auto parts = reduced({{.inside = "b", .flat = true},
                              {.inside = "a/c"},
                              {.inside = "a", .flat = false},
                              {.inside = "a!", .flat = true},
                              {.inside = "b", .flat = true},
                              {.inside = "a/d", .flat = true},
                              {.inside = "b/c", .flat = true}});
  const std::vector<ScanPart> expected = {
      {.inside = "a"}, {.inside = "a!", .flat = true}, {.inside = "b", .flat = true}, {.inside = "b/c", .flat = true}};
  EXPECT_EQ(parts, expected);
}

TEST(RawNames, AreKnownInAnyCaseAndPairedWithTheirPicture) {
  for (const char* name : {"a.CR2", "a.nef", "A.Dng", "x.y.ARW", "a.raf"}) EXPECT_TRUE(has_raw_extension(name)) << name;
  for (const char* name : {"a.jpg", ".nef", "nef", "a.tif", ""}) EXPECT_FALSE(has_raw_extension(name)) << name;
  FinishedPictures finished;
  finished.add("IMG_1.JPG");
  finished.add("img_2.heic");
  finished.add("img_3.png");
  EXPECT_TRUE(finished.show("img_1.cr2"));
  EXPECT_TRUE(finished.show("IMG_2.DNG"));
  EXPECT_FALSE(finished.show("img_3.nef"));
  EXPECT_FALSE(finished.show("img_1.png"));
}

}  // namespace
}  // namespace glimpse::library
