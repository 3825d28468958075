#include "policy/hash_index.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/name_table.hpp"

namespace locket::policy {
namespace {

TEST(HashIndex, FindsNothingWhereNothingIs) {
  EXPECT_FALSE(HashIndex().find(0, [](std::uint32_t) { return true; }));
  EXPECT_FALSE(HashIndex(0).find(0, [](std::uint32_t) { return true; }));
  EXPECT_FALSE(HashIndex(1).find(0, [](std::uint32_t) { return true; }));
}

TEST(HashIndex, LeavesTheLastWordToTheComparison) {
  // All of the same hash: one after the other, over the end of the table and on from its start.
  for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0}, hash_of(std::string_view("x"))}) {
    HashIndex index(5);
    for (std::uint32_t place = 0; place < 5; ++place) index.add(hash, place);
    for (std::uint32_t wanted = 0; wanted < 5; ++wanted) {
      EXPECT_EQ(index.find(hash, [&](std::uint32_t place) { return place == wanted; }), wanted);
    }
    EXPECT_FALSE(index.find(hash, [](std::uint32_t) { return false; }));
    EXPECT_FALSE(index.find(hash ^ 1, [](std::uint32_t) { return true; }));
  }
}

// Pairs of names that an index can not tell apart by the part of the hash that it keeps.
std::vector<std::pair<std::string, std::string>> colliding_names() {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::unordered_map<std::uint32_t, std::string> seen;
  for (int i = 0; pairs.size() < 8; ++i) {
    std::string name = "user-" + std::to_string(i);
    const auto [found, is_new] = seen.try_emplace(static_cast<std::uint32_t>(hash_of(std::string_view(name))), name);
    if (!is_new) pairs.emplace_back(found->second, name);
  }
  return pairs;
}

TEST(NameTable, TellsNamesApartThatShareAHash) {
  for (const auto& [first, second] : colliding_names()) {
    const NameTable both({first, second});
    EXPECT_EQ(both.find(first), 0U);
    EXPECT_EQ(both.find(second), 1U);
    const NameTable one({first});
    EXPECT_FALSE(one.find(second)) << first << " is not " << second;
  }
}

}  // namespace
}  // namespace locket::policy
