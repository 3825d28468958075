#pragma once

#include <memory>
#include <string>

#include "locket/token.hpp"
#include "program.hpp"

namespace locket::tool {

/// By what a verb judges tokens.
struct TokenOptions {
  std::string keys;  ///< the JWKS file
  TokenRules rules;
};

/// Adds `--keys`, `--issuer` and `--audience` to a verb that judges tokens. The options must outlive the verb.
void add_token_options(CLI::App& verb, TokenOptions& options);

/// Makes the verifier, which tells standard error of its keys.
/// Result: the verifier; or nothing, after a complaint: the verb then ends with `ExitCode::unusable`.
[[nodiscard]] std::unique_ptr<TokenVerifier> make_token_verifier(const TokenOptions& options);

}  // namespace locket::tool
