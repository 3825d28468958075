#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "locket/bytes.hpp"

namespace locket::tool {

/// Writes all bytes, however many calls that takes. Result: whether it could; else `errno` tells why not.
[[nodiscard]] inline bool write_all(int descriptor, BytesView bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

/// Owns a file descriptor and closes it.
class FileDescriptor {
 public:
  /// Takes over what `open` gave; -1 stands for none.
  explicit FileDescriptor(int number) noexcept : number_(number) {}

  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }

  /// Whether there is one.
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  /// The number, valid as long as this object.
  [[nodiscard]] int number() const noexcept { return number_; }

  /// Gives it up: the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  /// Closes it now. Result: what `close` gave; 0 is success.
  int close() noexcept { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

}  // namespace locket::tool
