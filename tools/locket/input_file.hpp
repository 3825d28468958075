#pragma once

#include <cstdint>
#include <string>

#include "locket/bytes.hpp"
#include "locket/error.hpp"

namespace locket::tool {

/// How much of a file is read, and what a larger one is called.
struct ReadLimit {
  std::uint64_t bytes_max = 0;
  Code over = Code::file_not_readable;
};

/// Reads a regular file, whole. Pipes, devices, folders and sockets are refused without waiting for them.
/// Inputs: the path; the limit, checked against the file's size before memory is taken.
/// Result: the bytes; `limit.over` when there are more than the limit; `file_not_readable` with the reason otherwise,
/// also when the file changes its size while it is read.
[[nodiscard]] Result<Bytes> read_regular_file(const std::string& path, const ReadLimit& limit);

/// Reads an open regular file from where it stands, whole.
/// Inputs: its descriptor; its size, as it was read once; the limit. Result: as `read_regular_file`.
[[nodiscard]] Result<Bytes> read_open_file(int descriptor, std::uint64_t size, const ReadLimit& limit);

/// Reads a text, from standard input when the path is `-`, else as `read_regular_file`.
[[nodiscard]] Result<std::string> read_text(const std::string& path, const ReadLimit& limit);

}  // namespace locket::tool
