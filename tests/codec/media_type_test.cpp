#include <gtest/gtest.h>

#include "locket/picture.hpp"

namespace locket {
namespace {

TEST(MediaType, IsToldByTheFirstBytesOnly) {
  EXPECT_EQ(sniff_media_type(as_bytes("\x89PNG\r\n\x1a\n....")), MediaType::png);
  EXPECT_EQ(sniff_media_type(as_bytes("\xff\xd8\xff\xe0")), MediaType::jpeg);
  EXPECT_EQ(sniff_media_type(as_bytes("\x89PNG\r\n\x1a")), std::nullopt);
  EXPECT_EQ(sniff_media_type(as_bytes("\xff\xd8")), std::nullopt);
  EXPECT_EQ(sniff_media_type(as_bytes("GIF89a")), std::nullopt);
  EXPECT_EQ(sniff_media_type({}), std::nullopt);
}

}  // namespace
}  // namespace locket
