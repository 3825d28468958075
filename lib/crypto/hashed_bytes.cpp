#include "locket/hashed_bytes.hpp"

#include "crypto/checksum.hpp"
#include "crypto/sha256.hpp"

namespace locket {

HashedBytes::HashedBytes(SharedBytes bytes) noexcept
    : SharedBytes(std::move(bytes)), sha256_(crypto::sha256(view())), checksum_(crypto::checksum(view())) {}

bool HashedBytes::is_intact() const noexcept { return crypto::checksum(view()) == checksum_; }

}  // namespace locket
