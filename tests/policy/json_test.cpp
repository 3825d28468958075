#include "policy/json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace locket::policy {
namespace {

constexpr JsonLimits limits{.bytes_max = 100'000, .depth_max = 32, .values_max = 10'000};

bool accepts(std::string_view text) { return parse_json(text, limits).has_value(); }

TEST(Json, GivesEveryKindOfValueInTheOrderOfTheText) {
  const auto document = parse_json(
      R"({"n":null,"t":true,"i":-7,"d":2.5,"s":"a\u00e9\n\ud83d\ude00","a":[1,[2],{}],"o":{"k":"v"}})", limits);
  ASSERT_TRUE(document) << document.error().detail;
  const JsonValue root = document->root();
  EXPECT_EQ(root.size(), 7U);
  EXPECT_EQ(root.find("n").kind(), JsonKind::null);
  EXPECT_EQ(root.find("t").boolean(), true);
  EXPECT_EQ(root.find("i").integer(), -7);
  EXPECT_EQ(root.find("i").number(), -7.0);
  EXPECT_EQ(root.find("d").number(), 2.5);
  EXPECT_FALSE(root.find("d").integer());
  EXPECT_EQ(root.find("s").string(), "a\xC3\xA9\n\xF0\x9F\x98\x80");
  EXPECT_EQ(root.find("a").size(), 3U);
  EXPECT_EQ(root.find("o").find("k").string(), "v");
  EXPECT_FALSE(root.find("missing"));
  EXPECT_FALSE(root.find("a").find("k"));
  std::string keys;
  for (const JsonValue member : root) keys += member.key();
  EXPECT_EQ(keys, "ntidsao");
  std::vector<JsonKind> kinds;
  for (const JsonValue element : root.find("a")) {
    kinds.push_back(element.kind());
    EXPECT_EQ(element.key(), "");
  }
  EXPECT_EQ(kinds, (std::vector{JsonKind::integer, JsonKind::array, JsonKind::object}));
  for (const JsonValue none : root.find("i")) ADD_FAILURE() << none.size();
}

TEST(Json, AnAbsentValueGivesNothing) {
  const auto document = parse_json("{}", limits);
  ASSERT_TRUE(document);
  const JsonValue absent = document->root().find("a").find("b");
  EXPECT_FALSE(absent);
  EXPECT_EQ(absent.kind(), JsonKind::absent);
  EXPECT_FALSE(absent.string() || absent.integer() || absent.number() || absent.boolean());
  EXPECT_EQ(absent.size(), 0U);
  EXPECT_EQ(absent.key(), "");
  for (const JsonValue none : absent) ADD_FAILURE() << none.size();
}

TEST(Json, AWrongKindIsNothing) {
  const auto document = parse_json(R"(["1",1,true,null])", limits);
  ASSERT_TRUE(document);
  auto at = document->root().begin();
  EXPECT_FALSE((*at).integer());
  EXPECT_FALSE((*at).number());
  EXPECT_FALSE((*at).boolean());
  ++at;
  EXPECT_FALSE((*at).string());
  EXPECT_FALSE((*at).boolean());
  EXPECT_EQ((*at).size(), 0U);
}

TEST(Json, RefusesWhatTheGrammarDoesNotAllow) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[1,]",
                                      "[,1]",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "[1 2]",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "0x1",
                                      "1e",
                                      "NaN",
                                      "Infinity",
                                      "-",
                                      "tru",
                                      "True",
                                      "nul",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\t\"",
                                      "\"\n\"",
                                      "\"",
                                      "// c\n1",
                                      "/*c*/1",
                                      "[1]]",
                                      "1 1",
                                      "{} {}",
                                      "{}x",
                                      "\v1",
                                      "\xC2\xA0"
                                      "1"}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

TEST(Json, RefusesAByteOrderMarkAndANulAnywhere) {
  EXPECT_FALSE(accepts("\xEF\xBB\xBF{}"));
  using namespace std::string_view_literals;
  EXPECT_FALSE(accepts("{}\0"sv));
  EXPECT_FALSE(accepts("{}\0garbage"sv));
  EXPECT_FALSE(accepts("\0{}"sv));
  EXPECT_FALSE(accepts("\"a\0b\""sv));
  EXPECT_EQ(parse_json(R"("a\u0000b")", limits)->root().string(), "a\0b"sv);
}

