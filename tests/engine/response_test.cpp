#include <gtest/gtest.h>

#include "locket/request.hpp"

namespace locket {
namespace {

TEST(Response, FindsAHeaderInAnyCase) {
  Response response;
  response.headers.push_back({"Retry-After", "7"});
  EXPECT_EQ(response.header("retry-after"), "7");
  EXPECT_EQ(response.header("RETRY-AFTER"), "7");
  EXPECT_EQ(response.header("retry-afte"), std::nullopt);
}

}  // namespace
}  // namespace locket
