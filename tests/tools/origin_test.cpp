#include "serve/origin.hpp"

#include <gtest/gtest.h>

namespace locket::tool {
namespace {

TEST(Origin, MayBeWhateverABrowserSends) {
  for (const char* text :
       {"*", "https://app.example", "http://localhost:3000", "https://app.example:8443", "http://127.0.0.1:65535",
        "http://[::1]:3000", "https://[2001:db8::1]", "http://app.example:443", "https://xn--bcher-kva.example",
        "vscode-webview://1abc-2", "app://-", "https://a_b.example:1"}) {
    EXPECT_EQ(origin_fault(text), "") << text;
  }
}

TEST(Origin, IsRefusedWhereNoBrowserWouldEverSendIt) {
  for (const char* text : {"",
                           "foo",
                           "app.example",
                           "app.example:80",
                           "https://",
                           "https:app.example",
                           "//app.example",
                           "://app.example",
                           "null",
                           "https://app.example/",
                           "https://app.example/path",
                           "https://app.example?x",
                           "https://app.example#x",
                           "https://user@app.example",
                           "HTTPS://app.example",
                           "https://App.example",
                           "https://app.example:443",
                           "http://app.example:80",
                           "https://app.example:",
                           "https://app.example:0",
                           "https://app.example:080",
                           "https://app.example:65536",
                           "https://app.example:x",
                           "https://app.example:-1",
                           "https://*",
                           "https://*.example",
                           "**",
                           "1http://app.example",
                           "ht tp://app.example",
                           "https://app example",
                           " https://app.example",
                           "https://a.example,https://b.example",
                           "http://::1",
                           "http://[::1",
                           "http://[::1]x",
                           "http://[::1]x:1",
                           "http://[]",
                           "http://[app]",
                           "https://b\xC3\xBC"
                           "cher.example",
                           "https://app.example\n"}) {
    EXPECT_NE(origin_fault(text), "") << text;
  }
}

TEST(Origin, ThatIsRefusedTellsWhatIsWanted) {
  const std::string told = origin_fault("foo");
  for (const char* part : {"scheme://host:port", "*", "https://app.example", "not foo"}) {
    EXPECT_NE(told.find(part), std::string::npos) << told;
  }
}

}  // namespace
}  // namespace locket::tool
