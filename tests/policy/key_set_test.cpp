#include "policy/key_set.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/base64url.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

std::string encode(std::string_view bytes) { return encode_base64url(as_bytes(bytes)); }

// An RSA key of so many bits: no test here needs it to be a product of two primes.
std::string modulus(std::size_t bits, bool odd = true) {
  std::string bytes((bits + 7) / 8, '\x5A');
  bytes.front() = static_cast<char>(1U << ((bits - 1) % 8));
  bytes.back() = odd ? '\x01' : '\x02';
  return bytes;
}

std::string rsa(std::string_view n, std::string_view e, std::string_view members = "") {
  return R"({"kty":"RSA","kid":"k","n":")" + encode(n) + R"(","e":")" + encode(e) + '"' + std::string(members) + '}';
}

std::string p256(std::string_view x, std::string_view y) {
  return R"({"kty":"EC","kid":"k","crv":"P-256","x":")" + encode(x) + R"(","y":")" + encode(y) + "\"}";
}

bool takes(const std::string& key, const TokenRules& rules = {}) {
  return KeySet::parse(TokenMaker::jwks({key}), rules, {}).has_value();
}

const std::string f4("\x01\x00\x01", 3);

TEST(KeySet, TakesRsaKeysOf2048To8192Bits) {
  for (const auto& [bits, taken] :
       {std::pair{512, false}, std::pair{1'024, false}, std::pair{2'040, false}, std::pair{2'047, false},
        std::pair{2'048, true}, std::pair{2'049, true}, std::pair{3'072, true}, std::pair{4'096, true},
        std::pair{8'192, true}, std::pair{8'193, false}, std::pair{16'384, false}}) {
    EXPECT_EQ(takes(rsa(modulus(static_cast<std::size_t>(bits)), f4)), taken) << bits;
  }
  EXPECT_FALSE(takes(rsa(modulus(2'048, false), f4)));
  EXPECT_FALSE(takes(rsa("", f4)));
}

TEST(KeySet, TakesOddExponentsAbove65536UpTo64Bits) {
  for (const auto& [exponent, taken] :
       {std::pair{std::string(), false}, std::pair{std::string(1, '\0'), false}, std::pair{std::string("\x01"), false},
        std::pair{std::string("\x02"), false}, std::pair{std::string("\x03"), false},
        std::pair{std::string("\x01\x00\x00", 3), false}, std::pair{f4, true},
        std::pair{std::string("\xFF\xFF", 2), false}, std::pair{std::string("\x01\x00\x03", 3), true},
        std::pair{std::string("\x01\x00\x02", 3), false},
        std::pair{std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8), true},
        std::pair{std::string("\x01\0\0\0\0\0\0\0\x01", 9), false},
        std::pair{std::string("\x00\x01\x00\x01", 4), false}}) {
    EXPECT_EQ(takes(rsa(modulus(2'048), exponent)), taken) << encode(exponent);
  }
}

TEST(KeySet, RefusesNumbersThatAreNotMinimalOrNotStrictBase64url) {
  const std::string n = modulus(2'048);
  EXPECT_FALSE(takes(rsa(std::string(1, '\0') + n, f4)));
  const auto raw = [&](const std::string& n_text, const std::string& e_text) {
    return takes(R"({"kty":"RSA","n":")" + n_text + R"(","e":")" + e_text + "\"}");
  };
  EXPECT_TRUE(raw(encode(n), "AQAB"));
  EXPECT_FALSE(raw(encode(n) + "==", "AQAB"));
  EXPECT_FALSE(raw(encode(n), "AQAB\\n"));
  EXPECT_FALSE(raw(encode(n), "AQAB="));
  EXPECT_FALSE(raw(encode(n), "AQ+B"));
  EXPECT_FALSE(takes(R"({"kty":"RSA","n":")" + encode(n) + R"(","e":65537})"));
  EXPECT_FALSE(takes(R"({"kty":"RSA","n":")" + encode(n) + "\"}"));
  EXPECT_FALSE(takes(R"({"kty":"RSA","e":"AQAB"})"));
}

TEST(KeySet, TakesOnlyPointsOfP256) {
  const auto numbers = TokenMaker::shared().key(Algorithm::es256).public_numbers();
  const std::string x(as_text(numbers.first));
  const std::string y(as_text(numbers.second));
  EXPECT_TRUE(takes(p256(x, y)));
  EXPECT_FALSE(takes(p256(y, x)));
  std::string off = y;
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_FALSE(takes(p256(x, off)));
  EXPECT_FALSE(takes(p256(std::string(32, '\0'), std::string(32, '\0'))));
  EXPECT_FALSE(takes(p256(std::string(32, '\xFF'), std::string(32, '\xFF'))));
  EXPECT_FALSE(takes(p256(x.substr(1), y)));
  EXPECT_FALSE(takes(p256(x, y + '\0')));
  EXPECT_FALSE(takes(p256(std::string(1, '\0') + x, y)));
  EXPECT_FALSE(takes(p256("", "")));
}

TEST(KeySet, PassesOverKeysThatAreForSomethingElse) {
  const std::string n = modulus(2'048);
  for (const char* members : {R"(,"use":"enc")",        R"(,"use":"")",           R"(,"use":1)",
                              R"(,"use":null)",         R"(,"key_ops":["sign"])", R"(,"key_ops":[])",
                              R"(,"key_ops":"verify")", R"(,"key_ops":null)",     R"(,"alg":"RS384")",
                              R"(,"alg":"HS256")",      R"(,"alg":"ES256")",      R"(,"alg":"none")",
                              R"(,"alg":null)",         R"(,"alg":256)",          R"(,"alg":"rs256")",
                              R"(,"d":"AQ")",           R"(,"p":"AQ")",           R"(,"k":"AQ")",
                              R"(,"oth":[])",           R"(,"dp":null)"}) {
    EXPECT_FALSE(takes(rsa(n, f4, members))) << members;
  }
  for (const char* members : {R"(,"use":"sig")", R"(,"key_ops":["verify"])", R"(,"key_ops":["encrypt","verify"])",
                              R"(,"alg":"RS256")", R"(,"alg":"PS256")", R"(,"x5t":"abc","x5c":["MIIB"],"other":{})"}) {
    EXPECT_TRUE(takes(rsa(n, f4, members))) << members;
  }
  for (const char* key :
       {R"({"kty":"oct","k":"c2VjcmV0","alg":"HS256"})", R"({"kty":"OKP","crv":"Ed25519","x":"AA"})", "{}", "[]", "1",
        "null", R"("key")", R"({"kty":1})", R"({"kty":"rsa"})", R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})",
        R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})", R"({"kty":"EC","x":"AA","y":"AA"})"}) {
    EXPECT_FALSE(takes(key)) << key;
  }
}

TEST(KeySet, BindsAKeyWithoutAlgToOneAlgorithm) {
  const auto algorithms_of = [](const std::string& key, const TokenRules& rules) {
    const auto set = KeySet::parse(TokenMaker::jwks({key}), rules, {});
    std::string found;
    for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::es256}) {
      if (set && set->find(std::string("k"), algorithm).key != nullptr) found += algorithm_name(algorithm);
    }
    return found;
  };
  const std::string key = rsa(modulus(2'048), f4);
  EXPECT_EQ(algorithms_of(key, {}), "RS256");
  EXPECT_EQ(algorithms_of(key, {.rs256 = false}), "PS256");
  EXPECT_EQ(algorithms_of(key, {.rs256 = false, .ps256 = false}), "");
  const auto numbers = TokenMaker::shared().key(Algorithm::es256).public_numbers();
  const std::string point = p256(as_text(numbers.first), as_text(numbers.second));
  EXPECT_EQ(algorithms_of(point, {}), "ES256");
  EXPECT_EQ(algorithms_of(point, {.es256 = false}), "");
}

TEST(KeySet, TellsAnUnknownKidFromAWrongAlgorithm) {
  const auto set = KeySet::parse(TokenMaker::shared().all_keys(), {}, {});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 3U);
  EXPECT_EQ(set->find("rs256", Algorithm::rs256).match, KeySet::Match::found);
  EXPECT_EQ(set->find("rs256", Algorithm::ps256).match, KeySet::Match::wrong_algorithm);
  EXPECT_EQ(set->find("other", Algorithm::rs256).match, KeySet::Match::unknown_kid);
  EXPECT_EQ(set->find("", Algorithm::rs256).match, KeySet::Match::unknown_kid);
  EXPECT_EQ(set->find(std::nullopt, Algorithm::rs256).match, KeySet::Match::ambiguous);
}

TEST(KeySet, UsesTheGoodKeysAndCountsTheOthers) {
  const std::string good = TokenMaker::jwk(TokenMaker::shared().key(Algorithm::es256), R"(,"kid":"a")");
  const auto set = KeySet::parse(TokenMaker::jwks({R"({"kty":"oct","k":"AA"})", good, "{}"}), {}, {});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1U);
  EXPECT_EQ(set->passed_over(), 2U);
}

TEST(KeySet, RefusesTwoKeysOfOneKidAndAlgorithmButTakesOneKidForTwoAlgorithms) {
  const auto code_of = [](const std::vector<std::string>& keys) {
    const auto set = KeySet::parse(TokenMaker::jwks(keys), {}, {});
    return set ? Code::internal_error : set.error().code;
  };
  const std::string es256 = TokenMaker::jwk(TokenMaker::shared().key(Algorithm::es256), R"(,"kid":"k")");
  const std::string other = TokenMaker::jwk(TokenMaker::shared().stranger(Algorithm::es256), R"(,"kid":"k")");
  const std::string unnamed = TokenMaker::jwk(TokenMaker::shared().key(Algorithm::es256), "");
  EXPECT_EQ(code_of({es256, other}), Code::key_invalid);
  EXPECT_EQ(code_of({es256, es256}), Code::internal_error);
  EXPECT_EQ(code_of({unnamed, unnamed}), Code::internal_error);
  EXPECT_EQ(code_of({es256, rsa(modulus(2'048), f4)}), Code::internal_error);
  EXPECT_EQ(code_of({es256, unnamed}), Code::internal_error);
}

TEST(KeySet, TakesAKeyThatStandsTwiceOnceAndKeysWithoutAnIdBesideEachOther) {
  const std::string first = TokenMaker::jwk(TokenMaker::shared().key(Algorithm::es256), "");
  const std::string second = TokenMaker::jwk(TokenMaker::shared().stranger(Algorithm::es256), "");
  const auto twice = KeySet::parse(TokenMaker::jwks({first, first}), {}, {});
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->size(), 1U);
  EXPECT_EQ(twice->passed_over(), 1U);
  EXPECT_EQ(twice->find(std::nullopt, Algorithm::es256).match, KeySet::Match::found);
  const auto both = KeySet::parse(TokenMaker::jwks({first, second}), {}, {});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->size(), 2U);
  EXPECT_EQ(both->find(std::nullopt, Algorithm::es256).match, KeySet::Match::ambiguous);
}

TEST(KeySet, IsEmptyWhereTheDocumentHasNoKey) {
  const auto none = KeySet::parse(R"({"keys":[]})", {}, {});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->find("k", Algorithm::es256).match, KeySet::Match::unknown_kid);
  EXPECT_EQ(none->find(std::nullopt, Algorithm::es256).match, KeySet::Match::ambiguous);
}

TEST(KeySet, RefusesADocumentThatIsWrong) {
  const auto code_of = [](std::string_view text, const Limits& limits = {}) {
    const auto set = KeySet::parse(text, {}, limits);
    return set ? Code::internal_error : set.error().code;
  };
  for (const char* text : {"", "{}", "[]", "1", R"({"keys":{}})", R"({"keys":null})", R"({"keys":[]}x)",
                           R"({"keys":[],"keys":[]})", R"({"keys":[{"kty":"RSA","kty":"oct"}]})"}) {
    EXPECT_EQ(code_of(text), Code::json_invalid) << text;
  }
  const std::string all = TokenMaker::shared().all_keys();
  EXPECT_EQ(code_of(all, {.jwks_keys_max = 3}), Code::internal_error);
  EXPECT_EQ(code_of(all, {.jwks_keys_max = 2}), Code::key_invalid);
  EXPECT_EQ(code_of(all, {.jwks_bytes_max = static_cast<std::uint32_t>(all.size())}), Code::internal_error);
  EXPECT_EQ(code_of(all, {.jwks_bytes_max = static_cast<std::uint32_t>(all.size() - 1)}), Code::json_invalid);
}

TEST(KeySet, PassesOverAKidThatIsNoTextOrTooLong) {
  const std::string n = modulus(2'048);
  const auto with_kid = [&](const std::string& kid) {
    return takes(R"({"kty":"RSA","e":"AQAB","n":")" + encode(n) + R"(","kid":)" + kid + '}');
  };
  EXPECT_TRUE(with_kid(R"("")"));
  EXPECT_TRUE(with_kid('"' + std::string(256, 'k') + '"'));
  EXPECT_FALSE(with_kid('"' + std::string(257, 'k') + '"'));
  EXPECT_FALSE(with_kid("1"));
  EXPECT_FALSE(with_kid("null"));
}

TEST(Algorithm, HasOnlyItsPublishedNames) {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::es256}) {
    EXPECT_EQ(parse_algorithm(algorithm_name(algorithm)), algorithm);
    EXPECT_TRUE(is_allowed({}, algorithm));
  }
  const auto outside = static_cast<Algorithm>(7);
  EXPECT_EQ(algorithm_name(outside), "unknown");
  EXPECT_FALSE(parse_algorithm("unknown"));
  EXPECT_FALSE(is_allowed({}, outside));
}

}  // namespace
}  // namespace locket::policy
