#include "base/sha1.h"

#include <gtest/gtest.h>

namespace glimpse {
namespace {

// FIPS 180-4's examples, and lengths around a block, worked out with sha1sum.
TEST(Sha1, EqualsTheStandardsExamples) {
  EXPECT_EQ(sha1(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1, PiecesMakeNoDifference) {
  const std::string text(200, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha1 pieces;
    pieces.add(std::string_view(text).substr(0, cut));
    pieces.add(std::string_view(text).substr(cut));
    ASSERT_EQ(pieces.finish(), sha1(text)) << cut;
  }
}

}  // namespace
}  // namespace glimpse
