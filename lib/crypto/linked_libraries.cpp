#include "crypto/linked_libraries.hpp"

#include <openssl/crypto.h>

namespace locket::crypto {

std::vector<LinkedLibrary> linked_libraries() { return {{"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING), ""}}; }

}  // namespace locket::crypto
