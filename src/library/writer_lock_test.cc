#include "library/writer_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "base/temp_directory.h"
#include "library/library.h"

namespace glimpse::library {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{20'000};

class WriterLockTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.path() / "lock"; }

  /// Somebody is waiting, and so first in line.
  void wait_until_somebody_waits() const {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (std::chrono::steady_clock::now() < deadline) {
      const int turn = ::open((file().native() + ".turn").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
      const bool taken = ::flock(turn, LOCK_EX | LOCK_NB) != 0;
      ::close(turn);
      if (taken) return;
      std::this_thread::yield();
    }
    FAIL() << "nobody is in line";
  }

  TempDirectory directory_;
};

TEST_F(WriterLockTest, WithoutAWaitTheHolderIsNamed) {
  const auto held = WriterLock::acquire(file());
  ASSERT_TRUE(held);
  const auto second = WriterLock::acquire(file());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message().find(std::to_string(::getpid())), std::string::npos) << second.error().message();
}

TEST_F(WriterLockTest, AWaitEndsAtItsDeadline) {
  const auto held = WriterLock::acquire(file());
  ASSERT_TRUE(held);
  EXPECT_EQ(WriterLock::acquire(file(), milliseconds(20)).error().code(), ErrorCode::kUnavailable);
}

TEST_F(WriterLockTest, WhoWaitsComesBeforeWhoGivesUpAndWantsItAgain) {
  for (int round = 0; round < 20; ++round) {
    std::optional held = WriterLock::acquire(file()).value();
    std::atomic<bool> served{false};
    auto waiter = std::async(std::launch::async, [&] {
      const auto lock = WriterLock::acquire(file(), kLong);
      served = lock.has_value();
    });
    wait_until_somebody_waits();
    held.reset();
    ASSERT_TRUE(WriterLock::acquire(file(), kLong));
    EXPECT_TRUE(served) << "round " << round;
    waiter.get();
  }
}

TEST_F(WriterLockTest, ALibraryOpensForWritingOnceTheOtherWriterHasClosedIt) {
  std::optional first = Library::open(directory_.path(), {.create = true}).value();
  EXPECT_EQ(Library::open(directory_.path()).error().code(), ErrorCode::kUnavailable);
  auto second = std::async(std::launch::async, [&] { return Library::open(directory_.path(), {.wait = kLong}); });
  wait_until_somebody_waits();
  first.reset();
  EXPECT_TRUE(second.get());
}

}  // namespace
}  // namespace glimpse::library
