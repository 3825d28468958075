#include <algorithm>

#include "crypto/sha256.hpp"
#include "locket/bytes.hpp"
#include "locket/guid.hpp"

namespace locket {
namespace {

// locket's own name space for derived ids, drawn at random once and never to be changed.
constexpr Guid name_space{
    {0x5e, 0x0d, 0x7b, 0x43, 0x9f, 0x6c, 0x4c, 0x1e, 0xa2, 0x58, 0x31, 0xd4, 0x0b, 0x86, 0xee, 0x97}};

}  // namespace

Guid derive_guid(std::string_view name) {
  std::string salted(reinterpret_cast<const char*>(name_space.bytes.data()), name_space.bytes.size());
  salted.append(name);
  const auto digest = crypto::sha1(as_bytes(salted));
  Guid guid;
  std::copy_n(digest.begin(), guid.bytes.size(), guid.bytes.begin());
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | 0x50);
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
  return guid;
}

}  // namespace locket
