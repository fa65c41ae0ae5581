#include "encode/on_demand.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace glimpse::encode {
namespace {

using namespace std::chrono_literals;

class OnDemandTest : public testing::Test {
 protected:
  static OnDemand<int>::Clock::time_point later() { return OnDemand<int>::Clock::now() + 1h; }

  std::atomic<int> loads_{0};
  bool broken_ = false;
  OnDemand<int> number_{[this]() -> Result<std::unique_ptr<int>> {
    if (broken_) return Error::io("the disk is gone");
    return std::make_unique<int>(++loads_);
  }};
};

TEST_F(OnDemandTest, LoadsOnceAndAgainAfterItWasLetGoOf) {
  EXPECT_FALSE(number_.loaded());
  EXPECT_EQ(**number_.get(), 1);
  EXPECT_EQ(**number_.get(), 1);
  EXPECT_TRUE(number_.loaded());
  EXPECT_TRUE(number_.release_if_unwanted_since(later()));
  EXPECT_FALSE(number_.loaded());
  EXPECT_FALSE(number_.release_if_unwanted_since(later()));
  EXPECT_EQ(**number_.get(), 2);
}

TEST_F(OnDemandTest, StaysWhileSomebodyKeepsItOrWantedItLately) {
  auto kept = number_.get();
  EXPECT_FALSE(number_.release_if_unwanted_since(later()));
  kept->reset();
  EXPECT_FALSE(number_.release_if_unwanted_since(OnDemand<int>::Clock::now() - 1h));
  EXPECT_TRUE(number_.loaded());
  EXPECT_TRUE(number_.release_if_unwanted_since(later()));
}

TEST_F(OnDemandTest, AFailedLoadIsTriedAgain) {
  broken_ = true;
  EXPECT_EQ(number_.get().error().message(), "the disk is gone");
  EXPECT_FALSE(number_.loaded());
  broken_ = false;
  EXPECT_EQ(**number_.get(), 1);
}

TEST_F(OnDemandTest, ManyThreadsAndOneThatLetsGo) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 2000; ++n) {
        const auto number = number_.get();
        ASSERT_TRUE(number);
        ASSERT_GE(**number, 1);  // under the sanitizers: still there
      }
    });
  }
  for (int n = 0; n < 2000; ++n) number_.release_if_unwanted_since(later());
}

}  // namespace
}  // namespace glimpse::encode
