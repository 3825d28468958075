#pragma once

#include <expected>
#include <string>
#include <vector>

#include "locket/bytes.hpp"
#include "staged_file.hpp"

namespace locket::tool {

/// Done, or the reason in words why a file or folder could not be written.
using Written = std::expected<void, std::string>;

/// Writes a file under a temporary name beside it and renames it into place, so that nobody ever sees half of it.
/// An existing file is replaced and its mode kept, as far as `readers` allows; a link stays one, and what it leads to
/// gets the bytes. Into a device, a pipe that somebody reads, or what is open as a standard stream or under a number
/// (`/dev/fd/3`) it is written straight. After an error an existing file is as it was.
[[nodiscard]] Written write_file(const std::string& path, BytesView bytes, Readers readers = Readers::everybody);

/// A file that is to be written.
struct NewFile {
  std::string path;
  BytesView bytes;
  Readers readers = Readers::everybody;
};

/// Writes files that belong together: all under temporary names before the first is put into its place, in order.
/// Links are followed; what stands in a place and is no regular file is refused. After an error the places are as they
/// were; only a file system that can't give a file a second name keeps those new ones that came before the one that
/// failed.
[[nodiscard]] Written write_together(const std::vector<NewFile>& files, Present present);

/// Whether the name of an output stands for standard output: `-`, `/dev/stdout`, or the file that is open as such.
[[nodiscard]] bool is_standard_output(const std::string& name);

/// Writes bytes to standard output, past `std::cout`. Result: done, or the reason in words.
[[nodiscard]] Written write_standard_output(BytesView bytes);

/// Judges the name of an output that must have a place of its own: a folder, or a file that is replaced whole.
/// Result: what is wrong, in words; empty when nothing is.
[[nodiscard]] std::string place_fault(const std::string& name);

/// Where `write_file` puts a file of a name: an absolute path without links, as far as it exists.
[[nodiscard]] std::string resolved_place(const std::string& path);

/// Whether an output is the same file as another, or would be once both are there.
[[nodiscard]] bool is_same_file(const std::string& output, const std::string& other);

/// Makes a folder and those above it where they are missing.
[[nodiscard]] Written make_folder(const std::string& path);

}  // namespace locket::tool
