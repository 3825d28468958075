#include <string>

#include "fuzz_target.hpp"
#include "guarded_house.hpp"
#include "policy/base64url.hpp"
#include "policy/claims.hpp"
#include "policy/jws.hpp"
#include "second_reader.hpp"

namespace locket::fuzz {
namespace {

constexpr std::int64_t now_s = 1'800'000'000;

// A text that nobody signed: it must be refused, and taken apart as the second reader does.
void feed_text(std::string_view text) {
  demand(!GuardedHouse::shared().tokens().verify(text, {now_s}), "nobody signed it");
  const auto bearer = parse_bearer(text);
  demand(!bearer || text.ends_with(*bearer), "a bearer token is a part of its header");
  const auto parsed = policy::Base64url::parse(text);
  const auto judged = second::decode(text);
  demand(parsed.has_value() == judged.has_value(), "both readers take the same base64url");
  demand(!parsed || parsed->decode() == *judged, "both readers decode the same bytes");
  const auto jws = policy::split_jws(text, {});
  if (jws) static_cast<void>(policy::read_jws_header(*jws, {}));
}

second::Demands demands() {
  return {.issuer = "", .audience = "", .scope = "itwin-platform", .now_s = now_s, .leeway_s = 60};
}

// A payload, as if its signature were good.
void feed_payload(std::string_view payload) {
  const auto claims = policy::read_claims(payload, {}, {});
  const bool good = claims && policy::holds_at(claims->period, {now_s}, 60);
  const auto judged = second::judge(payload, demands());
  demand(good == judged.has_value(), "both judges take the same payloads");
  if (!good) return;
  demand(*judged == second::Person{claims->claims->user, claims->claims->client_id, claims->claims->expires_at.seconds},
         "both judges see the same person");
}

// A payload, signed.
void feed_signed(std::string_view payload) {
  const GuardedHouse& house = GuardedHouse::shared();
  const auto token = house.key().sign(payload);
  if (!token) return;
  const auto identity = GuardedHouse::shared().tokens().verify(*token, {now_s});
  const auto judged = token->size() <= Limits{}.token_bytes_max ? second::judge(payload, demands()) : std::nullopt;
  demand(identity.has_value() == judged.has_value(), "the verifier takes what the second judge takes");
  demand(!identity || (identity->user() == judged->user && identity->client_id() == judged->client_id),
         "the verifier sees the same person");
}

}  // namespace

void feed_token(BytesView input) {
  InputReader reader(input);
  const unsigned mode = reader.take_byte();
  const std::string_view text = as_text(reader.rest());
  if (mode % 16 == 0) return feed_signed(text);
  if (mode % 2 == 0) return feed_payload(text);
  feed_text(text);
}

}  // namespace locket::fuzz
