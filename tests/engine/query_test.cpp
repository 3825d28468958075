#include "engine/query.hpp"

#include <gtest/gtest.h>

#include "locket/request.hpp"

namespace locket::engine {
namespace {

TEST(SizeParameter, IsSmallWhereItIsAbsent) {
  for (const std::string_view query : {"", "a=b", "Size=large", "sizes=large", "&&&", "=size"}) {
    EXPECT_EQ(parse_size(query), Size::small) << query;
  }
}

TEST(SizeParameter, IsComparedExactly) {
  EXPECT_EQ(parse_size("size=small"), Size::small);
  EXPECT_EQ(parse_size("a=1&size=large&b"), Size::large);
  EXPECT_EQ(parse_size("s%69ze=l%61rge"), Size::large);
  EXPECT_EQ(parse_size("s%69z%65=s%6Dall"), Size::small);
  EXPECT_EQ(parse_size("s%69zes=large&si%7a=large"), Size::small);
}

TEST(SizeParameter, RefusesEverythingElseAndTellsWhatItWas) {
  for (const auto& [query, told] :
       {std::pair{"size=", ""}, std::pair{"size", ""}, std::pair{"size=Small", "Small"},
        std::pair{"size=large%00", "large%00"}, std::pair{"size=large+", "large "},
        std::pair{"size=small&size=small", "small,small"}, std::pair{"size=a%22b", "a\"b"},
        std::pair{"size=%zz", "%zz"}, std::pair{"size=%4G", "%4G"}, std::pair{"size=%:1", "%:1"},
        std::pair{"size=%@1", "%@1"}, std::pair{"size=%6", "%6"}, std::pair{"size=%", "%"},
        std::pair{"size=large=", "large="}}) {
    const auto size = parse_size(query);
    ASSERT_FALSE(size) << query;
    EXPECT_EQ(size.error().code, Code::size_invalid);
    const std::string expected = std::string_view(query) == "size=large%00" ? std::string("large\0", 6) : told;
    EXPECT_EQ(size.error().detail, expected);
  }
}

constexpr std::string_view tag = "\"0123\"";

TEST(EntityTag, IsFoundInAList) {
  for (const std::string_view list :
       {"\"0123\"", "*", "\"a\", \"0123\"", " \"0123\" ,x", "\t\"0123\"\t", " ,\t,\"0123\"", "W/\"0123\""}) {
    EXPECT_TRUE(names_etag(list, tag, true)) << list;
  }
}

TEST(EntityTag, AStarNamesEveryOneAlsoWhenItIsSentTwice) {
  for (const std::string_view list : {"*", " * ", "*,", "*,*,", "*,,", "*, *"}) {
    EXPECT_TRUE(names_etag(list, tag, false)) << list;
  }
}

TEST(EntityTag, OfAnotherPictureIsNotFound) {
  for (const std::string_view list :
       {"", "0123", "\"0124\"", "\"0123", "w/\"0123\"", "\"01\" \"0123\"", "\"a,*,b\"", "\"a\", *"}) {
    EXPECT_FALSE(names_etag(list, tag, true)) << list;
  }
}

TEST(EntityTag, WeakOneIsNoMatchForAStrongComparison) {
  EXPECT_FALSE(names_etag("W/\"0123\"", tag, false));
  EXPECT_FALSE(names_etag("W/*", tag, true));
  EXPECT_TRUE(names_etag("\"0123\"", tag, false));
}

TEST(ContentType, IsReadInAnyCaseWithoutItsParameters) {
  EXPECT_EQ(parse_content_type("image/png"), MediaType::png);
  EXPECT_EQ(parse_content_type("IMAGE/JPEG; q=1"), MediaType::jpeg);
  EXPECT_EQ(parse_content_type(" image/png ;charset=utf-8"), MediaType::png);
}

TEST(ContentType, OfAnythingElseIsRefused) {
  for (const std::string_view value : {"image/gif", "image/pngx", "image/jpg", "png", ";", "image/png,image/png"}) {
    const auto type = parse_content_type(value);
    ASSERT_FALSE(type) << value;
    EXPECT_EQ(type.error().code, Code::content_type_unsupported) << value;
  }
  for (const std::string_view value : {"", "  "}) {
    EXPECT_EQ(parse_content_type(value).error().code, Code::content_type_missing);
  }
}

}  // namespace
}  // namespace locket::engine
