#include "locket/hashed_bytes.hpp"

#include <gtest/gtest.h>

#include "crypto/checksum.hpp"
#include "crypto/sha256.hpp"

namespace locket {
namespace {

TEST(HashedBytes, CarriesTheDigestsOfItsBytes) {
  const HashedBytes hashed(SharedBytes(Bytes(100, std::byte{7})));
  EXPECT_EQ(hashed.size(), 100U);
  EXPECT_EQ(hashed.sha256(), crypto::sha256(hashed.view()));
  EXPECT_EQ(hashed.checksum(), crypto::checksum(hashed.view()));
  EXPECT_TRUE(hashed.is_intact());
}

TEST(HashedBytes, ThatAreNoneHaveNoDigests) {
  const HashedBytes none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.sha256(), Sha256{});
  EXPECT_TRUE(HashedBytes(SharedBytes()).is_intact());
}

TEST(HashedBytes, NoticesWhicheverBitIsChangedUnderIt) {
  const auto memory = std::make_shared<Bytes>(1'000, std::byte{7});
  const HashedBytes hashed(SharedBytes(memory, *memory));
  for (std::size_t bit = 0; bit < memory->size() * 8; ++bit) {
    const std::byte mask = std::byte{1} << static_cast<int>(bit % 8);
    (*memory)[bit / 8] ^= mask;
    EXPECT_FALSE(hashed.is_intact()) << bit;
    (*memory)[bit / 8] ^= mask;
  }
  EXPECT_TRUE(hashed.is_intact());
}

TEST(SharedBytes, WhatIsMovedFromHoldsNoBytes) {
  SharedBytes first(Bytes(100, std::byte{7}));
  SharedBytes second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.size(), 100U);
  first = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.view()[99], std::byte{7});
  HashedBytes hashed(first);
  const HashedBytes taken(std::move(hashed));
  EXPECT_TRUE(hashed.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(taken.is_intact());
}

}  // namespace
}  // namespace locket
