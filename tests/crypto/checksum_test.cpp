#include "crypto/checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace locket::crypto {
namespace {

std::string hexadecimal(const Checksum& checksum) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : checksum) (text += digits[byte >> 4]) += digits[byte & 15];
  return text;
}

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 256 * 7 + 7);
  return bytes;
}

// What xxHash gives without vectors: a store must be read by every CPU, whichever one wrote it.
TEST(Checksum, IsTheSameWhateverVectorsComputeIt) {
  struct Known {
    std::size_t bytes;
    const char* checksum;
  };
  const Known known[] = {
      {0, "99aa06d3014798d86001c324468d497f"},     {1, "495b62073ef70ca44c5cca45d0f4811f"},
      {3, "46f66cb93538156515f7093b173d005c"},     {16, "650fe308c566747df853dd94614dfa07"},
      {17, "18217300b5132d5a78c349fe81b2f26c"},    {128, "b4f87b99d2db8a511e04fad9f0cacb4d"},
      {129, "6881633650cd8924c51bc887976aef63"},   {240, "de57aab31e77a2ff93e173833f75ab66"},
      {241, "92b991a7192f3f080b3b630948ce4a00"},   {1023, "fc313289a769f86858f8e0df15bae666"},
      {1024, "90203ebc60ecf4c885c6594a986f7085"},  {1025, "bd9d767e3e6923da4fd455076d9dad8a"},
      {32768, "991a25cc17f239dfcc08d38f1a1ec91f"}, {100000, "34e06f7f595675ce4e2ce503d61747ba"},
  };
  for (const auto& [count, expected] : known) {
    const std::vector<std::byte> bytes = some_bytes(count);
    EXPECT_EQ(hexadecimal(checksum(bytes)), expected) << count;
  }
}

// What is collected one after the other gives the same as all of it at once.
TEST(Sealer, GivesTheChecksumOfItsValuesEachBehindItsLength) {
  for (const std::size_t piece_bytes : {std::size_t{7}, std::size_t{256}, std::size_t{1'000}, std::size_t{32'768}}) {
    Sealer sealer;
    std::vector<std::byte> all;
    for (std::size_t from = 0; from < 20'000; from += piece_bytes) {
      const std::vector<std::byte> piece = some_bytes(std::min(piece_bytes, 20'000 - from));
      sealer.add(BytesView(piece));
      for (int i = 0; i < 8; ++i) all.push_back(static_cast<std::byte>(piece.size() >> (8 * i)));
      all.insert(all.end(), piece.begin(), piece.end());
      EXPECT_EQ(sealer.checksum(), checksum(all)) << all.size() << " bytes, " << piece_bytes << " at once";
    }
  }
}

}  // namespace
}  // namespace locket::crypto
