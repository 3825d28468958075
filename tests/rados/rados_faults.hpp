#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "locket/rados_store.hpp"
#include "rados/fake_cluster.hpp"

namespace locket {

/// A store on the cluster in memory, of which nobody may have asked for what a caller of librados must not.
class RadosFaults : public testing::Test {
 public:
  /// Where the store is.
  static inline const RadosOptions where{.pool = "fake"};

 protected:
  void SetUp() override { cluster.reset(); }
  void TearDown() override {
    EXPECT_TRUE(cluster.faults.empty()) << cluster.faults.front();
    cluster.reset();
  }

  /// Opens it once more.
  static std::unique_ptr<Store> open(const StoreOptions& options = {}) {
    auto store = open_rados_store(where, options);
    EXPECT_TRUE(store) << store.error().detail;
    return std::move(*store);
  }

  /// Facts of so many iTwins that one user owns.
  static AccessDocument document(std::size_t itwins, std::string_view owner = "olivia") {
    AccessDocument made;
    made.organizations = {{Guid{{1}}, {}, {}}};
    for (std::size_t i = 0; i < itwins; ++i) {
      made.itwins.push_back({derive_guid(std::to_string(i)), Guid{{1}}, {std::string(owner)}, {}, {}, {}});
    }
    return made;
  }

  FakeCluster& cluster = FakeCluster::get();
};

}  // namespace locket
