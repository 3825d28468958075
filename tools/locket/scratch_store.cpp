#include "scratch_store.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace locket::tool {

namespace fs = std::filesystem;

Result<std::unique_ptr<ScratchStore>> ScratchStore::make(const Limits& limits) {
  std::error_code failure;
  std::string name = (fs::temp_directory_path(failure) / "locket-dry-run-XXXXXX").string();
  if (failure || ::mkdtemp(name.data()) == nullptr) {
    const std::string reason = failure ? failure.message() : std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
    return fail(Code::store_open_failed, "no temporary folder can be made: " + reason);
  }
  std::unique_ptr<ScratchStore> scratch(new ScratchStore(std::move(name)));
  StoreOptions options;
  options.limits = limits;
  auto store = locket::open_store((fs::path(scratch->folder_) / "thumbnails.locket").string(), options);
  if (!store) return std::unexpected(std::move(store.error()));
  scratch->store_ = std::move(*store);
  return scratch;
}

ScratchStore::~ScratchStore() {
  store_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace locket::tool
