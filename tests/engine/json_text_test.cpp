#include "engine/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace locket::engine {
namespace {

std::string parsed_back(std::string_view text) {
  std::string json = "\"";
  append_json_text(json, text, 1000);
  json += "\"";
  return nlohmann::json::parse(json).get<std::string>();
}

void append_utf8(std::string& text, std::uint32_t point) {
  if (point < 0x80) {
    text.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text.push_back(static_cast<char>(0xC0 | point >> 6));
    text.push_back(static_cast<char>(0x80 | (point & 63)));
  } else {
    text.push_back(static_cast<char>(0xE0 | point >> 12));
    text.push_back(static_cast<char>(0x80 | (point >> 6 & 63)));
    text.push_back(static_cast<char>(0x80 | (point & 63)));
  }
}

constexpr std::string_view replacement = "\xEF\xBF\xBD";

TEST(JsonText, EveryBmpCodePointComesBackAndSurrogatesDoNot) {
  for (std::uint32_t point = 0; point < 0x10000; ++point) {
    std::string text;
    append_utf8(text, point);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (surrogate) {
      EXPECT_EQ(parsed_back(text), std::string(replacement) + std::string(replacement) + std::string(replacement));
    } else {
      ASSERT_EQ(parsed_back(text), text) << point;
    }
  }
}

TEST(JsonText, EverySingleByteGivesValidJson) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(parsed_back(text), byte < 0x80 ? text : std::string(replacement)) << byte;
  }
}

TEST(JsonText, ALaterByteThatContinuesNothingEndsASequence) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto last = static_cast<char>(byte);
    const bool continues = (byte & 0xC0) == 0x80;
    for (const std::string& start : {std::string("\xE2\x82"), std::string("\xF0\x9F\x98")}) {
      const std::string text = start + last;
      const std::string back = parsed_back(text);
      EXPECT_EQ(back == text, continues) << byte;
      EXPECT_EQ(back.find(replacement) == std::string::npos, continues) << byte;
    }
    const std::string inner = std::string("\xF0\x9F") + last + "\x80";
    EXPECT_EQ(parsed_back(inner) == inner, continues) << byte;
  }
}

TEST(JsonText, EveryPairOfBytesGivesValidJson) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      EXPECT_NO_THROW(parsed_back(text)) << first << " " << second;
    }
  }
}

TEST(JsonText, OverlongAndCutSequencesAreReplaced) {
  EXPECT_EQ(parsed_back("\xC0\xAF").find('/'), std::string::npos);
  EXPECT_EQ(parsed_back("\xE0\x80\xAF").find('/'), std::string::npos);
  EXPECT_EQ(parsed_back("\xF4\x90\x80\x80").find('\xF4'), std::string::npos);
  EXPECT_EQ(parsed_back("a\xE2\x82"), "a" + std::string(replacement) + std::string(replacement));
  EXPECT_EQ(parsed_back("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
}

TEST(JsonText, IsCutBetweenCharacters) {
  std::string json;
  append_json_text(json, "\xC3\xA4\xC3\xB6\xC3\xBC", 2);
  EXPECT_EQ(json, "\xC3\xA4\xC3\xB6");
}

}  // namespace
}  // namespace locket::engine
