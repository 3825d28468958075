#include "input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>

#include "file_descriptor.hpp"
#include "message.hpp"

namespace locket::tool {
namespace {

std::unexpected<Error> system_failure(std::string_view what) {
  const int number = errno;
  return fail(Code::file_not_readable, std::string(what) + ": " + std::strerror(number));
}

std::unexpected<Error> over(const ReadLimit& limit, const std::string& size) {
  return fail(limit.over, size + " bytes, over the limit of " + grouped(limit.bytes_max));
}

// Reads until `wanted` bytes are there or the file ends.
Result<std::size_t> read_some(int descriptor, std::byte* into, std::size_t wanted) {
  std::size_t held = 0;
  while (held < wanted) {
    const ssize_t count = ::read(descriptor, into + held, wanted - held);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("can't be read");
    held += static_cast<std::size_t>(count);
  }
  return held;
}

Result<Bytes> read_exactly(int descriptor, std::size_t size) {
  Bytes bytes(size);
  const Result<std::size_t> held = read_some(descriptor, bytes.data(), size);
  if (!held) return std::unexpected(held.error());
  std::byte beyond{};
  const Result<std::size_t> more = read_some(descriptor, &beyond, 1);
  if (!more) return std::unexpected(more.error());
  if (*held != size || *more != 0) return fail(Code::file_not_readable, "changed while it was read");
  return bytes;
}

}  // namespace

Result<Bytes> read_regular_file(const std::string& path, const ReadLimit& limit) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return system_failure("can't be opened");
  struct stat facts{};
  if (::fstat(file.number(), &facts) != 0) return system_failure("can't be read");
  if (!S_ISREG(facts.st_mode)) return fail(Code::file_not_readable, "is no regular file");
  return read_open_file(file.number(), static_cast<std::uint64_t>(facts.st_size), limit);
}

Result<Bytes> read_open_file(int descriptor, std::uint64_t size, const ReadLimit& limit) {
  if (size > limit.bytes_max) return over(limit, grouped(size));
  return read_exactly(descriptor, static_cast<std::size_t>(size));
}

Result<std::string> read_text(const std::string& path, const ReadLimit& limit) {
  if (path != "-") {
    const Result<Bytes> bytes = read_regular_file(path, limit);
    if (!bytes) return std::unexpected(bytes.error());
    return std::string(as_text(*bytes));
  }
  std::string text;
  std::array<std::byte, 65536> piece{};
  while (true) {
    const Result<std::size_t> count = read_some(STDIN_FILENO, piece.data(), piece.size());
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return text;
    if (*count > limit.bytes_max - text.size()) return over(limit, "more");
    text += as_text(BytesView(piece.data(), *count));
  }
}

}  // namespace locket::tool
