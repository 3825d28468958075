#pragma once

#include <unistd.h>

#include <utility>

namespace locket::tool {

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
