#include "library/scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/temp_directory.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

struct ScannerTest : testing::Test {
  TempDirectory temp;
  fs::path root = temp.path() / "root";
  ScanOptions options;
  ScanReport report;

  ScannerTest() {
    fs::create_directory(root);
    options.wanted = [](const fs::path& name) { return name.extension() == ".jpg"; };
  }

  void file(const fs::path& name, const std::string& text = "x") {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }

  std::vector<std::string> names() {
    std::vector<std::string> found;
    auto result = scan(root, options, [&](FoundFile f) { found.push_back(f.name.native()); });
    EXPECT_TRUE(result) << result.error().message();
    if (result) report = *std::move(result);
    return found;
  }

  std::vector<std::pair<std::string, std::string>> failures() const {
    std::vector<std::pair<std::string, std::string>> list;
    for (const auto& failure : report.failures) list.emplace_back(failure.name.native(), failure.reason);
    return list;
  }
};

TEST_F(ScannerTest, FindsWantedFilesInNameOrderWithTheirStamps) {
  file("b/2.jpg");
  file("b/1.jpg");
  file("a.jpg", "four");
  file("b/notes.txt");
  EXPECT_THAT(names(), ElementsAre("a.jpg", "b/1.jpg", "b/2.jpg"));
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(report.directories, 2u);
  std::vector<FoundFile> found;
  ASSERT_TRUE(scan(root, options, [&](FoundFile f) { found.push_back(std::move(f)); }));
  EXPECT_EQ(found[0].stamp, stamp_of(root / "a.jpg").value());
  EXPECT_EQ(found[0].stamp.size_bytes, 4u);
}

TEST_F(ScannerTest, EmptyRootIsNoError) { EXPECT_THAT(names(), IsEmpty()); }

TEST_F(ScannerTest, MissingRootIsAnError) {
  const auto result = scan(temp.path() / "none", options, [](FoundFile) {});
  EXPECT_EQ(result.error().code(), ErrorCode::kNotFound);
}

TEST_F(ScannerTest, PassesOverWhatIsNoUsersPicture) {
  for (const char* name : {".hidden.jpg", "._a.jpg", ".git/a.jpg", "@eaDir/a.jpg", "node_modules/a.jpg",
                           "System Volume Information/a.jpg", "x/.thumbs/a.jpg"}) {
    file(name);
  }
  file("quiet/.nomedia");
  file("quiet/a.jpg");
  file("quiet/below/a.jpg");
  file(".nomedia");  // the user named the start: it counts
  file("kept.jpg");
  EXPECT_THAT(names(), ElementsAre("kept.jpg"));
}

TEST_F(ScannerTest, KeepsNamesThatAreNotUtf8) {
  file("caf\xe9/\xff\xfe.jpg");
  EXPECT_THAT(names(), ElementsAre("caf\xe9/\xff\xfe.jpg"));
}

TEST_F(ScannerTest, ReportsSpecialFilesWithoutOpeningThem) {
  ASSERT_EQ(::mkfifo((root / "pipe.jpg").c_str(), 0600), 0);  // opening it to read would wait for ever
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe.jpg", root / "link.jpg");
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(failures(), UnorderedElementsAre(Pair("pipe.jpg", "special_file"), Pair("link.jpg", "special_file")));
}

TEST_F(ScannerTest, FollowsLinksToFilesAndReportsBrokenOnes) {
  std::ofstream(temp.path() / "outside.dat") << "12345";
  fs::create_symlink(temp.path() / "outside.dat", root / "a.jpg");
  fs::create_symlink("nothing", root / "b.jpg");
  fs::create_symlink("c.jpg", root / "c.jpg");
  fs::create_symlink("loop", root / "loop");
  EXPECT_THAT(names(), ElementsAre("a.jpg"));
  EXPECT_THAT(failures(), UnorderedElementsAre(Pair("b.jpg", "dangling_symlink"), Pair("c.jpg", "symlink_loop"),
                                               Pair("loop", "symlink_loop")));
}

TEST_F(ScannerTest, ReadsEachDirectoryOnceWhateverLinksLeadToIt) {
  file("real/deep/a.jpg");
  fs::create_directory(temp.path() / "elsewhere");
  std::ofstream(temp.path() / "elsewhere" / "b.jpg") << "x";
  fs::create_directory_symlink("real", root / "a_link");                       // sorts before "real"
  fs::create_directory_symlink("..", root / "real" / "up");                    // to the root: a loop
  fs::create_directory_symlink("/", root / "slash");                           // above the root: a loop
  fs::create_directory_symlink(temp.path() / "elsewhere", root / "outside1");  // twice the same
  fs::create_directory_symlink(temp.path() / "elsewhere", root / "outside2");
  fs::create_directory_symlink(temp.path() / "elsewhere", temp.path() / "elsewhere" / "self");
  const auto found = names();
  EXPECT_EQ(std::count(found.begin(), found.end(), "real/deep/a.jpg"), 1);
  EXPECT_EQ(found.size(), 2u);
  std::vector<std::string> loops;
  for (const auto& [name, reason] : failures()) loops.push_back(reason);
  EXPECT_THAT(loops, ElementsAre("symlink_loop", "symlink_loop", "symlink_loop"));
}

TEST_F(ScannerTest, LeavesOtherRootsToTheirOwnScan) {
  file("a.jpg");
  file("inner/b.jpg");
  options.other_roots = {root / "inner", root};  // itself does not count
  EXPECT_THAT(names(), ElementsAre("a.jpg"));
}

TEST_F(ScannerTest, ScansOnlyInside) {
  file("a.jpg");
  file("inner/b.jpg");
  options.part.inside = "inner";
  EXPECT_THAT(names(), ElementsAre("inner/b.jpg"));
}

TEST_F(ScannerTest, GoesOnPastAnUnreadableDirectory) {
  file("a.jpg");
  file("closed/b.jpg");
  file("z.jpg");
  fs::permissions(root / "closed", fs::perms::none);
  const uid_t user = ::geteuid();
  // The superuser may read everything: look with another user's eyes.
  fs::permissions(temp.path(), fs::perms::all);
  ASSERT_EQ(user == 0 ? ::seteuid(65534) : 0, 0);
  const auto found = names();
  ASSERT_EQ(user == 0 ? ::seteuid(user) : 0, 0);
  fs::permissions(root / "closed", fs::perms::owner_all);
  EXPECT_THAT(found, ElementsAre("a.jpg", "z.jpg"));
  EXPECT_THAT(failures(), ElementsAre(Pair("closed", "unreadable_directory")));
  EXPECT_TRUE(report.failures[0].directory);
}

TEST_F(ScannerTest, DeepPathIsAFailureNotTheEnd) {
  // Made step by step, as the whole path is longer than the system accepts in one call.
  const fs::path before = fs::current_path();
  fs::current_path(root);
  for (int i = 0; i < 30; ++i) {
    fs::create_directory(std::string(200, 'd'));
    fs::current_path(std::string(200, 'd'));
  }
  fs::current_path(before);
  file("z.jpg");
  EXPECT_THAT(names(), ElementsAre("z.jpg"));
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].reason, "name_too_long");
}

TEST_F(ScannerTest, StopsWhenCancelled) {
  CancelToken cancel;
  cancel.cancel();
  options.cancel = &cancel;
  EXPECT_EQ(scan(root, options, [](FoundFile) {}).error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace glimpse::library
