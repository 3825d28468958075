#include "store/wal_reset_bug.hpp"

#include <gtest/gtest.h>

namespace locket::store {
namespace {

TEST(WalResetBug, IsInEveryReleaseFromTheFirstLogToTheFix) {
  for (const int version : {3007000, 3040001, 3044005, 3050006, 3051000, 3051002}) {
    EXPECT_TRUE(has_wal_reset_bug(version)) << version;
  }
}

TEST(WalResetBug, IsNotBeforeTheLogNorInFixedReleases) {
  for (const int version : {3006023, 3044006, 3044007, 3050007, 3051003, 3052000, 3053003}) {
    EXPECT_FALSE(has_wal_reset_bug(version)) << version;
  }
}

}  // namespace
}  // namespace locket::store
