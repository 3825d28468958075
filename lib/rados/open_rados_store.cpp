#include <algorithm>
#include <new>

#include "locket/rados_store.hpp"
#include "rados/rados_store.hpp"

namespace locket {
namespace {

// Three texts are one attribute; longer ones were not tried on a cluster.
constexpr std::uint32_t text_bytes_limit = 65'536;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_word(const std::string& text) {
  return !text.empty() && text.size() <= 255 && text.find('\0') == std::string::npos;
}

}  // namespace

Result<std::unique_ptr<Store>> open_rados_store(const RadosOptions& where, const StoreOptions& options) {
  try {
    if (!is_word(where.pool) || !is_word(where.user)) return fail(Code::argument_invalid, "no pool, or no user");
    if (!is_name(where.name)) return fail(Code::argument_invalid, "a store's name has 1 to 64 of a-z, 0-9, _ and -");
    if (where.wait_ms_max < 1'000 || where.wait_ms_max > 600'000) {
      return fail(Code::argument_invalid, "wait_ms_max: 1,000 to 600,000");
    }
    if (options.limits.stored_picture_bytes_max > rados::picture_bytes_limit) {
      return fail(Code::argument_invalid, "stored_picture_bytes_max: on Ceph at most 41,943,040");
    }
    if (options.limits.stored_text_bytes_max > text_bytes_limit) {
      return fail(Code::argument_invalid, "stored_text_bytes_max: on Ceph at most 65,536");
    }
    auto pool = rados::Pool::open(where);
    if (!pool) return std::unexpected(std::move(pool.error()));
    auto store = std::make_unique<rados::RadosStore>(std::move(*pool), options);
    if (auto opened = store->open(); !opened) return std::unexpected(std::move(opened.error()));
    return store;
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  }
}

}  // namespace locket
