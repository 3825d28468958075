#include "second_reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "described_json.hpp"
#include "policy/base64url.hpp"
#include "policy/claims.hpp"
#include "policy/json.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

// A hundred times as many where somebody asks for a long run.
// How often to try: as many times as LOCKET_READER_ROUNDS says, else a hundred times the usual in a long run.
int rounds(int usual) {
  if (const char* asked = std::getenv("LOCKET_READER_ROUNDS")) return std::atoi(asked);
  return std::getenv("LOCKET_LONG_TESTS") == nullptr ? usual : usual * 100;
}

// Changes a text at random: bytes, pieces of JSON put in, taken out, said twice.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string mutate(std::string text) {
    for (std::size_t i = below(4) + 1; i > 0; --i) change(text);
    return text;
  }

 private:
  void change(std::string& text) {
    static const std::vector<std::string> pieces{"\"",
                                                 "\\",
                                                 "{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 " ",
                                                 "\n",
                                                 "0",
                                                 "-",
                                                 "1",
                                                 ".",
                                                 "e",
                                                 "E+",
                                                 "null",
                                                 "true",
                                                 "false",
                                                 "\\u0000",
                                                 "\\u0061",
                                                 "\\ud83d",
                                                 "\\ude00",
                                                 "\\n",
                                                 "\\/",
                                                 "\x80",
                                                 "\xC3\xA9",
                                                 "\xED\xA0\x80",
                                                 "\xF0\x9F\x98\x80",
                                                 "\xFF",
                                                 "\t",
                                                 "\x1F",
                                                 "\x7F",
                                                 "\"sub\"",
                                                 "\"exp\"",
                                                 "\"a\":1",
                                                 "[[[[",
                                                 "]]]]",
                                                 "1e308",
                                                 "1e309",
                                                 "9223372036854775807",
                                                 "9223372036854775808",
                                                 "-9223372036854775808",
                                                 "18000000000",
                                                 "1800000000.5",
                                                 "\"itwin-platform\"",
                                                 "itwin-platform ",
                                                 "\xEF\xBB\xBF",
                                                 std::string(1, '\0'),
                                                 "/**/",
                                                 "//",
                                                 "'",
                                                 "NaN",
                                                 "+1",
                                                 "01",
                                                 "1.",
                                                 ".1",
                                                 "{}",
                                                 "[]",
                                                 "\"\""};
    const std::size_t at = below(text.size() + 1);
    const std::size_t bytes = std::min(text.size() - at, below(8) + 1);
    switch (below(6)) {
      case 0: text.insert(at, pieces[below(pieces.size())]); break;
      case 1: text.replace(at, bytes, pieces[below(pieces.size())]); break;
      case 2: text.erase(at, bytes); break;
      case 3: text.insert(below(text.size() + 1), text.substr(at, below(40))); break;
      case 4: text.insert(at, 1, static_cast<char>(below(256))); break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
    }
  }

  std::mt19937 random_;
};

const std::vector<std::string>& json_seeds() {
  static const std::vector<std::string> seeds{
      TokenMaker::good_claims(),
      R"({"a":[1,-2,3.5e-7,true,false,null,"x\u00e9\ud83d\ude00"],"b":{"c":{"d":[]}},"":0})",
      R"([[[[[[[[1]]]]]]]])",
      R"("\"\\\/\b\f\n\r\t\u1234")",
      "-0.0e-0",
      " \t\r\n{ \"k\" : [ ] } ",
      std::string(31, '[') + "{}" + std::string(31, ']'),
      "{\"caf\xC3\xA9\":\"\xE2\x82\xAC\",\"caf\\u00e9 \":1}"};
  return seeds;
}