TEST(Json, RefusesIllFormedUnicode) {
  for (const std::string_view text : {"\"\x80\"", "\"\xC0\xAF\"", "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"",
                                      "\"\xF4\x90\x80\x80\"", "\"\xF8\x88\x80\x80\x80\"", "\"\xC3\"", "\"\xFF\"",
                                      R"("\ud800")", R"("\ud800x")", R"("\udc00")", R"("\ud800\u0041")"}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

TEST(Json, RefusesAKeyThatStandsTwiceAlsoWhenWrittenOtherwise) {
  EXPECT_FALSE(accepts(R"({"a":1,"a":1})"));
  EXPECT_FALSE(accepts(R"({"a":1,"b":2,"\u0061":1})"));
  EXPECT_FALSE(accepts(R"([{"x":{"":1,"":2}}])"));
  EXPECT_TRUE(accepts(R"({"a":{"a":{"a":1}},"A":1})"));
}

TEST(Json, RefusesADuplicateAmongManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 1'000; ++i) text += "\"k" + std::to_string(i) + "\":[{}],";
  EXPECT_TRUE(accepts(text + "\"last\":1}"));
  EXPECT_FALSE(accepts(text + "\"k500\":1}"));
}

TEST(Json, KeepsNumbersExactOrRefusesThem) {
  EXPECT_EQ(parse_json("9223372036854775807", limits)->root().integer(), INT64_MAX);
  EXPECT_EQ(parse_json("-9223372036854775808", limits)->root().integer(), INT64_MIN);
  EXPECT_FALSE(accepts("9223372036854775808"));
  EXPECT_FALSE(accepts("-9223372036854775809"));
  EXPECT_FALSE(accepts("18446744073709551616"));
  EXPECT_FALSE(accepts("1e400"));
  EXPECT_FALSE(accepts("-1e400"));
  EXPECT_TRUE(accepts("1e-400"));
  EXPECT_EQ(parse_json("1e3", limits)->root().number(), 1000.0);
}

TEST(Json, KeepsItsLimitsToTheByteTheLevelAndTheValue) {
  const auto with = [](std::string_view text, JsonLimits tight) { return parse_json(text, tight).has_value(); };
  EXPECT_TRUE(with("[[1]]", {.bytes_max = 5, .depth_max = 2, .values_max = 3}));
  EXPECT_FALSE(with("[[1]]", {.bytes_max = 4, .depth_max = 2, .values_max = 3}));
  EXPECT_FALSE(with("[[1]]", {.bytes_max = 5, .depth_max = 1, .values_max = 3}));
  EXPECT_FALSE(with("[[1]]", {.bytes_max = 5, .depth_max = 2, .values_max = 2}));
  EXPECT_TRUE(with("7", {.bytes_max = 1, .depth_max = 0, .values_max = 1}));
}

TEST(Json, CountsAValueOfEveryKind) {
  for (const std::string_view text :
       {"[null]", "[true]", "[1]", "[-1]", "[1.5]", R"(["a"])", "[[]]", "[{}]", R"({"a":1})", R"({"a":"b"})"}) {
    JsonLimits tight{.bytes_max = 100, .depth_max = 2, .values_max = 2};
    EXPECT_TRUE(parse_json(text, tight)) << text;
    tight.values_max = 1;
    const auto refused = parse_json(text, tight);
    ASSERT_FALSE(refused) << text;
    EXPECT_TRUE(refused.error().detail.starts_with("too many values")) << refused.error().detail;
  }
}

TEST(Json, StopsAtTheDepthLimitHoweverDeepTheTextGoes) {
  const std::string deep(50'000, '[');
  const auto document = parse_json(deep, limits);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Code::json_invalid);
  EXPECT_EQ(document.error().detail, "nested too deeply at byte 33");
}

TEST(Json, NeverRepeatsTheTextInAnError) {
  for (const std::string_view text : {R"({"canary":1,"canary":2})", R"({"canary" canary})", R"("canary)", "canary"}) {
    const auto document = parse_json(text, limits);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().detail.find("canary"), std::string::npos) << document.error().detail;
    EXPECT_NE(document.error().detail.find(" at byte "), std::string::npos) << document.error().detail;
  }
}

}  // namespace
}  // namespace locket::policy
