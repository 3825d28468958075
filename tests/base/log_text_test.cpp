#include "base/log_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace locket {
namespace {

TEST(LogText, EscapesWhatDrivesATerminalOrEndsALine) {
  EXPECT_EQ(log_text("plain, \"quoted\", gr\xc3\xbcn"), "plain, \"quoted\", gr\xc3\xbcn");
  EXPECT_EQ(log_text(std::string("\0\x01\x1b[31m\r\n\t\x7f", 11)), "\\x00\\x01\\x1b[31m\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(log_text("said \xc2\x9b[31m, \xc2\xa0"), "said \\xc2\\x9b[31m, \xc2\xa0");
  EXPECT_EQ(log_text(""), "");
}

TEST(LogText, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(log_text("\xff, \xc3"), "\\xff, \\xc3");
  EXPECT_EQ(log_text("\x9b[31m"), "\\x9b[31m");
}

}  // namespace
}  // namespace locket
