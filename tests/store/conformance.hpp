#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "locket/store.hpp"

namespace locket {

/// Where one test's store lives. Each opening opens the same store, made by the first; all is gone at the end.
class StorePlace {
 public:
  virtual ~StorePlace() = default;

  /// Opens the store that lives here. Result: the store, or why it can't be opened.
  [[nodiscard]] virtual Result<std::unique_ptr<Store>> open() = 0;
};

/// Makes an empty place; each kind of store brings its own. Nothing where there can be none; then the test is skipped.
using MakeStorePlace = std::function<std::unique_ptr<StorePlace>()>;

/// What every kind of store must hold to. A test program that wants it for a kind compiles the conformance tests in,
/// and instantiates both suites with that kind's `MakeStorePlace`.
class StoreConformance : public testing::TestWithParam<MakeStorePlace> {
 protected:
  void SetUp() override {
    place_ = GetParam()();
    if (place_ == nullptr) GTEST_SKIP() << "there is nothing here to keep such a store in";
  }

  /// Opens the test's store, once more if it is open. Nothing, and a failed test, when it can't be opened.
  std::unique_ptr<Store> open();

 private:
  std::unique_ptr<StorePlace> place_;
};

/// The same, with the store already open.
class AccessConformance : public StoreConformance {
 protected:
  void SetUp() override {
    StoreConformance::SetUp();
    if (IsSkipped()) return;
    store = open();
    ASSERT_NE(store, nullptr);
  }

  std::unique_ptr<Store> store;
};

}  // namespace locket
