#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "locket/clock.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/limits.hpp"
#include "locket/log.hpp"

namespace locket {

/// What a verified token says. Only a `TokenVerifier` turns it into an `Identity`.
struct Claims {
  std::string user;       ///< `sub`, never empty
  std::string client_id;  ///< `client_id`, never empty
  UnixTime expires_at{};  ///< `exp`
};

/// Somebody whose token was verified. Made by a `TokenVerifier` and by nothing else; it says nothing to parts that
/// trust other keys.
class Identity {
 public:
  Identity(const Identity&) noexcept = default;  // moving copies as well, so that none is ever empty
  Identity& operator=(const Identity&) noexcept = default;
  ~Identity() = default;

  /// The user, `sub`. Lives as long as this object.
  [[nodiscard]] const std::string& user() const noexcept { return claims_->user; }

  /// The OAuth client, `client_id`. Lives as long as this object.
  [[nodiscard]] const std::string& client_id() const noexcept { return claims_->client_id; }

  /// When the token ends.
  [[nodiscard]] UnixTime expires_at() const noexcept { return claims_->expires_at; }

 private:
  friend class TokenVerifier;
  explicit Identity(std::shared_ptr<const Claims> claims) noexcept : claims_(std::move(claims)) {}

  std::shared_ptr<const Claims> claims_;
};

/// The first stage of a fetch: turns a bearer token into an `Identity`. A host may bring its own by deriving.
/// Calls may come from any thread.
class LOCKET_API TokenVerifier {
 public:
  virtual ~TokenVerifier() = default;

  /// Verifies one token.
  /// Inputs: the token without the word `Bearer`; the time to judge it by.
  /// Result: who it is; or `token_rejected`, whose detail tells the operator why and never holds the token; or
  /// `access_unavailable` where a verifier says that it has nothing to judge by, throws, or finds no memory, so that a
  /// good token is not called a bad one. Anything but a proof that the token is good is one of both.
  [[nodiscard]] Result<Identity> verify(std::string_view token, UnixTime now);

  /// Reads the keys anew now, where there are any to read: for the operator who has changed them.
  /// Result: whether they are others than before; or the source's error, `key_invalid` or `json_invalid`, with the keys
  /// known so far still in use. A verifier without keys of its own has nothing to do. Any thread; waits for the
  /// readings that others asked for before.
  virtual Result<bool> reload_keys() { return false; }

 protected:
  /// The derived class's check; the same contract as `verify`: any code but `access_unavailable` and
  /// `out_of_memory` is a rejection. Never gives claims with an empty user or client.
  virtual Result<std::shared_ptr<const Claims>> check(std::string_view token, UnixTime now) = 0;
};

/// What a token must say.
struct TokenRules {
  std::string issuer{};                  ///< exact `iss`; empty: any issuer that the keys prove
  std::string audience{};                ///< must stand in `aud`; empty: not asked for
  std::string scope = "itwin-platform";  ///< must stand in `scope`
  std::uint32_t leeway_s = 60;           ///< for `exp`, `nbf` and `iat`; at most `Limits::token_leeway_s_max`
  bool rs256 = true;                     ///< algorithms that are allowed; each is bound to its key as well
  bool ps256 = true;
  bool es256 = true;

  // How keys are kept: 0 < retry <= refresh <= trust. A token that names an unknown key has them read at once, but
  // never more often than every `key_retry_s`.
  std::uint32_t key_refresh_s = 300;  ///< keys older than this are read anew
  std::uint32_t key_retry_s = 30;     ///< at least this long between two readings, whatever asks for them
  std::uint32_t key_trust_s =
      3'600;  ///< keys that can't be read anew are trusted this long after the last good reading
};

/// Where the verifier gets its keys from. The library does no network I/O: a host that fetches keys does it behind
/// this. Calls may come from any thread.
class LOCKET_API KeySource {
 public:
  virtual ~KeySource() = default;

