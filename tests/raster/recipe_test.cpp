#include <gtest/gtest.h>

#include "locket/picture.hpp"

namespace locket {
namespace {

TEST(Recipe, IsToldByOneShortText) {
  EXPECT_EQ(to_string(Recipe{}), std::to_string(renderer_version) + " cover lanczos3 fast 00000000");
  const Recipe other{Fit::contain, Filter::mitchell, Effort::small, Colour{1, 2, 254, 255}};
  EXPECT_EQ(to_string(other), std::to_string(renderer_version) + " contain mitchell small 0102feff");
}

TEST(Recipe, IsReadBackFromItsText) {
  for (const Fit fit : {Fit::cover, Fit::contain, Fit::stretch}) {
    for (const Filter filter :
         {Filter::lanczos3, Filter::mitchell, Filter::catmull_rom, Filter::triangle, Filter::box}) {
      for (const Effort effort : {Effort::fast, Effort::small}) {
        const Recipe recipe{fit, filter, effort, Colour{0, 2, 254, 255}};
        const auto named = parse_recipe(to_string(recipe));
        ASSERT_TRUE(named) << to_string(recipe);
        EXPECT_EQ(named->recipe, recipe);
        EXPECT_EQ(named->renderer_version, renderer_version);
      }
    }
  }
  EXPECT_EQ(parse_recipe("0 cover box small 00000000")->renderer_version, 0U);
}

TEST(Recipe, OfAnyOtherTextIsNone) {
  for (const char* text :
       {"", " ", "1", "cover lanczos3 fast 00000000", "1 cover lanczos3 fast", "1 cover lanczos3 fast 0",
        "1 cover lanczos3 fast 000000000", "1 Cover lanczos3 fast 00000000", "1 cover lanczos4 fast 00000000",
        "1 cover lanczos3 slow 00000000", "1 cover lanczos3 fast 00000000 ", "1  cover lanczos3 fast 00000000",
        "x cover lanczos3 fast 00000000", "05 cover lanczos3 fast 00000000", "+5 cover lanczos3 fast 00000000",
        "99999999999 cover lanczos3 fast 00000000"}) {
    EXPECT_FALSE(parse_recipe(text)) << text;
  }
}

}  // namespace
}  // namespace locket
