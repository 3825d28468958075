#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <cstdint>
#include <memory>
#include <string_view>

// For lib/crypto only: owners of what OpenSSL hands out.
namespace locket::crypto {

/// Frees an object of OpenSSL by the function that belongs to it.
template <auto release>
struct Release {
  /// Frees `object`, which may be null.
  template <class Object>
  void operator()(Object* object) const noexcept {
    release(object);
  }
};

using PkeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, Release<BN_free>>;
using BioPtr = std::unique_ptr<BIO, Release<BIO_free_all>>;
using EcdsaSignaturePtr = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;

/// Keeps the host's queue of OpenSSL errors on this thread as it was: what was added within the scope is dropped.
class ErrorScope {
 public:
  /// Begins the scope.
  ErrorScope() noexcept { ERR_set_mark(); }
  ~ErrorScope() { ERR_pop_to_mark(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

/// Keys smaller or larger than this are refused (RFC 7518 section 3.3 gives the lower bound).
constexpr int rsa_modulus_bits_min = 2'048;
constexpr int rsa_modulus_bits_max = 8'192;

/// One coordinate, or one half of a signature, on P-256.
constexpr std::size_t p256_number_bytes = 32;

/// Whether a key is RSA or P-256 within the bounds above. Never fails.
[[nodiscard]] inline bool is_rsa_in_bounds(const EVP_PKEY* key) noexcept {
  if (EVP_PKEY_is_a(key, "RSA") != 1) return false;
  const int bits = EVP_PKEY_get_bits(key);
  return bits >= rsa_modulus_bits_min && bits <= rsa_modulus_bits_max;
}

/// Whether a key lies on P-256. Never fails.
[[nodiscard]] inline bool is_p256(const EVP_PKEY* key) noexcept {
  char group[32] = {};
  std::size_t group_bytes = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &group_bytes) == 1 &&
         std::string_view(group, group_bytes) == "prime256v1";
}

}  // namespace locket::crypto