  /// Gives the present JWKS document (RFC 7517). It may have the verifier check tokens, but must not call its
  /// `reload_keys`, which waits for this call.
  /// Result: its JSON text; or an error, after which the keys known so far stay in use for a bounded time.
  virtual Result<std::string> fetch_jwks() = 0;
};

/// A key source that always gives the same document. Input: the JSON text, copied.
[[nodiscard]] LOCKET_API std::unique_ptr<KeySource> make_static_key_source(std::string jwks_json);

/// A key source that reads a file anew each time it is asked. Input: the path. The file is read at most up to
/// `Limits::jwks_bytes_max`; `file_not_readable` when it can't be read or is not a regular file, `json_invalid` when it
/// is larger.
[[nodiscard]] LOCKET_API std::unique_ptr<KeySource> make_file_key_source(std::string path, const Limits& limits = {});

/// Makes the verifier for JWT access tokens (RFC 7515, 7519, 8725, 9068) signed by a key of a JWKS:
/// RS256, PS256 and ES256 only, each bound to the key; strict base64url and JSON; `exp` required.
/// Inputs: the rules; where keys come from; the limits; the clock that paces refreshes; where it is told that keys
/// changed (`keys.changed`), could not be read (`keys.refresh_failed`), or were in part of no use (`keys.passed_over`).
/// `clock` and `log` must outlive the verifier. Result: the verifier with the keys read once; the source's error, or
/// `key_invalid` or `json_invalid` when the document holds no usable key or is wrong; `argument_invalid` when the
/// leeway is over its limit, no algorithm is allowed, the scope is not one scope token, or the times of the keys are
/// out of order. A document without any key, read later, takes all of them back at once. Threads: the verifier may be
/// used from any; a caller that finds the keys old reads them itself while the others go on with those there are.
/// Cost of a check: one signature for a token not seen before; for one that was, a hash of it and a look-up without
/// allocation. Verified tokens are kept by a keyed hash of their text only (Poly1305 under a random key that never
/// leaves the verifier), at most `Limits::token_cache_entries_max`, until they expire or the keys change.
[[nodiscard]] LOCKET_API Result<std::unique_ptr<TokenVerifier>> make_jwks_token_verifier(
    const TokenRules& rules, std::unique_ptr<KeySource> keys, const Limits& limits = {},
    const Clock& clock = system_clock(), LogSink& log = silent_log());

/// Takes the token out of an `Authorization` header's value, RFC 6750 section 2.1: the word `Bearer` in any case,
/// one or more blanks, the token (token68).
/// Inputs: the value; how large a token may be, so that a huge value is refused before it is looked through.
/// Result: a view into `value`; `authorization_missing` for an empty value; `token_rejected` for anything else.
/// Allocates nothing on success. Any thread. Cost: linear, about a tenth of a nanosecond a byte.
[[nodiscard]] LOCKET_API Result<std::string_view> parse_bearer(
    std::string_view value, std::uint32_t token_bytes_max = Limits{}.token_bytes_max);

/// A signature algorithm for `SigningKey`.
enum class Algorithm : std::uint8_t { rs256, ps256, es256 };

/// A private key that signs tokens: for trying things out and for tests, not an identity provider.
class LOCKET_API SigningKey {
 public:
  /// Makes a new key: RSA of 2,048 bits or P-256. Fails with `key_invalid`. Cost: up to a second for RSA.
  [[nodiscard]] static Result<SigningKey> generate(Algorithm algorithm);

  /// Reads an unencrypted PKCS#8 PEM text. `algorithm` absent: RS256 for RSA, ES256 for P-256. Fails with
  /// `key_invalid`.
  [[nodiscard]] static Result<SigningKey> from_pem(std::string_view pem, std::optional<Algorithm> algorithm = {});

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  /// The private key as PKCS#8 PEM; empty when memory is out. Keep it secret.
  [[nodiscard]] std::string to_pem() const;

  /// The public key as a JWKS document with this one key (`kid` is its RFC 7638 thumbprint); empty when memory is out.
  [[nodiscard]] std::string to_jwks() const;

  /// Signs a JWT. Input: the claims as one strict JSON object of at most 65,536 bytes, signed as they stand.
  /// Result: the compact form, with `kid` and the type `at+jwt` in its header. Fails with `json_invalid`,
  /// `key_invalid`. Any thread.
  [[nodiscard]] Result<std::string> sign(std::string_view claims_json) const;

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// What `make_claims` puts into a token.
struct TokenRequest {
  std::string user{};
  std::string client_id{};
  std::string issuer{};    ///< empty: left out
  std::string audience{};  ///< empty: left out
  std::vector<std::string> scopes{"itwin-platform"};
  std::uint32_t expires_in_s = 3600;
};

/// Writes the claims of a token in Bentley's form (`scope` as an array) as one JSON object.
/// Empty issuer or audience: left out. Text that is not UTF-8 gets replacement characters. Any thread.
[[nodiscard]] LOCKET_API std::string make_claims(const TokenRequest& request, UnixTime now);

}  // namespace locket
