#include "crypto/keyed_hash.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <random>
#include <string>

namespace locket::crypto {
namespace {

/// OpenSSL's Poly1305, by which ours is judged.
KeyedTag judged(const KeyedHash::Key& key, BytesView bytes) {
  KeyedTag tag{};
  std::size_t tag_bytes = 0;
  EXPECT_NE(
      EVP_Q_mac(nullptr, "POLY1305", nullptr, nullptr, nullptr, key.data(), key.size(),
                reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), tag.data(), tag.size(), &tag_bytes),
      nullptr);
  EXPECT_EQ(tag_bytes, tag.size());
  return tag;
}

KeyedTag tag_of(const KeyedHash& hash, std::string_view text) { return hash.hash(as_bytes(text)); }

// RFC 8439, section 2.5.2.
TEST(KeyedHash, GivesThePublishedTag) {
  const KeyedHash::Key key{0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52,
                           0xfe, 0x42, 0xd5, 0x06, 0xa8, 0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d,
                           0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b};
  const KeyedTag expected{0xa8, 0x06, 0x1d, 0xc1, 0x30, 0x51, 0x36, 0xc6,
                          0xc2, 0x2b, 0x8b, 0xaf, 0x0c, 0x01, 0x27, 0xa9};
  EXPECT_EQ(tag_of(KeyedHash(key), "Cryptographic Forum Research Group"), expected);
}

// Bytes that are mostly ones carry furthest, and reach the modulus.
TEST(KeyedHash, GivesOpenSslsTagForEveryLength) {
  std::mt19937_64 random(1);
  for (int kind = 0; kind < 40; ++kind) {
    const auto byte = [&]() -> std::uint8_t {
      const auto one = static_cast<std::uint8_t>(random());
      if (kind % 4 == 0) return one;
      if (kind % 4 == 1) return random() % 8 == 0 ? one : 0xFF;
      return kind % 4 == 2 ? 0xFF : static_cast<std::uint8_t>(random() % 32 == 0 ? one : 0);
    };
    KeyedHash::Key key;
    for (std::uint8_t& one : key) one = byte();
    const KeyedHash hash(key);
    std::string text;
    for (std::size_t size = 0; size <= 260; ++size, text.push_back(static_cast<char>(byte()))) {
      const KeyedTag expected = judged(key, as_bytes(text));
      ASSERT_EQ(tag_of(hash, text), expected) << kind << ' ' << size;
      const std::size_t cut = random() % (size + 1);
      const std::string_view view = text;
      ASSERT_EQ(hash.hash(as_bytes(view.substr(0, cut)), as_bytes(view.substr(cut))), expected) << size << ' ' << cut;
    }
  }
}

// RFC 8439, appendix A.3, vectors 7 to 11: sums at and about the modulus, which chance does not meet.
TEST(KeyedHash, ReducesAtTheModulus) {
  const std::string ones(16, '\xFF');
  const std::string parts[] = {
      ones + "\xF0" + std::string(15, '\xFF') + "\x11" + std::string(15, '\0'),
      ones + "\xFB" + std::string(15, '\xFE') + std::string(16, '\x01'), "\xFD" + std::string(15, '\xFF'),
      std::string("\xE3\x35\x94\xD7\x50\x5E\x43\xB9\0\0\0\0\0\0\0\0\x33\x94\xD7\x50\x5E\x43\x79\xCD\x01\0\0\0\0\0\0\0",
                  32) +
          std::string(16, '\0') + "\x01" + std::string(15, '\0'),
      std::string("\xE3\x35\x94\xD7\x50\x5E\x43\xB9\0\0\0\0\0\0\0\0\x33\x94\xD7\x50\x5E\x43\x79\xCD\x01\0\0\0\0\0\0\0",
                  32) +
          std::string(16, '\0')};
  for (const std::uint8_t factor : {1, 2, 4}) {
    KeyedHash::Key key{factor};
    for (const std::uint8_t upper : {0, 4}) {
      key[8] = upper;
      for (const std::string& part : parts) EXPECT_EQ(tag_of(KeyedHash(key), part), judged(key, as_bytes(part)));
    }
  }
}

TEST(KeyedHash, HasAKeyOfItsOwn) {
  const KeyedHash hash;
  const KeyedHash other;
  EXPECT_NE(tag_of(other, "a token"), tag_of(hash, "a token"));
  EXPECT_NE(tag_of(hash, "a token"), tag_of(hash, "a tokeN"));
}

}  // namespace
}  // namespace locket::crypto
