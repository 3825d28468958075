#include "crypto/linked_libraries.hpp"

#include <openssl/crypto.h>
#include <xxhash.h>

#include <string>

namespace locket::crypto {
namespace {

std::string xxhash_version() {
  const unsigned number = XXH_versionNumber();
  return std::to_string(number / 10000) + '.' + std::to_string(number / 100 % 100) + '.' + std::to_string(number % 100);
}

}  // namespace

std::vector<LinkedLibrary> linked_libraries() {
  return {{"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING), ""}, {"xxHash", xxhash_version(), ""}};
}

}  // namespace locket::crypto
