#include "locket/store.hpp"

namespace locket {

std::string to_etag(const Sha256& digest) {
  static constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t bytes_told = 16;
  std::string tag(2 * bytes_told + 2, '"');
  for (std::size_t i = 0; i < bytes_told; ++i) {
    tag[2 * i + 1] = digits[digest[i] >> 4];
    tag[2 * i + 2] = digits[digest[i] & 15];
  }
  return tag;
}

}  // namespace locket
