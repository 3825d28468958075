#pragma once

#include <optional>
#include <string>

#include "locket/rados_store.hpp"
#include "store/conformance.hpp"

namespace locket {

/// A place for a store in the pool that LOCKET_TEST_POOL names; its objects are removed at the end.
class RadosPlace final : public StorePlace {
 public:
  /// A place that nobody else has.
  RadosPlace();
  RadosPlace(const RadosPlace&) = delete;
  RadosPlace& operator=(const RadosPlace&) = delete;
  ~RadosPlace() override;

  Result<std::unique_ptr<Store>> open() override { return open_rados_store(where); }

  /// Whether there is a pool to test with.
  [[nodiscard]] static bool is_there();

  RadosOptions where;
};

}  // namespace locket
