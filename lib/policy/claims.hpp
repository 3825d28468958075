#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "locket/clock.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/token.hpp"

namespace locket::policy {

/// When a token holds, before any leeway.
struct TokenPeriod {
  UnixTime not_before;  ///< the later of `nbf` and `iat`
  UnixTime expires;     ///< `exp`: the first second in which it does not hold any more
};

/// What was read from a token whose signature is good: who it names and when it holds. Not yet judged by the time.
struct ReadClaims {
  std::shared_ptr<const Claims> claims;
  TokenPeriod period;
};

/// Reads the claims of a token whose signature was verified and holds them against the rules (RFC 7519, RFC 9068).
/// Inputs: the decoded payload; the rules; the limits for JSON, `token_bytes_max` and `identifier_bytes_max`.
/// Every claim that is named here must have its right type where it stands, asked for or not: `iss` a text; `aud` a
/// text or an array of texts; `scope` a text of scope tokens with single blanks between (RFC 6749 section 3.3) or an
/// array of texts; `sub` and `client_id` texts of 1 to `identifier_bytes_max` bytes without control characters; `exp`,
/// `nbf` and `iat` numbers from 0 to 253402300799 (the end of the year 9999), a fraction counted against the token.
/// `exp`, `sub`, `client_id` and the scope must be there, and issuer and audience where the rules name them. Result:
/// the claims, or `token_rejected` with a reason that quotes nothing. Any thread.
[[nodiscard]] Result<ReadClaims> read_claims(std::string_view payload, const TokenRules& rules, const Limits& limits);

/// Whether a token holds at `now`, with the leeway on both sides. Safe for any `now`. Any thread.
[[nodiscard]] constexpr bool holds_at(const TokenPeriod& period, UnixTime now, std::uint32_t leeway_s) noexcept {
  const std::int64_t leeway = leeway_s;
  return period.not_before.seconds - leeway <= now.seconds && now.seconds < period.expires.seconds + leeway;
}

/// Whether a text is one scope token (RFC 6749 section 3.3). Never fails.
[[nodiscard]] bool is_scope_token(std::string_view text) noexcept;

}  // namespace locket::policy
