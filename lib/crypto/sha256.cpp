#define OPENSSL_SUPPRESS_DEPRECATED  // the plain calls look nothing up and allocate nothing; the EVP ones do both

#include "crypto/sha256.hpp"

#include <openssl/sha.h>

namespace locket::crypto {

std::array<std::uint8_t, 32> sha256(BytesView bytes) noexcept {
  std::array<std::uint8_t, 32> digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

std::array<std::uint8_t, 20> sha1(BytesView bytes) noexcept {
  std::array<std::uint8_t, 20> digest;
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  return digest;
}

}  // namespace locket::crypto
