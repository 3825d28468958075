#include "policy/base64url.hpp"

#include <gtest/gtest.h>

#include <random>

namespace locket::policy {
namespace {

// RFC 4648 section 10, without padding.
TEST(Base64url, GivesThePublishedTexts) {
  for (const auto& [bytes, text] :
       {std::pair{"", ""}, std::pair{"f", "Zg"}, std::pair{"fo", "Zm8"}, std::pair{"foo", "Zm9v"},
        std::pair{"foob", "Zm9vYg"}, std::pair{"fooba", "Zm9vYmE"}, std::pair{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(encode_base64url(as_bytes(bytes)), text);
    const auto parsed = Base64url::parse(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->decode(), bytes);
    EXPECT_EQ(parsed->decoded_bytes(), std::string_view(bytes).size());
  }
  EXPECT_EQ(encode_base64url(as_bytes("\xFB\xFF\xFE")), "-__-");
}

TEST(Base64url, RefusesWhatIsNotCanonical) {
  for (const std::string_view text : {"Zg==", "Zm8=", "Zg=", "Z", "Zm9vY", "Zm 8", "Zm8\n", " Zm8", "Zm9+", "Zm9/",
                                      "Zm9*", "Zh", "Zm9", "Zi", "Zj"}) {
    EXPECT_FALSE(Base64url::parse(text)) << text;
  }
}

TEST(Base64url, TakesExactlyTheLettersOfItsAlphabet) {
  int taken = 0;
  for (int c = 0; c < 256; ++c) {
    const std::string text{'A', 'A', 'A', static_cast<char>(c)};
    const bool letter =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    EXPECT_EQ(Base64url::parse(text).has_value(), letter) << c;
    taken += letter ? 1 : 0;
  }
  EXPECT_EQ(taken, 64);
}

TEST(Base64url, HasOneTextOnlyForAnyBytes) {
  // Of the texts of two and three letters, as many as there are one- and two-byte strings are taken.
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int two = 0;
  int three = 0;
  for (const char a : letters) {
    for (const char b : letters) {
      two += Base64url::parse(std::string{a, b}) ? 1 : 0;
      for (const char c : letters) three += Base64url::parse(std::string{a, b, c}) ? 1 : 0;
    }
  }
  EXPECT_EQ(two, 256);
  EXPECT_EQ(three, 65'536);
}

TEST(Base64url, GivesBackWhatWasEncoded) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = encode_base64url(as_bytes(bytes));
    const auto parsed = Base64url::parse(text);
    ASSERT_TRUE(parsed) << size;
    EXPECT_EQ(parsed->decode(), bytes);
    EXPECT_EQ(parsed->decoded_bytes(), size);
  }
}

}  // namespace
}  // namespace locket::policy
