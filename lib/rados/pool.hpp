#pragma once

#include <rados/librados.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/rados_store.hpp"

namespace locket::rados {

/// How many calls to the cluster one call of a store waits for at the same time, at most.
inline constexpr std::size_t calls_at_once = 16;

/// What librados says, in words of ours. Inputs: its (negative) result; what was tried. Never a text of a caller.
[[nodiscard]] Error rados_error(int result, std::string_view doing);

/// One operation that changes an object: all of its steps happen, or none.
class WriteOperation {
 public:
  /// Has no steps yet.
  WriteOperation() : handle_(rados_create_write_op()) {}
  WriteOperation(const WriteOperation&) = delete;
  WriteOperation& operator=(const WriteOperation&) = delete;
  ~WriteOperation() { rados_release_write_op(handle_); }

  /// Only if there is no such object.
  WriteOperation& create();
  /// Only if an attribute has this value.
  WriteOperation& require(const char* name, std::string_view value);
  /// Replaces the object's bytes.
  WriteOperation& write(std::string_view bytes);
  /// Sets an attribute.
  WriteOperation& set(const char* name, std::string_view value);
  /// Sets an entry of the object's map.
  WriteOperation& set_entry(std::string_view key, std::string_view value);
  /// Sets entries of the object's map, without values, in one step: an operation has at most 65,535.
  WriteOperation& set_entries(std::span<const std::string> keys);
  /// Removes an entry of the object's map.
  WriteOperation& remove_entry(std::string_view key);
  /// Removes entries of the object's map in one step.
  WriteOperation& remove_entries(std::span<const std::string> keys);

  /// For librados.
  [[nodiscard]] rados_write_op_t handle() const noexcept { return handle_; }

 private:
  rados_write_op_t handle_;
};

/// The attributes of an object.
using Attributes = std::map<std::string, std::string, std::less<>>;

/// One namespace of the pool. Calls may come from any thread.
class Space {
 public:
  /// Opens it. Result: the space, or why not.
  [[nodiscard]] static Result<std::unique_ptr<Space>> open(rados_t cluster, const std::string& pool,
                                                           const std::string& name);
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;
  ~Space() {
    if (!is_kept_open_) rados_ioctx_destroy(io_);
  }

  /// Never closes it, nor the connection to the cluster: librados still works with it.
  void keep_open() noexcept { is_kept_open_ = true; }
  /// See `keep_open`.
  [[nodiscard]] bool is_kept_open() const noexcept { return is_kept_open_; }

  /// Does an operation. Result: 0, or the negative number of librados.
  [[nodiscard]] int operate(const std::string& object, const WriteOperation& operation);

  /// Removes an object. Result: as of `operate`.
  [[nodiscard]] int remove(const std::string& object) { return rados_remove(io_, object.c_str()); }

  /// Reads the attributes and, at the same moment, some of the bytes. Inputs: the object; where the bytes begin, and
  /// the memory for as many as are wanted, which may be none. Result: the count of bytes read, or the negative number.
  [[nodiscard]] int read(const std::string& object, Attributes& attributes, std::uint64_t offset,
                         std::span<std::byte> bytes);

  /// Reads all of an object, at most `bytes_max`; `attributes` is set to its attributes at the same moment. Result: the
  /// bytes, nothing where there is no such object.
  [[nodiscard]] Result<std::optional<std::string>> read_whole(const std::string& object, std::size_t bytes_max,
                                                              Attributes& attributes);

  /// The same, where nobody wants the attributes.
  [[nodiscard]] Result<std::optional<std::string>> read_whole(const std::string& object, std::size_t bytes_max) {
    Attributes attributes;
    return read_whole(object, bytes_max, attributes);
  }

  /// Reads an object's map in slices. `visit` gets each key and value.
  [[nodiscard]] Result<void> entries(const std::string& object,
                                     const std::function<void(std::string_view, std::string_view)>& visit);

  /// Calls `visit` with the name of every object of the space, in no order, until it returns false.
  [[nodiscard]] Result<void> names(const std::function<bool(std::string_view)>& visit);

  /// For librados.
  [[nodiscard]] rados_ioctx_t handle() const noexcept { return io_; }

 private:
  explicit Space(rados_ioctx_t io) noexcept : io_(io) {}
  rados_ioctx_t io_;
  bool is_kept_open_ = false;
};

/// The connection to a cluster and the spaces of one store.
struct Pool {
  /// Connects. Errors as `open_rados_store`.
  [[nodiscard]] static Result<std::unique_ptr<Pool>> open(const RadosOptions& where);
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  rados_t cluster = nullptr;
  std::unique_ptr<Space> imodels;
  std::unique_ptr<Space> access;
  std::unique_ptr<Space> failures;
};

}  // namespace locket::rados
