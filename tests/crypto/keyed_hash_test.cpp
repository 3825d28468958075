#include "crypto/keyed_hash.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

namespace locket::crypto {
namespace {

KeyedTag tag_of(const KeyedHash& hash, std::string_view text) { return hash.hash(as_bytes(text)); }

TEST(KeyedHash, GivesTheSameTagForTheSameBytesInEveryThread) {
  const KeyedHash hash;
  const std::string text(1'000, 'a');
  const KeyedTag tag = tag_of(hash, text);
  EXPECT_EQ(tag_of(hash, text), tag);
  KeyedTag elsewhere{};
  std::thread([&] { elsewhere = tag_of(hash, text); }).join();
  EXPECT_EQ(elsewhere, tag);
}

// Two objects take turns on one thread: none works with the other's key.
TEST(KeyedHash, GivesOtherTagsUnderAnotherKey) {
  const KeyedHash hash;
  const KeyedHash other;
  const KeyedTag tag = tag_of(hash, "a token");
  EXPECT_NE(tag_of(other, "a token"), tag);
  EXPECT_EQ(tag_of(hash, "a token"), tag);
}

TEST(KeyedHash, OfTwoPiecesIsThatOfBothTogether) {
  const KeyedHash hash;
  EXPECT_EQ(hash.hash(as_bytes("a to"), as_bytes("ken")), tag_of(hash, "a token"));
  EXPECT_EQ(hash.hash({}, as_bytes("a token")), tag_of(hash, "a token"));
}

TEST(KeyedHash, TellsEveryLengthAndEveryBitApart) {
  const KeyedHash hash;
  std::set<KeyedTag> tags;
  std::string text;
  for (std::size_t size = 0; size <= 300; ++size, text.push_back('\0')) tags.insert(tag_of(hash, text));
  EXPECT_EQ(tags.size(), 301U);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string other = text;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    tags.insert(tag_of(hash, other));
  }
  EXPECT_EQ(tags.size(), 301U + text.size() * 8);
}

}  // namespace
}  // namespace locket::crypto
