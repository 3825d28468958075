#include "locket/store.hpp"

namespace locket {

std::string to_etag(const Sha256& digest) {
  static constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t bytes_told = 16;
  std::string tag = "\"";
  for (std::size_t i = 0; i < bytes_told; ++i) {
    tag.push_back(digits[digest[i] >> 4]);
    tag.push_back(digits[digest[i] & 15]);
  }
  tag.push_back('"');
  return tag;
}

}  // namespace locket
