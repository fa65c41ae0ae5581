#include "library/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/temp_directory.h"
#include "library/follower.h"
#include "library/presence.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

bool is_jpg(const fs::path& name) { return name.extension() == ".jpg"; }

struct WatcherTest : testing::Test {
  TempDirectory temp;
  Root root{.id = {1}, .path = temp.path() / "root"};
  std::unique_ptr<Watcher> watcher = Watcher::open(is_jpg).value();

  WatcherTest() {
    fs::create_directories(root.path / "a/deep");
    fs::create_directory(root.path / "b");
    watcher->set_roots(std::span(&root, 1));
    scan_all();
    watcher->take();
  }

  void scan_all(ScanPart part = {}) {
    ScanOptions options{.wanted = is_jpg, .part = std::move(part)};
    options.on_directory = [&](const ScannedDirectory& directory) { watcher->watch(root, directory); };
    (void)scan(root.path, options, [](const FoundFile&) {});
  }

  void file(const fs::path& name) const { std::ofstream(root.path / name) << "x"; }

  /// What the kernel has noticed by now: events are queued before the call that caused them returns.
  std::vector<ScanPart> noticed() {
    EXPECT_TRUE(watcher->read(milliseconds(0)));
    const auto parts = watcher->take();
    const auto own = parts.find(root.id);
    if (own == parts.end()) return {};
    return own->second.empty() ? std::vector<ScanPart>{{}} : own->second;
  }

  static ScanPart flat(fs::path inside) { return {.inside = std::move(inside), .flat = true}; }
  static ScanPart deep(fs::path inside) { return {.inside = std::move(inside)}; }
  const ScanPart whole{};
};

TEST_F(WatcherTest, ANewRootIsDirtyAndAKnownOneIsNot) {
  const Root other{.id = {2}, .path = temp.path()};
  const Root both[] = {root, other};
  watcher->set_roots(both);
  EXPECT_THAT(watcher->take(), ElementsAre(testing::Pair(RootId{2}, IsEmpty())));
}

