#include "locket/rados_store.hpp"

namespace locket {

Result<std::unique_ptr<Store>> open_rados_store(const RadosOptions&, const StoreOptions&) {
  return fail(Code::argument_invalid, "this locket was built without Ceph (-Drados=enabled builds it in)");
}

std::optional<LinkedLibrary> rados_client_library() { return std::nullopt; }

}  // namespace locket
