#include "policy/jws.hpp"

#include <algorithm>
#include <array>

#include "policy/json.hpp"
#include "policy/key_set.hpp"

namespace locket::policy {
namespace {

constexpr std::array<std::string_view, 6> refused_members{"crit", "b64", "jwk", "jku", "x5c", "x5u"};

std::unexpected<Error> reject(std::string_view reason) { return fail(Code::token_rejected, std::string(reason)); }

bool equals_in_any_case(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(), [](char one, char other) {
    return (one >= 'A' && one <= 'Z' ? static_cast<char>(one | 0x20) : one) == other;
  });
}

bool is_known_type(std::string_view type) noexcept {
  constexpr std::string_view long_form = "application/";
  if (equals_in_any_case(type.substr(0, long_form.size()), long_form)) type.remove_prefix(long_form.size());
  return equals_in_any_case(type, "jwt") || equals_in_any_case(type, "at+jwt");
}

}  // namespace

Result<CompactJws> split_jws(std::string_view token, const Limits& limits) {
  if (token.size() > limits.token_bytes_max) return reject("the token is too large");
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return reject("the token does not have three parts");
  }
  const auto header = Base64url::parse(token.substr(0, first));
  const auto payload = Base64url::parse(token.substr(first + 1, second - first - 1));
  const auto signature = Base64url::parse(token.substr(second + 1));
  if (!header || !payload || !signature) return reject("a part of the token is not base64url");
  if (header->text().empty() || header->decoded_bytes() > limits.token_header_bytes_max) {
    return reject("the token's header is empty or too large");
  }
  if (signature->text().empty() || signature->decoded_bytes() > limits.token_signature_bytes_max) {
    return reject("the token's signature is empty or too large");
  }
  return CompactJws{*header, *payload, *signature, token.substr(0, second)};
}

Result<JwsHeader> read_jws_header(const CompactJws& jws, const Limits& limits) {
  const std::string text = jws.header.decode();
  const auto document = parse_json(text, {.bytes_max = limits.token_header_bytes_max,
                                          .depth_max = limits.json_depth_max,
                                          .values_max = limits.token_header_bytes_max});
  if (!document) return reject("the token's header is not strict JSON: " + document.error().detail);
  const JsonValue header = document->root();
  if (header.kind() != JsonKind::object) return reject("the token's header is not an object");
  for (const std::string_view name : refused_members) {
    if (header.find(name)) return reject("the token's header has a member that is refused: " + std::string(name));
  }
  const auto name = header.find("alg").string();
  const auto algorithm = name ? parse_algorithm(*name) : std::nullopt;
  if (!algorithm) return reject("the token's algorithm is none of those that can be verified");
  if (const JsonValue type = header.find("typ"); type && !(type.string() && is_known_type(*type.string()))) {
    return reject("the token's type is not that of an access token");
  }
  const JsonValue kid = header.find("kid");
  if (!kid) return JwsHeader{*algorithm, std::nullopt};
  const auto id = kid.string();
  if (!id || id->size() > limits.identifier_bytes_max) return reject("the token's key id is not a text or too long");
  return JwsHeader{*algorithm, std::string(*id)};
}

Result<std::string> open_jws(const CompactJws& jws, const crypto::PublicKey& key) {
  const std::string signature = jws.signature.decode();
  if (!key.verifies(as_bytes(jws.signing_input), as_bytes(signature))) return reject("the signature is not the key's");
  return jws.payload.decode();
}

}  // namespace locket::policy
