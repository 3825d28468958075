#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "counted_memory.hpp"
#include "locket/token.hpp"
#include "policy/base64url.hpp"
#include "policy/jws.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

std::string encode(std::string_view text) { return encode_base64url(as_bytes(text)); }

struct Parts {
  std::string header;
  std::string payload;
  std::string signature;
};

Parts parts_of(const std::string& token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  return {token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

class TokenForm : public testing::Test {
 protected:
  TokenForm() {
    auto made = make_jwks_token_verifier({}, make_static_key_source(TokenMaker::shared().all_keys()), {}, clock_);
    if (!made) throw std::runtime_error(made.error().detail);
    verifier_ = std::move(*made);
    good_ = TokenMaker::shared().good_token();
  }

  bool accepts(std::string_view token) { return verifier_->verify(token, clock_.wall).has_value(); }

  // Refused, with at most one allocation: the reason.
  void expect_cheap_refusal(std::string_view token, const std::string& name) {
    const std::uint64_t before = CountedMemory::taken();
    const auto identity = verifier_->verify(token, clock_.wall);
    const std::uint64_t taken = CountedMemory::taken() - before;
    EXPECT_FALSE(identity) << name;
    EXPECT_LE(taken, 1U) << name;
  }

  HandClock clock_;
  std::unique_ptr<TokenVerifier> verifier_;
  std::string good_;
};

TEST_F(TokenForm, OneTwoFourAndFivePartsAreRefused) {
  const Parts parts = parts_of(good_);
  ASSERT_TRUE(accepts(good_));
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("..."), parts.header, parts.header + '.',
        parts.header + '.' + parts.payload, parts.header + '.' + parts.payload + '.', '.' + parts.payload + '.',
        parts.header + ".." + parts.signature, '.' + parts.payload + '.' + parts.signature, good_ + '.',
        good_ + '.' + parts.signature, good_ + '.' + parts.signature + '.' + parts.signature, '.' + good_}) {
    if (token == parts.header + ".." + parts.signature) {
      EXPECT_FALSE(accepts(token));  // an empty payload is well-formed, but not what was signed
    } else {
      expect_cheap_refusal(token, token);
    }
  }
}

TEST_F(TokenForm, EachPartMustBeCanonicalBase64url) {
  const Parts parts = parts_of(good_);
  for (int part = 0; part < 3; ++part) {
    for (const std::string& tail :
         {std::string("="), std::string("=="), std::string("+"), std::string("/"), std::string(" "), std::string("\n"),
          std::string("\t"), std::string("*"), std::string("%41"), std::string(1, '\0'), std::string("\x80"),
          std::string("\xFF"), std::string("~")}) {
      Parts damaged = parts;
      (part == 0 ? damaged.header : part == 1 ? damaged.payload : damaged.signature) += tail;
      expect_cheap_refusal(damaged.header + '.' + damaged.payload + '.' + damaged.signature, tail);
    }
  }
  for (const std::string& blank : {std::string(" "), std::string("\t"), std::string("\r\n"), std::string("\0", 1)}) {
    expect_cheap_refusal(blank + good_, "before");
    expect_cheap_refusal(good_ + blank, "after");
  }
}

// 256 bytes of signature end in a letter with four unused bits: fifteen more texts stand for the same bytes.
TEST_F(TokenForm, UnusedBitsMustBeZero) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t value = letters.find(good_.back());
  ASSERT_EQ(value % 16, 0U);
  for (std::size_t bits = 1; bits < 16; ++bits) {
    std::string twin = good_;
    twin.back() = letters[value + bits];
    expect_cheap_refusal(twin, "twin");
  }
}

TEST_F(TokenForm, EveryOtherByteInAnyPlaceIsRefused) {
  int cases = 0;
  for (std::size_t at = 0; at < good_.size(); at += 7) {
    for (const char byte : {'A', 'z', '.', '-', '=', ' ', '\0', '\x7F', '\x80', '\xFF'}) {
      if (good_[at] == byte) continue;
      std::string damaged = good_;
      damaged[at] = byte;
      EXPECT_FALSE(accepts(damaged)) << at;
      ++cases;
    }
  }
  EXPECT_GT(cases, 500);
  EXPECT_TRUE(accepts(good_));
}

