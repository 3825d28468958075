#pragma once

#include <expected>
#include <string>

#include "locket/bytes.hpp"

namespace locket::tool {

/// Who may read a file that is written.
enum class Readers { everybody, owner };

/// Done, or the reason in words why a file or folder could not be written.
using Written = std::expected<void, std::string>;

/// Writes a file under a temporary name beside it and renames it into place, so that nobody ever sees half of it.
/// An existing file is replaced; into a device or a pipe it is written straight. After an error an existing file is
/// as it was.
[[nodiscard]] Written write_file(const std::string& path, BytesView bytes, Readers readers = Readers::everybody);

/// Makes a folder and those above it where they are missing.
[[nodiscard]] Written make_folder(const std::string& path);

}  // namespace locket::tool
