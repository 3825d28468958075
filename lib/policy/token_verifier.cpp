#include <utility>

#include "base/guarded.hpp"
#include "crypto/keyed_hash.hpp"
#include "locket/token.hpp"
#include "policy/claims.hpp"
#include "policy/jws.hpp"
#include "policy/key_ring.hpp"
#include "policy/token_cache.hpp"

namespace locket {
namespace {

using policy::KeyGeneration;
using policy::KeyRing;
using policy::KeySet;
using policy::ReadClaims;

constexpr std::string_view no_keys = "there are no keys that may be trusted";

class JwksTokenVerifier final : public TokenVerifier {
 public:
  JwksTokenVerifier(const TokenRules& rules, const Limits& limits, std::unique_ptr<KeyRing> keys)
      : rules_(rules), limits_(limits), keys_(std::move(keys)), verified_(limits.token_cache_entries_max) {}

  Result<bool> reload_keys() override {
    auto changed = keys_->read_anew();
    if (changed && *changed) verified_.clear();
    return changed;
  }

 protected:
  Result<std::shared_ptr<const Claims>> check(std::string_view token, UnixTime now) override {
    if (token.size() > limits_.token_bytes_max) return fail(Code::token_rejected, "the token is too large");
    const KeyGeneration present = keys_->refresh_if_due();
    if (present == KeyGeneration{}) return fail(Code::access_unavailable, std::string(no_keys));
    const crypto::KeyedTag tag = hash_.hash(as_bytes(token));
    if (auto known = verified_.find(tag, present)) return judge(tag, std::move(*known), now);
    return check_anew(token, tag, now);
  }

 private:
  // The time is looked at each time, for a known token as for a new one.
  Result<std::shared_ptr<const Claims>> judge(const crypto::KeyedTag& tag, ReadClaims read, UnixTime now) {
    if (holds_at(read.period, now, rules_.leeway_s)) return std::move(read.claims);
    verified_.erase(tag);
    return fail(Code::token_rejected, "the token is expired or does not hold yet");
  }

  Result<std::shared_ptr<const Claims>> check_anew(std::string_view token, const crypto::KeyedTag& tag, UnixTime now) {
    auto jws = policy::split_jws(token, limits_);
    if (!jws) return std::unexpected(std::move(jws.error()));
    auto header = policy::read_jws_header(*jws, limits_);
    if (!header) return std::unexpected(std::move(header.error()));
    KeyRing::Keys keys = keys_->keys();
    auto found = find(keys, *header);
    if (found.match == KeySet::Match::unknown_kid) {
      if (keys_->refresh_for_unknown_key()) verified_.clear();
      keys = keys_->keys();  // also where another thread has read them meanwhile
      found = find(keys, *header);
    }
    if (!keys.set) return fail(Code::access_unavailable, std::string(no_keys));
    if (found.key == nullptr) return fail(Code::token_rejected, "no key that the token may be signed with");
    auto payload = policy::open_jws(*jws, *found.key);
    if (!payload) return std::unexpected(std::move(payload.error()));
    auto read = policy::read_claims(*payload, rules_, limits_);
    if (!read) return std::unexpected(std::move(read.error()));
    if (holds_at(read->period, now, rules_.leeway_s)) verified_.insert(tag, keys.generation, *read, now);
    return judge(tag, std::move(*read), now);
  }

  static KeySet::Lookup find(const KeyRing::Keys& keys, const policy::JwsHeader& header) noexcept {
    if (!keys.set) return {KeySet::Match::ambiguous, nullptr};
    return keys.set->find(header.kid, header.algorithm);
  }

  const TokenRules rules_;
  const Limits limits_;
  const std::unique_ptr<KeyRing> keys_;
  const crypto::KeyedHash hash_;
  policy::TokenCache verified_;
};

Result<void> check_rules(const TokenRules& rules, const Limits& limits) {
  if (rules.leeway_s > limits.token_leeway_s_max) return fail(Code::argument_invalid, "the leeway is over its limit");
  if (!rules.rs256 && !rules.ps256 && !rules.es256) return fail(Code::argument_invalid, "no algorithm is allowed");
  if (!policy::is_scope_token(rules.scope)) return fail(Code::argument_invalid, "the scope is not one scope");
  if (rules.key_retry_s == 0 || rules.key_refresh_s < rules.key_retry_s || rules.key_trust_s < rules.key_refresh_s) {
    return fail(Code::argument_invalid, "the times of the keys are not in order: 0 < retry <= refresh <= trust");
  }
  return {};
}

}  // namespace

Result<Identity> TokenVerifier::verify(std::string_view token, UnixTime now) try {
  auto claims = check(token, now);
  if (!claims) {
    const Code code = claims.error().code;
    const bool undecided = code == Code::access_unavailable || code == Code::out_of_memory;
    return fail(undecided ? Code::access_unavailable : Code::token_rejected, std::move(claims.error().detail));
  }
  if (*claims == nullptr || (*claims)->user.empty() || (*claims)->client_id.empty()) {
    return fail(Code::token_rejected, "the claims name no user or no client");
  }
  return Identity(std::move(*claims));
} catch (...) {
  return std::unexpected<Error>(Error{Code::access_unavailable, {}});
}

Result<std::unique_ptr<TokenVerifier>> make_jwks_token_verifier(const TokenRules& rules,
                                                                std::unique_ptr<KeySource> keys, const Limits& limits,
                                                                const Clock& clock, LogSink& log) {
  return guarded([&]() -> Result<std::unique_ptr<TokenVerifier>> {
    if (!keys) return fail(Code::argument_invalid, "no key source");
    if (auto checked = check_rules(rules, limits); !checked) return std::unexpected(std::move(checked.error()));
    auto ring = KeyRing::make(rules, std::move(keys), limits, clock, log);
    if (!ring) return std::unexpected(std::move(ring.error()));
    return std::make_unique<JwksTokenVerifier>(rules, limits, std::move(*ring));
  });
}

}  // namespace locket
