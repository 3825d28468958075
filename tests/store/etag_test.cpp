#include <gtest/gtest.h>

#include "locket/store.hpp"

namespace locket {
namespace {

TEST(Etag, IsTheQuotedHexOfTheFirst16Bytes) {
  Sha256 digest{};
  digest[0] = 0xAB;
  digest[15] = 0x01;
  digest[16] = 0xFF;
  EXPECT_EQ(to_etag(digest), "\"ab000000000000000000000000000001\"");
}

}  // namespace
}  // namespace locket
