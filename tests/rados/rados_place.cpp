#include "rados/rados_place.hpp"

#include <cstdlib>
#include <random>

#include "rados/pool.hpp"

namespace locket {
namespace {

void remove_all(rados::Space& space) {
  std::vector<std::string> names;
  EXPECT_TRUE(space.names([&](std::string_view name) { return names.emplace_back(name), true; }));
  for (const std::string& name : names) EXPECT_EQ(space.remove(name), 0) << name;
}

const MakeStorePlace on_ceph = []() -> std::unique_ptr<StorePlace> {
  return RadosPlace::is_there() ? std::make_unique<RadosPlace>() : nullptr;
};

INSTANTIATE_TEST_SUITE_P(Ceph, StoreConformance, testing::Values(on_ceph));
INSTANTIATE_TEST_SUITE_P(Ceph, AccessConformance, testing::Values(on_ceph));

}  // namespace

bool RadosPlace::is_there() { return std::getenv("LOCKET_TEST_POOL") != nullptr; }

RadosPlace::RadosPlace() {
  where.pool = std::getenv("LOCKET_TEST_POOL");
  std::random_device random;
  where.name = "test-" + std::to_string(random()) + std::to_string(random());
}

RadosPlace::~RadosPlace() {
  const auto pool = rados::Pool::open(where);
  if (!pool) return;
  for (rados::Space* space : {(*pool)->imodels.get(), (*pool)->access.get(), (*pool)->failures.get()}) {
    remove_all(*space);
  }
}

}  // namespace locket
