#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace locket::crypto {
namespace {

// The one-block example of FIPS 180-4's published test vectors.
TEST(Sha256, GivesThePublishedDigestOfAbc) {
  const auto digest = sha256(as_bytes("abc"));
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[1], 0x78);
  EXPECT_EQ(digest[30], 0x15);
  EXPECT_EQ(digest[31], 0xad);
}

TEST(Sha1, GivesThePublishedDigestOfAbc) {
  const auto digest = sha1(as_bytes("abc"));
  EXPECT_EQ(digest[0], 0xa9);
  EXPECT_EQ(digest[19], 0x9d);
}

}  // namespace
}  // namespace locket::crypto