TEST(SecondReader, ReadsTheSameJsonOrRefusesItAsWell) {
  Mutator mutator(20'251);
  int accepted = 0;
  const int total = rounds(40'000);
  for (int round = 0; round < total; ++round) {
    const std::string text = mutator.mutate(json_seeds()[mutator.below(json_seeds().size())]);
    const auto first = parse_json(text, {.bytes_max = 100'000, .depth_max = 32, .values_max = 100'000});
    const auto other = second::read_json(text, 32);
    ASSERT_EQ(first.has_value(), other.has_value()) << encode_base64url(as_bytes(text)) << '\n' << text;
    if (!first) continue;
    ++accepted;
    ASSERT_EQ(describe(first->root()), second::describe(*other)) << text;
  }
  EXPECT_GT(accepted, total / 20);
}

TEST(SecondReader, DecodesTheSameBase64urlOrRefusesItAsWell) {
  Mutator mutator(20'252);
  const int total = rounds(20'000);
  for (int round = 0; round < total; ++round) {
    std::string bytes(mutator.below(20), '\0');
    for (char& byte : bytes) byte = static_cast<char>(mutator.below(256));
    std::string text = encode_base64url(as_bytes(bytes));
    ASSERT_EQ(second::decode(text), bytes);
    if (mutator.below(2) == 0 && !text.empty()) text.back() = "ABCDQgwx019-_=+/"[mutator.below(16)];
    if (mutator.below(2) == 0) text = mutator.mutate(text);
    const auto first = Base64url::parse(text);
    const auto other = second::decode(text);
    ASSERT_EQ(first.has_value(), other.has_value()) << text;
    if (!first) continue;
    ASSERT_EQ(first->decode(), *other) << text;
  }
}

// A payload of random values, most of them right (the first ones), in random order.
std::string random_payload(Mutator& mutator) {
  const auto pick = [&](std::vector<std::string> values) {
    return values[mutator.below(4) == 0 ? mutator.below(values.size()) : 0];
  };
  const std::vector<std::pair<std::string, std::string>> claims{
      {"iss", pick({R"("i")", R"("i")", R"("i")", R"("j")", "1", R"("\u0069")"})},
      {"aud", pick({R"("a")", R"(["a"])", R"(["b","a"])", R"(["b"])", R"(["a",1])", "[]", R"("")", "null"})},
      {"scope",
       pick({R"("s")", R"(["s"])", R"("t s")", R"("t  s")", R"("s ")", R"(["t s"])", R"("t")", R"(["t","s"])"})},
      {"sub", pick({R"("u")", R"("\u00fc")", R"("u\u0000")", R"("")", "7", '"' + std::string(256, 'u') + '"',
                    '"' + std::string(257, 'u') + '"'})},
      {"client_id", pick({R"("c")", R"("c d")", R"("c\n")", "null", R"(["c"])"})},
      {"exp", pick({"1000", "1001", "1000.5", "940", "941", "941.9", "1e3", "253402300799", "253402300800", "-1",
                    "1e400", R"("1000")", "253402300799.5"})},
      {"nbf", pick({"1000", "1060", "1061", "1060.5", "1059.5", "0", "-0.0", "null", "1e2"})},
      {"iat", pick({"1000", "1060", "1061", "1060.9", "1061.0", "0", "true", "-1e-9"})}};
  std::string payload;
  const std::size_t shift = mutator.below(claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto& [name, value] = claims[(i + shift) % claims.size()];
    if (mutator.below(16) == 0) continue;
    payload += (payload.empty() ? "\"" : ",\"") + name + "\":" + value;
  }
  return '{' + payload + '}';
}

TEST(SecondReader, JudgesEveryPayloadAlike) {
  Mutator mutator(20'253);
  const TokenRules rules{.issuer = "i", .audience = "a", .scope = "s"};
  const second::Demands demands{.issuer = "i", .audience = "a", .scope = "s", .now_s = 1'000, .leeway_s = 60};
  int accepted = 0;
  const int total = rounds(40'000);
  for (int round = 0; round < total; ++round) {
    std::string payload = random_payload(mutator);
    if (mutator.below(4) == 0) payload = mutator.mutate(payload);
    auto first = read_claims(payload, rules, {});
    const bool good = first && holds_at(first->period, {1'000}, 60);
    const auto other = second::judge(payload, demands);
    ASSERT_EQ(good, other.has_value()) << payload;
    if (!good) continue;
    ++accepted;
    ASSERT_EQ(*other,
              (second::Person{first->claims->user, first->claims->client_id, first->claims->expires_at.seconds}))
        << payload;
  }
  EXPECT_GT(accepted, total / 20);
}

}  // namespace
}  // namespace locket::policy
