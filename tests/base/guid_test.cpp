#include "locket/guid.hpp"

#include <gtest/gtest.h>

#include <string>

namespace locket {
namespace {

constexpr std::string_view known = "2b382042-4a92-46a4-a3cf-db4b77085489";

TEST(Guid, ReadsWhatItPrints) {
  const auto guid = parse_guid(known);
  ASSERT_TRUE(guid);
  EXPECT_EQ(guid->bytes[0], 0x2b);
  EXPECT_EQ(guid->bytes[15], 0x89);
  EXPECT_EQ(to_string(*guid), known);
}

TEST(Guid, TakesUpperCaseAndPrintsLowerCase) {
  const auto guid = parse_guid("2B382042-4A92-46A4-A3CF-DB4B77085489");
  ASSERT_TRUE(guid);
  EXPECT_EQ(to_string(*guid), known);
}

TEST(Guid, RefusesEveryOtherForm) {
  for (const std::string_view text :
       {"", "2b382042", "{2b382042-4a92-46a4-a3cf-db4b77085489}", "2b3820424a9246a4a3cfdb4b77085489",
        "2b382042-4a92-46a4-a3cf-db4b7708548", "2b382042-4a92-46a4-a3cf-db4b770854890",
        "2b382042-4a92-46a4-a3cf-db4b7708548g", "2b382042_4a92_46a4_a3cf_db4b77085489",
        " b382042-4a92-46a4-a3cf-db4b77085489", "%32b382042-4a92-46a4-a3cf-db4b7708548"}) {
    EXPECT_FALSE(parse_guid(text)) << text;
  }
  EXPECT_FALSE(parse_guid(std::string(known.substr(0, 35)) + '\0'));
}

TEST(Guid, DerivesTheSameVersion5IdFromTheSameName) {
  const Guid first = derive_guid("bridge.png");
  EXPECT_EQ(first, derive_guid("bridge.png"));
  EXPECT_NE(first, derive_guid("bridge2.png"));
  EXPECT_EQ(first.bytes[6] >> 4, 5);
  EXPECT_EQ(first.bytes[8] >> 6, 2);
  EXPECT_EQ(parse_guid(to_string(first)), first);
}

}  // namespace
}  // namespace locket
