#include "store/conformance.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

class SqlitePlace final : public StorePlace {
 public:
  Result<std::unique_ptr<Store>> open() override { return open_store(folder_.file()); }

 private:
  sample::Folder folder_;
};

const MakeStorePlace in_a_file = [] { return std::make_unique<SqlitePlace>(); };

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(in_a_file));
INSTANTIATE_TEST_SUITE_P(Sqlite, AccessConformance, testing::Values(in_a_file));

}  // namespace
}  // namespace locket