TEST_F(TokenForm, SizesAreKeptToTheByte) {
  const crypto::PrivateKey& key = TokenMaker::shared().key(Algorithm::rs256);
  const auto of_size = [&](std::size_t filling) {
    return TokenMaker::sign(key, R"({"alg":"RS256","kid":"rs256"})",
                            R"({"sub":"u","client_id":"c","scope":"itwin-platform","exp":1800000100,"x":")" +
                                std::string(filling, 'x') + "\"}");
  };
  std::size_t filling = 5'000;
  while (of_size(filling).size() < 8'191) ++filling;
  for (; of_size(filling).size() < 8'196; ++filling) {
    const std::string token = of_size(filling);
    EXPECT_EQ(accepts(token), token.size() <= 8'192) << token.size();
  }
  expect_cheap_refusal(std::string(8'193, 'a'), "over the limit");
  expect_cheap_refusal(std::string(16'000'000, 'a'), "16 MB");
}

TEST_F(TokenForm, TheHeaderAndTheSignatureHaveTheirOwnLimits) {
  const crypto::PrivateKey& key = TokenMaker::shared().key(Algorithm::es256);
  const auto with_header = [&](std::size_t bytes) {
    const std::string start = R"({"alg":"ES256","kid":"es256","x":")";
    return TokenMaker::sign(key, start + std::string(bytes - start.size() - 2, 'x') + "\"}", TokenMaker::good_claims());
  };
  EXPECT_TRUE(accepts(with_header(1'024)));
  expect_cheap_refusal(with_header(1'025), "header");
  const std::string input = TokenMaker::signing_input(R"({"alg":"ES256","kid":"es256"})", TokenMaker::good_claims());
  expect_cheap_refusal(input + '.' + encode(std::string(1'025, 's')), "signature");
  expect_cheap_refusal(input + '.' + std::string(21'830, 'A'), "a signature of 21,830 letters");
  for (const std::size_t bytes : {1U, 32U, 63U, 65U, 72U, 128U, 256U, 1'024U}) {
    EXPECT_FALSE(accepts(input + '.' + encode(std::string(bytes, '\1')))) << bytes;
  }
}

TEST_F(TokenForm, HeadersThatTwoReadersCouldReadDifferentlyAreRefused) {
  const crypto::PrivateKey& key = TokenMaker::shared().key(Algorithm::es256);
  std::string deep = R"({"alg":"ES256","kid":"es256","x":)" + std::string(400, '[') + std::string(400, ']') + '}';
  for (const std::string& header :
       {std::string(R"({"alg":"none","alg":"ES256","kid":"es256"})"),
        std::string(R"({"alg":"ES256","kid":"es256","kid":"rs256"})"),
        std::string(R"({"alg":"ES256","kid":"es256","\u0061lg":"none"})"),
        std::string(R"({"alg":"ES256","kid":"es256"} )") + "x", std::string(R"({"alg":"ES256","kid":"es256"}{})"),
        std::string("\xEF\xBB\xBF") + R"({"alg":"ES256","kid":"es256"})",
        std::string(R"({"alg":"ES256","kid":"es256"})") + '\0',
        std::string(R"({"alg":"ES256","kid":"es256)") + "\xFF\"}", std::string("[]"), std::string("\"ES256\""), deep}) {
    EXPECT_FALSE(accepts(TokenMaker::sign(key, header, TokenMaker::good_claims()))) << header;
  }
}

TEST_F(TokenForm, PayloadsThatTwoReadersCouldReadDifferentlyAreRefusedThoughSigned) {
  const crypto::PrivateKey& key = TokenMaker::shared().key(Algorithm::es256);
  const std::string good = TokenMaker::good_claims();
  const std::string open = good.substr(0, good.size() - 1);
  ASSERT_TRUE(accepts(TokenMaker::sign(key, R"({"alg":"ES256","kid":"es256"})", good)));
  for (const std::string& payload :
       {open + R"(,"sub":"admin"})", open + R"(,"s\u0075b":"admin"})", open + R"(,"exp":1900000000})", good + '\0',
        good + std::string("\0{}", 3), good + "{}", "\xEF\xBB\xBF" + good, open + ",\"x\":\"\xC0\xAF\"}",
        open + R"(,"x":"\ud800"})", open + R"(,"x":1e999})", open + R"(,"x":99999999999999999999})",
        open + R"(,"x":NaN})", open + ",\"x\":" + std::string(2'000, '[') + std::string(2'000, ']') + '}',
        open + "/**/}", open + ",}"}) {
    EXPECT_FALSE(accepts(TokenMaker::sign(key, R"({"alg":"ES256","kid":"es256"})", payload))) << payload.substr(0, 300);
  }
}

TEST_F(TokenForm, RefusingAForeignFormCostsNoMoreThanTwentySignatures) {
  std::string keys = "{";
  for (int i = 0; keys.size() < 1'000; ++i) keys += '"' + std::to_string(i) + "\":0,";
  const auto cost_of = [&](const std::string& token) {
    auto best = std::chrono::nanoseconds::max();
    for (int run = 0; run < 20; ++run) {
      const auto start = std::chrono::steady_clock::now();
      EXPECT_FALSE(accepts(token));
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
    }
    return best;
  };
  const auto signature = cost_of(TokenMaker::sign(TokenMaker::shared().stranger(Algorithm::es256),
                                                  R"({"alg":"ES256","kid":"es256"})", TokenMaker::good_claims()));
  for (const std::string& token :
       {std::string(16'000'000, '.'), std::string(8'192, 'A'), std::string(8'192, '.'),
        encode(std::string(1'024, '[')) + ".AAAA.AAAA", encode("{" + std::string(1'000, '"')) + ".AAAA.AAAA",
        encode(keys + "\"x\":0}") + ".AAAA.AAAA"}) {
    EXPECT_LT(cost_of(token), 20 * signature) << token.substr(0, 20);
  }
}

TEST(CompactJws, IsRefusedOverEachOfItsLimits) {
  const std::string token = TokenMaker::shared().good_token();
  Limits limits;
  limits.token_bytes_max = static_cast<std::uint32_t>(token.size());
  EXPECT_TRUE(split_jws(token, limits));
  limits.token_bytes_max -= 1;
  EXPECT_EQ(split_jws(token, limits).error().code, Code::token_rejected);
}

TEST(JwsHeader, NamesAKeyByATextOfALimitedLength) {
  const auto read = [](std::string_view kid) {
    const std::string token = encode(R"({"alg":"RS256","typ":"at+jwt","kid":)" + std::string(kid) + "}") + ".e30.AA";
    return read_jws_header(split_jws(token, {}).value(), {});
  };
  const std::string longest(Limits().identifier_bytes_max, 'k');
  EXPECT_EQ(read('"' + longest + '"')->kid, longest);
  EXPECT_EQ(read('"' + longest + "k\"").error().code, Code::token_rejected);
  EXPECT_EQ(read("7").error().code, Code::token_rejected);
}

}  // namespace
}  // namespace locket::policy