TEST_F(WatcherTest, FilesMakeTheirDirectoryDirtyOnce) {
  file("a/1.jpg");
  file("a/2.jpg");
  file("b/1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("a"), flat("b")));
  fs::rename(root.path / "a/1.jpg", root.path / "a/deep/1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("a"), flat("a/deep")));
  fs::remove(root.path / "b/1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("b")));
  EXPECT_THAT(noticed(), IsEmpty());
}

TEST_F(WatcherTest, OtherFilesAreOfNoInterest) {
  file("a/notes.txt");
  fs::remove(root.path / "a/notes.txt");
  EXPECT_THAT(noticed(), IsEmpty());
}

TEST_F(WatcherTest, AFileIsLookedAtWhenItIsClosed) {
  std::ofstream half(root.path / "a/half.jpg");
  half << "half" << std::flush;
  EXPECT_THAT(noticed(), IsEmpty());
  half.close();
  EXPECT_THAT(noticed(), ElementsAre(flat("a")));
}

TEST_F(WatcherTest, LinksAreCompleteWhenTheyAreMade) {
  file("a/1.jpg");
  noticed();
  fs::create_hard_link(root.path / "a/1.jpg", root.path / "b/hard.jpg");
  EXPECT_THAT(noticed(), testing::Contains(flat("b")));
  fs::create_symlink("../a/1.jpg", root.path / "b/soft.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("b")));
}

TEST_F(WatcherTest, ANewDirectoryIsDirtyWithAllBelowAndWatchedOnceScanned) {
  fs::create_directories(root.path / "new/below");
  EXPECT_THAT(noticed(), ElementsAre(deep("new")));
  scan_all(deep("new"));
  file("new/below/1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("new/below")));
}

TEST_F(WatcherTest, ARenamedDirectoryIsDirtyUnderBothNamesAndFollowed) {
  fs::rename(root.path / "a", root.path / "c");
  EXPECT_THAT(noticed(), ElementsAre(deep("a"), deep("c")));
  scan_all(deep("c"));
  noticed();
  file("c/deep/1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("c/deep")));
}

TEST_F(WatcherTest, NomediaConcernsAllBelow) {
  file("a/.nomedia");
  EXPECT_THAT(noticed(), ElementsAre(deep("a")));
  scan_all();
  noticed();
  fs::remove(root.path / "a/.nomedia");
  EXPECT_THAT(noticed(), ElementsAre(deep("a")));
}

TEST_F(WatcherTest, BeyondALinkOnlyTheWholeRootIsSure) {
  fs::create_directory(temp.path() / "outside");
  fs::create_symlink(temp.path() / "outside", root.path / "b/link");
  EXPECT_THAT(noticed(), ElementsAre(whole));
  scan_all();
  noticed();
  file("b/link/1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(whole));
  fs::remove(root.path / "b/link");
  EXPECT_THAT(noticed(), ElementsAre(whole));
}

TEST_F(WatcherTest, ALostRootIsDirtyAndAgainWhenItIsBack) {
  watcher->look_at_roots();
  EXPECT_THAT(noticed(), IsEmpty());
  fs::rename(root.path, temp.path() / "away");
  watcher->look_at_roots();
  EXPECT_THAT(noticed(), ElementsAre(whole));
  watcher->look_at_roots();
  EXPECT_THAT(noticed(), IsEmpty());
  fs::create_directory(root.path);
  watcher->look_at_roots();
  EXPECT_THAT(noticed(), ElementsAre(whole));
  scan_all();
  noticed();
  file("1.jpg");
  EXPECT_THAT(noticed(), ElementsAre(flat("")));
}

TEST_F(WatcherTest, AQueueThatRanOverMakesEveryRootDirty) {
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 100'000) GTEST_SKIP() << "fs.inotify.max_queued_events is " << limit;
  for (std::size_t i = 0; i < limit; ++i) {  // renames: two events each, that are not merged
    fs::rename(root.path / (i % 2 == 0 ? "b" : "c"), root.path / (i % 2 == 0 ? "c" : "b"));
  }
  while (watcher->overflows() == 0) {
    const auto before = watcher->stirs();
    ASSERT_TRUE(watcher->read(milliseconds(0)));
    ASSERT_NE(watcher->stirs(), before + 1) << "the queue is empty and did not run over";
  }
  EXPECT_THAT(noticed(), ElementsAre(whole));
}

TEST_F(WatcherTest, AForgottenRootIsWatchedNoMore) {
  watcher->set_roots({});
  EXPECT_EQ(watcher->watched_directories(), 0u);
  file("a/1.jpg");
  EXPECT_THAT(noticed(), IsEmpty());
}

TEST(Follower, AppliesWhatSettledAndTriesAgainWhatCouldNotBe) {
  TempDirectory temp;
  const Root root{.id = {1}, .path = temp.path()};
  const auto watcher = Watcher::open(is_jpg).value();
  CancelToken cancel;
  std::vector<PartsOfRoots> applied;
  int refused = 0;
  const FollowHooks hooks{.roots = [&] { return Result<std::vector<FollowedRoot>>({{root, {}}}); },
                          .apply = [&](const PartsOfRoots& parts) -> Result<void> {
                            if (applied.size() == 1 && refused++ == 0)
                              return Error::unavailable("somebody else is writing");
                            if (applied.empty()) {
                              watcher->watch(root, {});
                              std::ofstream(temp.path() / "1.jpg") << "x";
                            }
                            applied.push_back(parts);
                            if (applied.size() == 2) cancel.cancel();
                            return {};
                          },
                          .trouble = [](const std::string& message) { ADD_FAILURE() << message; },
                          .settled = [] {}};
  ASSERT_TRUE(follow(*watcher, {.settle = milliseconds(10)}, hooks, cancel));
  EXPECT_EQ(refused, 2);
  ASSERT_EQ(applied.size(), 2u);
  EXPECT_THAT(applied[0], ElementsAre(testing::Pair(RootId{1}, IsEmpty())));
  EXPECT_THAT(applied[1], ElementsAre(testing::Pair(RootId{1}, ElementsAre(ScanPart{.inside = "", .flat = true}))));
}

TEST(Presence, IsSeenByOthersUntilItsProcessEnds) {
  using Kind = Presence::Kind;
  TempDirectory temp;
  EXPECT_FALSE(Presence::seen(temp.path(), Kind::kFollowing));
  int ready[2], over[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(over), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto following = Presence::announce(temp.path(), Kind::kFollowing);
    char byte = following ? 'y' : 'n';
    ::close(over[1]);
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    (void)::read(over[0], &byte, 1);
    ::_exit(0);
  }
  char byte = 'n';
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  EXPECT_EQ(Presence::seen(temp.path(), Kind::kFollowing), child);
  EXPECT_FALSE(Presence::seen(temp.path(), Kind::kWaiting));
  const auto second = Presence::announce(temp.path(), Kind::kFollowing);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), testing::HasSubstr(std::to_string(child)));
  {
    const auto one = Presence::announce(temp.path(), Kind::kWaiting);
    const auto two = Presence::announce(temp.path(), Kind::kWaiting);
    EXPECT_TRUE(one && two);
    EXPECT_TRUE(Presence::seen(temp.path(), Kind::kWaiting));
  }
  EXPECT_FALSE(Presence::seen(temp.path(), Kind::kWaiting));
  ::close(over[1]);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(Presence::seen(temp.path(), Kind::kFollowing));
}

}  // namespace
}  // namespace glimpse::library
