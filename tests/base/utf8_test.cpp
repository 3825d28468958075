#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace locket {
namespace {

TEST(Utf8, WellFormedTextIsWhatTheStandardSays) {
  for (const char* text : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_FALSE(is_utf8(std::string(text) + "\xFF")) << text;
    EXPECT_FALSE(is_utf8("a\x80" + std::string(text))) << text;
  }
}

TEST(Utf8, ACharacterHasItsCodePointAndItsBytes) {
  const auto snowman = first_character("\xE2\x98\x83 and more");
  ASSERT_TRUE(snowman);
  EXPECT_EQ(snowman->code_point, 0x2603U);
  EXPECT_EQ(snowman->bytes, 3U);
  EXPECT_FALSE(first_character("\x98\x83"));
}

TEST(Utf8, ControlsAreC0DelAndC1) {
  for (const std::uint32_t point : {0x00U, 0x1FU, 0x7FU, 0x80U, 0x9FU}) EXPECT_TRUE(is_control(point)) << point;
  for (const std::uint32_t point : {0x20U, 0x7EU, 0xA0U, 0x2028U}) EXPECT_FALSE(is_control(point)) << point;
}

}  // namespace
}  // namespace locket
