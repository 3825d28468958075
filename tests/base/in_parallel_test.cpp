#include "base/in_parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <vector>

namespace locket {
namespace {

TEST(InParallel, CallsWithEveryNumberOnce) {
  for (const std::size_t threads : {0, 1, 4, 100}) {
    std::vector<std::atomic<int>> calls(57);
    in_parallel(threads, calls.size(), [&](std::size_t i) { ++calls[i]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1) << threads;
  }
  in_parallel(4, 0, [](std::size_t) { ADD_FAILURE(); });
}

TEST(InParallel, GivesWhatWasThrownToWhoAsked) {
  for (std::size_t thrower = 0; thrower < 40; ++thrower) {
    const auto work = [&](std::size_t i) {
      if (i == thrower) throw std::bad_alloc();
    };
    EXPECT_THROW(in_parallel(16, 40, work), std::bad_alloc);
  }
  EXPECT_THROW(in_parallel(16, 40, [](std::size_t) { throw std::runtime_error("each"); }), std::runtime_error);
}

}  // namespace
}  // namespace locket
