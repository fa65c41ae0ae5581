#include "qdrant/point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace glimpse::qdrant {
namespace {

// Source: RFC 9562, appendix A.4: version 5 of "www.example.com" in the namespace of DNS names.
TEST(Uuid, OfANameIsTheOneOfTheRfc) {
  const auto dns = parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  ASSERT_TRUE(dns);
  EXPECT_EQ(uuid_of_name(*dns, "www.example.com").text(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, IsReadWithAndWithoutHyphens) {
  const auto id = parse_uuid("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  EXPECT_EQ(parse_uuid("f81d4fae7dec11d0a76500a0c91e6bf6"), id);
  for (const char* text : {"", "1", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bf67",
                           "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765000a0c91e6bf6"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(Number, IsOneThatJavaScriptHoldsAndKeepsTheOrder) {
  std::mt19937_64 random(1);
  std::vector<PointId> ids = {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4'000'000'000}};
  for (int i = 0; i < 1000; ++i) {
    Uuid id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
    ids.emplace_back(id);
  }
  std::ranges::sort(ids);
  std::int64_t last = 0;
  for (const PointId& id : ids) {
    const auto number = number_of(id);
    ASSERT_TRUE(number);
    EXPECT_GT(*number, last);
    EXPECT_LT(*number, std::int64_t{1} << 53);
    const auto lowest = lowest_with(*number);
    ASSERT_TRUE(lowest);
    EXPECT_LE(*lowest, id);
    EXPECT_EQ(number_of(*lowest), number);
    last = *number;
  }
}

TEST(Number, NoIdHasIt) {
  EXPECT_FALSE(lowest_with(0));
  EXPECT_FALSE(lowest_with(-1));
  EXPECT_FALSE(lowest_with(std::int64_t{1} << 53));
  EXPECT_FALSE(number_of(PointId(std::uint64_t{1} << 60)));
}

}  // namespace
}  // namespace glimpse::qdrant
