#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "policy/jws.hpp"
#include "policy/key_set.hpp"

namespace locket::policy {
namespace {

// Whether a signature is accepted, by the steps that the verifier takes.
bool accepts(const std::string& jwks, const std::string& token) {
  const Limits limits;
  const auto keys = KeySet::parse(jwks, TokenRules{}, limits);
  const auto jws = split_jws(token, limits);
  if (!keys || !jws) return false;
  const auto header = read_jws_header(*jws, limits);
  if (!header) return false;
  const auto found = keys->find(header->kid, header->algorithm);
  return found.key != nullptr && open_jws(*jws, *found.key).has_value();
}

std::string header_algorithm(const std::string& token) {
  const auto encoded = Base64url::parse(std::string_view(token).substr(0, token.find('.')));
  const auto header = nlohmann::json::parse(encoded ? encoded->decode() : "", nullptr, false);
  return header.is_object() ? header.value("alg", "") : "";
}

// Project Wycheproof's vectors for JSON web signatures (testvectors_v1/json_web_signature_test.json). Those that are
// valid must be accepted where key and token name one of our algorithms; all others must be refused.
TEST(Wycheproof, EveryJsonWebSignatureIsJudgedAsStated) {
  const char* path = std::getenv("LOCKET_WYCHEPROOF");
  if (path == nullptr) GTEST_SKIP() << "LOCKET_WYCHEPROOF does not name json_web_signature_test.json";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  const auto vectors = nlohmann::json::parse(file);
  int judged = 0;
  int accepted = 0;
  for (const auto& group : vectors.at("testGroups")) {
    const auto& key = group.contains("public") ? group.at("public") : group.at("private");
    const std::string jwks = nlohmann::json{{"keys", {key}}}.dump();
    for (const auto& vector : group.at("tests")) {
      ++judged;
      const std::string token =
          vector.at("jws").is_string() ? vector.at("jws").get<std::string>() : vector.at("jws").dump();
      const std::string algorithm = key.value("alg", "");
      const bool is_ours = parse_algorithm(algorithm) && algorithm == header_algorithm(token);
      const bool expected = vector.at("result") == "valid" && is_ours;
      accepted += expected ? 1 : 0;
      EXPECT_EQ(accepts(jwks, token), expected) << vector.at("tcId") << ' ' << vector.at("comment");
    }
  }
  EXPECT_EQ(judged, vectors.at("numberOfTests"));
  EXPECT_GT(accepted, 0);
  RecordProperty("judged", judged);
  RecordProperty("accepted", accepted);
}

}  // namespace
}  // namespace locket::policy
