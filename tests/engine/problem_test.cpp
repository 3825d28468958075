#include "engine/problem.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace locket::engine {
namespace {

std::string golden(std::string_view name) {
  const char* folder = std::getenv("LOCKET_TEST_GOLDEN");
  const auto path = std::filesystem::path(folder == nullptr ? "" : folder) / "problems" / (std::string(name) + ".txt");
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string told(const Response& response) {
  std::string text = std::to_string(response.status) + "\n";
  for (const Header& header : response.headers) text += std::string(header.name) + ": " + header.value + "\n";
  text += "\n";
  text += as_text(response.body.view());
  return text + "\n";
}

ProblemContext context_of(Code code) {
  ProblemContext context;
  context.api_name = "iModels";
  context.operation_name = "get-imodel-thumbnail";
  context.tier = "community";
  context.client_id = "client-1";
  if (code == Code::rate_limit_exceeded) context.retry_after_s = 17;
  if (code == Code::size_invalid) context.quoted = "invalidSize";
  if (code == Code::content_type_unsupported) context.quoted = "image/gif";
  const bool get = code == Code::size_invalid;
  context.operation = get ? Operation::get_thumbnail : Operation::put_thumbnail;
  return context;
}

// The enumeration has no gaps and `internal_error` stands last, so that this is every code.
TEST(Problem, OfEveryCodeIsItsGoldenFileByteForByte) {
  for (std::uint16_t value = 0; value <= static_cast<std::uint16_t>(Code::internal_error); ++value) {
    const auto code = static_cast<Code>(value);
    const std::string expected = golden(code_name(code));
    ASSERT_FALSE(expected.empty()) << "no golden file for " << code_name(code);
    EXPECT_EQ(told(to_response(code, context_of(code), Limits{})), expected) << code_name(code);
  }
}

TEST(Problem, BodiesParseAsJsonWithAnotherReader) {
  for (std::uint16_t value = 0; value <= static_cast<std::uint16_t>(Code::internal_error); ++value) {
    const Response response = to_response(static_cast<Code>(value), context_of(static_cast<Code>(value)), Limits{});
    const auto body = nlohmann::json::parse(as_text(response.body.view()));
    EXPECT_TRUE(body.at("error").at("code").is_string());
    EXPECT_TRUE(body.at("error").at("message").is_string());
    EXPECT_EQ(response.header("Content-Length"), std::to_string(response.body.size()));
  }
}

TEST(Problem, NamesTheLimitThatIsInForce) {
  Limits limits;
  limits.picture_bytes_max = 1000;
  const Response response = to_response(Code::body_too_large, {}, limits);
  EXPECT_NE(as_text(response.body.view()).find("maximum size of 1000 bytes"), std::string_view::npos);
}

TEST(Problem, QuotesTheCallersTextEscapedAndCutAt64Characters) {
  ProblemContext context;
  const std::string hostile = "\"}]\\\r\n<script>\x01\x7f" + std::string(200, 'x');
  context.quoted = hostile;
  const Response response = to_response(Code::size_invalid, context, Limits{});
  const auto body = nlohmann::json::parse(as_text(response.body.view()));
  const std::string message = body["error"]["details"][0]["message"];
  EXPECT_EQ(message,
            "'" + hostile.substr(0, 64) + "' is not a valid 'size'. Valid 'size' values are: 'small', 'large'.");
}

TEST(Problem, HeadersHoldNoByteThatCouldEndThem) {
  ProblemContext context;
  context.client_id = "evil\r\nSet-Cookie: a=b";
  context.tier = std::string_view("t\0\x7f\xc3\xa9", 5);
  const Response response = to_response(Code::rate_limit_exceeded, context, Limits{});
  EXPECT_EQ(response.header("ITwinPlatform-RateLimited-Application"), "evil??Set-Cookie: a=b");
  EXPECT_EQ(response.header("ITwinPlatform-RateLimited-Tier"), "t????");
}

// Each byte alone, and of the BMP each code point of two bytes and many of three, the surrogates as some would write
// them.
std::vector<std::string> all_characters() {
  std::vector<std::string> characters;
  for (unsigned byte = 0; byte < 256; ++byte) characters.emplace_back(1, static_cast<char>(byte));
  for (std::uint32_t point = 0x80; point < 0x10000; point += point < 0x800 ? 1 : 31) {
    std::string text;
    if (point >= 0x800) text.push_back(static_cast<char>(0xE0 | point >> 12));
    text.push_back(static_cast<char>(point >= 0x800 ? 0x80 | (point >> 6 & 63) : 0xC0 | point >> 6));
    text.push_back(static_cast<char>(0x80 | (point & 63)));
    characters.push_back(text);
  }
  return characters;
}

TEST(Problem, NoCharacterInAnyFieldBreaksABodyOrAHeader) {
  const std::vector<std::string> characters = all_characters();
  const Response plain = to_response(Code::rate_limit_exceeded, {}, Limits{});
  for (const std::string& character : characters) {
    const std::string field = "a" + character + "z";
    ProblemContext context{.operation = Operation::get_thumbnail,
                           .quoted = field,
                           .api_name = field,
                           .operation_name = field,
                           .tier = field,
                           .client_id = field,
                           .retry_after_s = 1};
    const Response limited = to_response(Code::rate_limit_exceeded, context, Limits{});
    ASSERT_EQ(as_text(limited.body.view()), as_text(plain.body.view()));
    for (const Header& header : limited.headers) {
      const bool sound = std::ranges::all_of(header.value, [](char letter) { return letter >= 0x20 && letter < 0x7F; });
      ASSERT_TRUE(sound) << header.name << ' ' << header.value;
    }
    for (const Code code : {Code::size_invalid, Code::content_type_unsupported}) {
      const Response quoting = to_response(code, context, Limits{});
      // Throws where the text is not JSON of well-formed UTF-8.
      const auto body = nlohmann::json::parse(as_text(quoting.body.view()));
      const std::string message = body["error"]["details"][0]["message"];
      ASSERT_TRUE(message.starts_with("'a") && message.substr(0, 24).find("z' is not ") != std::string::npos)
          << message;
      EXPECT_EQ(quoting.header("Content-Length"), std::to_string(quoting.body.size()));
    }
  }
}

}  // namespace
}  // namespace locket::engine
