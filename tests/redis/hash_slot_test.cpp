#include "redis/hash_slot.hpp"

#include <gtest/gtest.h>

#include "redis/gcra_script.hpp"

namespace locket::redis {
namespace {

// The first is the example of the Redis Cluster specification; the others are what redis-server 7.0 says to
// `CLUSTER KEYSLOT`.
TEST(HashSlot, IsThatOfTheSpecification) {
  EXPECT_EQ(hash_slot("123456789"), 0x31C3);
  EXPECT_EQ(hash_slot(""), 0);
  EXPECT_EQ(hash_slot("foo"), 12'182);
  EXPECT_EQ(hash_slot("{user1000}.following"), hash_slot("user1000"));
  EXPECT_EQ(hash_slot("foo{}{bar}"), 8'363);
  EXPECT_EQ(hash_slot("foo{{bar}}zap"), hash_slot("{bar"));
  EXPECT_EQ(hash_slot("foo{bar}{zap}"), hash_slot("bar"));
}

TEST(CounterKey, IsTaggedByTheWholeClientAndOneToOne) {
  EXPECT_EQ(counter_key("a-client"), "locket:rate:{a-client}");
  EXPECT_EQ(counter_key("}{%"), "locket:rate:{%7D%7B%25}");
  EXPECT_NE(counter_key("}"), counter_key("%7D"));
}

}  // namespace
}  // namespace locket::redis
