#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/public_key.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/token.hpp"
#include "policy/base64url.hpp"

namespace locket::policy {

/// A signed token in the compact form (RFC 7515 section 3.1), still encoded. Views into the token.
struct CompactJws {
  Base64url header;
  Base64url payload;
  Base64url signature;
  std::string_view signing_input;  ///< header, dot, payload: what is signed
};

/// Takes a token apart. Inputs: the token; `token_bytes_max`, `token_header_bytes_max` and
/// `token_signature_bytes_max` of the limits.
/// Result: its three parts, all of them canonical base64url; `token_rejected` otherwise. Allocates nothing but the
/// detail of an error. Any thread.
[[nodiscard]] Result<CompactJws> split_jws(std::string_view token, const Limits& limits);

/// What a token's header says.
struct JwsHeader {
  Algorithm algorithm;
  std::optional<std::string> kid;
};

/// Reads the header of a token, strictly: a JSON object, `alg` one of ours, `kid` a text of at most
/// `identifier_bytes_max`, `typ` absent or `JWT` or `at+jwt` in any case (RFC 9068 section 2.1, also in the long form
/// `application/at+jwt`). Extensions that must be understood (`crit`, `b64`) and keys that a token brings along or
/// points at (`jwk`, `jku`, `x5c`, `x5u`) are refused (RFC 8725 section 3.10). Anything else in it is passed over.
/// Result: the header; or `token_rejected`. Any thread.
[[nodiscard]] Result<JwsHeader> read_jws_header(const CompactJws& jws, const Limits& limits);

/// Checks a token's signature. Result: the payload, decoded; `token_rejected` when the signature is not the key's.
/// Any thread. Cost: one signature.
[[nodiscard]] Result<std::string> open_jws(const CompactJws& jws, const crypto::PublicKey& key);

}  // namespace locket::policy
