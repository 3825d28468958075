#include <gtest/gtest.h>

#include <string>

#include "locket/token.hpp"

namespace locket {
namespace {

Code refusal(std::string_view value) {
  const auto token = parse_bearer(value);
  return token ? Code::internal_error : token.error().code;
}

TEST(Bearer, TakesTheWordInEveryMixtureOfCases) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    std::string word = "bearer";
    for (std::size_t i = 0; i < word.size(); ++i) {
      if ((bits >> i & 1U) != 0) word[i] = static_cast<char>(word[i] - 0x20);
    }
    EXPECT_EQ(parse_bearer(word + " abc"), "abc") << word;
  }
}

TEST(Bearer, GivesAViewIntoTheValue) {
  const std::string value = "Bearer   a.b-c_d~e+f/g09==";
  const auto token = parse_bearer(value);
  ASSERT_TRUE(token);
  EXPECT_EQ(*token, "a.b-c_d~e+f/g09==");
  EXPECT_EQ(token->data(), value.data() + 9);
}

TEST(Bearer, TellsAMissingHeaderFromAWrongOne) {
  EXPECT_EQ(refusal(""), Code::authorization_missing);
  for (const std::string_view value : {" ",
                                       "Basic dXNlcjpwYXNz",
                                       "Bearer",
                                       "Bearer ",
                                       "Bearer   ",
                                       "Bearerabc",
                                       "Bearer\tabc",
                                       "Bearer abc def",
                                       "Bearer abc ",
                                       "Bearer abc\t",
                                       "Bearer abc,def",
                                       "Bearer abc, Bearer def",
                                       "Bearer  =",
                                       "Bearer ===",
                                       "Bearer a=b",
                                       "Bearer \"abc\"",
                                       "Bearer abc;q=1",
                                       " Bearer abc",
                                       "Bearer: abc",
                                       "Token abc",
                                       "B",
                                       "bearef abc",
                                       "Bearer abc\r\nX: y",
                                       "Bearer \xC3\xA9",
                                       "access_token=abc",
                                       "Negotiate abc",
                                       "DPoP abc",
                                       "Bearer Bearer abc"}) {
    EXPECT_EQ(refusal(value), Code::token_rejected) << value;
  }
  EXPECT_EQ(refusal(std::string_view("Bearer a\0b", 10)), Code::token_rejected);
  EXPECT_EQ(refusal(std::string_view("Bearer \0", 8)), Code::token_rejected);
}

TEST(Bearer, TakesExactlyTheCharactersOfToken68) {
  for (int c = 0; c < 256; ++c) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
    // In the middle, within a run long enough for vectors, at each place of it.
    for (std::size_t at = 0; at < 40; ++at) {
      std::string value = "Bearer " + std::string(40, 'x') + "x";
      value[7 + at] = static_cast<char>(c);
      const bool leading_blank = c == ' ' && at == 0;
      EXPECT_EQ(parse_bearer(value).has_value(), plain || leading_blank) << c << " at " << at;
    }
    EXPECT_EQ(parse_bearer("Bearer x" + std::string(1, static_cast<char>(c))).has_value(), plain || c == '=') << c;
  }
}

TEST(Bearer, RefusesATokenOverTheLimitAndTakesOneAtIt) {
  EXPECT_TRUE(parse_bearer("Bearer " + std::string(8'192, 'a')));
  EXPECT_EQ(refusal("Bearer " + std::string(8'193, 'a')), Code::token_rejected);
  EXPECT_EQ(refusal("Bearer " + std::string(16'000'000, 'a')), Code::token_rejected);
  EXPECT_TRUE(parse_bearer("Bearer abcde", 5));
  EXPECT_FALSE(parse_bearer("Bearer abcdef", 5));
}

TEST(Bearer, NeverRepeatsTheValueInAnError) {
  for (const std::string_view value : {"Basic canary", "Bearer canary canary", "Bearer can,ary", "canary"}) {
    const auto token = parse_bearer(value);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().detail.find("canary"), std::string::npos);
    EXPECT_EQ(token.error().detail.find("can,ary"), std::string::npos);
  }
}

}  // namespace
}  // namespace locket
