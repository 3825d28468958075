#include "store/reader_pool.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "store/sample.hpp"

namespace locket::store {
namespace {

TEST(ReaderPool, WhoWaitsIsServedAsSoonAsOneIsGivenBack) {
  const sample::Folder folder;
  ASSERT_TRUE(open_store(folder.file()));
  ReaderPool pool(folder.file(), 1, 60'000);
  const auto begun = std::chrono::steady_clock::now();
  {
    std::jthread waiting;  // ended after the loan
    const auto first = pool.borrow();
    ASSERT_TRUE(first);
    waiting = std::jthread([&] { EXPECT_TRUE(pool.borrow()); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(ReaderPool, OneThatCouldNotBeOpenedTakesNobodysPlace) {
  const sample::Folder folder;
  ReaderPool pool(folder.file(), 1, 50);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.borrow().error().code, Code::store_open_failed);
  ASSERT_TRUE(open_store(folder.file()));
  EXPECT_TRUE(pool.borrow());
}

}  // namespace
}  // namespace locket::store
