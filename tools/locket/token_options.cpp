#include "token_options.hpp"

#include <utility>

#include "message.hpp"
#include "open_store.hpp"

namespace locket::tool {

void add_token_options(CLI::App& verb, TokenOptions& options) {
  verb.add_option("--keys", options.keys, "the JWKS file whose keys prove tokens")->required()->type_name("JWKS.json");
  verb.add_option("--issuer", options.rules.issuer, "the `iss` that a token must have")
      ->type_name("TEXT")
      ->check(not_empty());
  verb.add_option("--audience", options.rules.audience, "what a token's `aud` must hold")
      ->type_name("TEXT")
      ->check(not_empty());
}

std::unique_ptr<TokenVerifier> make_token_verifier(const TokenOptions& options) {
  auto tokens = make_jwks_token_verifier(options.rules, make_file_key_source(options.keys), {}, system_clock(),
                                         standard_error_log());
  if (tokens) return std::move(*tokens);
  complain("can't use the keys of " + options.keys, tokens.error());
  return nullptr;
}

}  // namespace locket::tool
