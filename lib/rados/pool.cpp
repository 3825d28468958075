#include "rados/pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace locket::rados {
namespace {

constexpr std::uint64_t entries_at_once = 1'000;
constexpr int rounds_max = 10;

Code code_of(int result) noexcept {
  switch (-result) {
    case ENOSPC:
    case EDQUOT: return Code::store_full;
    case EPERM:
    case EACCES:
    case EROFS: return Code::store_read_only;
    case ENOMEM: return Code::out_of_memory;
    default: return Code::store_io_failed;
  }
}

std::string reason_of(int result) {
  switch (-result) {
    case ETIMEDOUT: return "the cluster did not answer in time";
    case ENOENT: return "it is not there";
    case EPERM:
    case EACCES: return "the cluster's user may not do that";
    default: return "error " + std::to_string(-result) + " of Ceph";
  }
}

/// Texts as librados takes them.
struct Pointers {
  explicit Pointers(std::span<const std::string> texts) {
    for (const std::string& text : texts) {
      data.push_back(text.data());
      sizes.push_back(text.size());
    }
  }
  std::vector<const char*> data;
  std::vector<std::size_t> sizes;
};

Result<void> configure(rados_t cluster, const RadosOptions& where) {
  if (const int read = rados_conf_read_file(cluster, where.conf_file.empty() ? nullptr : where.conf_file.c_str());
      read < 0) {
    return fail(Code::store_open_failed, "reading ceph.conf: " + reason_of(read));
  }
  rados_conf_parse_env(cluster, nullptr);
  const std::string wait_s = std::to_string((where.wait_ms_max + 999) / 1'000);
  // A watch is confirmed at each tick; see AccessWatch.
  const std::array<std::array<const char*, 2>, 4> settings{{{"rados_osd_op_timeout", wait_s.c_str()},
                                                            {"rados_mon_op_timeout", wait_s.c_str()},
                                                            {"client_mount_timeout", wait_s.c_str()},
                                                            {"objecter_tick_interval", "1"}}};
  for (const auto& [name, value] : settings) {
    if (const int set = rados_conf_set(cluster, name, value); set < 0) {
      return fail(Code::store_open_failed, std::string("setting ") + name + ": " + reason_of(set));
    }
  }
  return {};
}

}  // namespace

Error rados_error(int result, std::string_view doing) {
  return {code_of(result), std::string(doing) + ": " + reason_of(result)};
}

WriteOperation& WriteOperation::create() {
  rados_write_op_create(handle_, LIBRADOS_CREATE_EXCLUSIVE, nullptr);
  return *this;
}

WriteOperation& WriteOperation::require(const char* name, std::string_view value) {
  rados_write_op_cmpxattr(handle_, name, LIBRADOS_CMPXATTR_OP_EQ, value.data(), value.size());
  return *this;
}

WriteOperation& WriteOperation::write(std::string_view bytes) {
  rados_write_op_write_full(handle_, bytes.data(), bytes.size());
  return *this;
}

WriteOperation& WriteOperation::set(const char* name, std::string_view value) {
  rados_write_op_setxattr(handle_, name, value.data(), value.size());
  return *this;
}

WriteOperation& WriteOperation::set_entry(std::string_view key, std::string_view value) {
  const char* key_data = key.data();
  const char* value_data = value.data();
  const std::size_t key_size = key.size();
  const std::size_t value_size = value.size();
  rados_write_op_omap_set2(handle_, &key_data, &value_data, &key_size, &value_size, 1);
  return *this;
}

WriteOperation& WriteOperation::set_entries(std::span<const std::string> keys) {
  const Pointers pointers(keys);
  const std::vector<const char*> values(keys.size(), "");
  const std::vector<std::size_t> sizes(keys.size(), 0);
  rados_write_op_omap_set2(handle_, pointers.data.data(), values.data(), pointers.sizes.data(), sizes.data(),
                           keys.size());
  return *this;
}

WriteOperation& WriteOperation::remove_entries(std::span<const std::string> keys) {
  const Pointers pointers(keys);
  rados_write_op_omap_rm_keys2(handle_, pointers.data.data(), pointers.sizes.data(), keys.size());
  return *this;
}

WriteOperation& WriteOperation::remove_entry(std::string_view key) {
  const char* key_data = key.data();
  const std::size_t key_size = key.size();
  rados_write_op_omap_rm_keys2(handle_, &key_data, &key_size, 1);
  return *this;
}

Result<std::unique_ptr<Space>> Space::open(rados_t cluster, const std::string& pool, const std::string& name) {
  rados_ioctx_t io = nullptr;
  if (const int opened = rados_ioctx_create(cluster, pool.c_str(), &io); opened < 0) {
    return fail(Code::store_open_failed, "opening the pool " + pool + ": " + reason_of(opened));
  }
  rados_ioctx_set_namespace(io, name.c_str());
  // Without, a change waits until there is room in the pool, or too late to say that there is none; and so does a
  // watch.
  rados_set_pool_full_try(io);
  return std::unique_ptr<Space>(new Space(io));
}

int Space::operate(const std::string& object, const WriteOperation& operation) {
  return rados_write_op_operate2(operation.handle(), io_, object.c_str(), nullptr, LIBRADOS_OPERATION_NOFLAG);
}

int Space::read(const std::string& object, Attributes& attributes, std::uint64_t offset, std::span<std::byte> bytes) {
  const std::unique_ptr<void, decltype(&rados_release_read_op)> operation(rados_create_read_op(),
                                                                          &rados_release_read_op);
  rados_xattrs_iter_t iterator = nullptr;
  int attributes_result = 0;
  std::size_t count = 0;
  int bytes_result = 0;
  rados_read_op_getxattrs(operation.get(), &iterator, &attributes_result);
  if (!bytes.empty()) {
    rados_read_op_read(operation.get(), offset, bytes.size(), reinterpret_cast<char*>(bytes.data()), &count,
                       &bytes_result);
  }
  const int result = rados_read_op_operate(operation.get(), io_, object.c_str(), LIBRADOS_OPERATION_NOFLAG);
  const std::unique_ptr<void, decltype(&rados_getxattrs_end)> ended(iterator, &rados_getxattrs_end);
  if (result < 0) return result;
  if (attributes_result < 0 || bytes_result < 0) return std::min(attributes_result, bytes_result);
  const char* name = nullptr;
  const char* value = nullptr;
  std::size_t size = 0;
  while (rados_getxattrs_next(iterator, &name, &value, &size) == 0 && name != nullptr) {
    attributes.emplace(name, std::string(value, size));
  }
  return static_cast<int>(count);
}

Result<std::optional<std::string>> Space::read_whole(const std::string& object, std::size_t bytes_max,
                                                     Attributes& attributes) {
  for (int round = 0; round < rounds_max; ++round) {
    std::uint64_t size = 0;
    time_t changed = 0;
    if (const int result = rados_stat(io_, object.c_str(), &size, &changed); result < 0) {
      if (result == -ENOENT) return std::nullopt;
      return std::unexpected(rados_error(result, "reading an object"));
    }
    if (size > bytes_max) return fail(Code::store_corrupt, "an object is over its limit");
    std::string text(size + 1, '\0');  // one more, to see whether it has been replaced by a larger one meanwhile
    attributes.clear();
    const int result = read(object, attributes, 0, std::as_writable_bytes(std::span(text)));
    if (result == -ENOENT) return std::nullopt;
    if (result < 0) return std::unexpected(rados_error(result, "reading an object"));
    if (static_cast<std::size_t>(result) == text.size()) continue;
    text.resize(static_cast<std::size_t>(result));
    return text;
  }
  return fail(Code::store_busy, "an object was replaced again and again while it was read");
}

Result<void> Space::entries(const std::string& object,
                            const std::function<void(std::string_view, std::string_view)>& visit) {
  std::string after;
  for (unsigned char more = 1; more != 0;) {
    more = 0;
    const std::unique_ptr<void, decltype(&rados_release_read_op)> operation(rados_create_read_op(),
                                                                            &rados_release_read_op);
    rados_omap_iter_t iterator = nullptr;
    int part_result = 0;
    rados_read_op_omap_get_vals2(operation.get(), after.c_str(), "", entries_at_once, &iterator, &more, &part_result);
    const int result = rados_read_op_operate(operation.get(), io_, object.c_str(), LIBRADOS_OPERATION_NOFLAG);
    const std::unique_ptr<void, decltype(&rados_omap_get_end)> ended(iterator, &rados_omap_get_end);
    if (result == -ENOENT) return {};
    if (result < 0 || part_result < 0) {
      return std::unexpected(rados_error(std::min(result, part_result), "reading a map"));
    }
    char* key = nullptr;
    char* value = nullptr;
    std::size_t key_size = 0;
    std::size_t value_size = 0;
    while (rados_omap_get_next2(iterator, &key, &value, &key_size, &value_size) == 0 && key != nullptr) {
      after.assign(key, key_size);
      visit(after, {value, value_size});
    }
  }
  return {};
}

Result<void> Space::names(const std::function<bool(std::string_view)>& visit) {
  rados_list_ctx_t list = nullptr;
  if (const int opened = rados_nobjects_list_open(io_, &list); opened < 0) {
    return std::unexpected(rados_error(opened, "listing the pool"));
  }
  const std::unique_ptr<void, decltype(&rados_nobjects_list_close)> closed(list, &rados_nobjects_list_close);
  const char* name = nullptr;
  for (;;) {
    const int result = rados_nobjects_list_next(list, &name, nullptr, nullptr);
    if (result == -ENOENT) return {};
    if (result < 0) return std::unexpected(rados_error(result, "listing the pool"));
    if (!visit(name)) return {};
  }
}

Pool::~Pool() {
  if (access != nullptr && access->is_kept_open()) cluster = nullptr;
  imodels.reset();
  access.reset();
  failures.reset();
  if (cluster != nullptr) rados_shutdown(cluster);
}

Result<std::unique_ptr<Pool>> Pool::open(const RadosOptions& where) {
  auto pool = std::make_unique<Pool>();
  const std::string user = "client." + where.user;
  if (const int made = rados_create2(&pool->cluster, "ceph", user.c_str(), 0); made < 0) {
    pool->cluster = nullptr;
    return fail(Code::store_open_failed, "making a client of Ceph: " + reason_of(made));
  }
  if (auto configured = configure(pool->cluster, where); !configured) return std::unexpected(configured.error());
  if (const int connected = rados_connect(pool->cluster); connected < 0) {
    return fail(Code::store_open_failed, "connecting to Ceph: " + reason_of(connected));
  }
  struct Part {
    std::unique_ptr<Space>& space;
    const char* name;
  };
  for (const Part& part : {Part{pool->imodels, ""}, Part{pool->access, ".access"}, Part{pool->failures, ".failures"}}) {
    auto opened = Space::open(pool->cluster, where.pool, where.name + part.name);
    if (!opened) return std::unexpected(std::move(opened.error()));
    part.space = std::move(*opened);
  }
  return pool;
}

}  // namespace locket::rados
