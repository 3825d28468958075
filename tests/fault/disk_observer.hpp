#pragma once

#include <cstdint>
#include <string_view>

#include "locket/bytes.hpp"

namespace locket::fault {

/// The calls that reach the disk, as far as a fault tells them apart.
enum class Call : std::uint8_t {
  open,
  create,
  read,
  write,
  truncate,
  sync,
  size,
  lock,
  map_index,
  lock_index,
  remove,
  look,
  rename,
  sync_folder
};

/// How a call shall fail.
enum class Fault : std::uint8_t {
  none,
  io_error,  ///< EIO, nothing done
  no_room,   ///< ENOSPC, nothing done
  part,      ///< half of what was to be written, then ENOSPC
};

/// Watches what SQLite and the store ask of the disk, and may spoil it. While one is installed every call comes by:
/// first `before`, and, if the call is not spoilt and did succeed, what became of it.
class DiskObserver {
 public:
  virtual ~DiskObserver() = default;

  /// Asked before a call. Result: how it shall fail.
  virtual Fault before(Call call);
  /// Bytes were written to a file.
  virtual void wrote(std::string_view path, std::uint64_t offset, BytesView bytes);
  /// A file was cut or made longer.
  virtual void truncated(std::string_view path, std::uint64_t size);
  /// A file was made durable; with its name, where SQLite has just made it.
  virtual void synced(std::string_view path, bool with_name);
  /// The sync of a file failed: nobody knows what of it is durable, and a later sync will not tell.
  virtual void sync_failed(std::string_view path);
  /// A name was taken away; durably, where it was asked for.
  virtual void removed(std::string_view path, bool durable);
  /// A file got another name.
  virtual void renamed(std::string_view from, std::string_view to);
  /// The names in a folder were made durable.
  virtual void synced_folder();
  /// A file that SQLite had open is closed.
  virtual void closed(std::string_view path);
  /// This process took or gave back exclusive locks, of a count, in the index of the log.
  virtual void index_locked(int first, int count, bool taken);
};

/// Puts an observer in place for a scope; one at a time, and only while no other thread is inside a call.
class Installed {
 public:
  /// Installs it. It must outlive this object.
  explicit Installed(DiskObserver& observer) noexcept;
  Installed(const Installed&) = delete;
  Installed& operator=(const Installed&) = delete;
  ~Installed();
};

/// The observer that is installed, or one that lets everything pass. Any thread.
[[nodiscard]] DiskObserver& observer() noexcept;

}  // namespace locket::fault
