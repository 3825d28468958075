#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "file_descriptor.hpp"
#include "input_file.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"

namespace locket::tool {

/// A source that is open for reading: a regular file, and what was known of it when it was opened.
class SourceFile {
 public:
  /// Takes over an open file and what `fstat` told of it.
  SourceFile(FileDescriptor file, const struct stat& facts) noexcept : file_(std::move(file)), facts_(facts) {}

  /// The open file, valid as long as this object.
  [[nodiscard]] int descriptor() const noexcept { return file_.number(); }

  /// When it was changed last, nanoseconds of Unix time.
  [[nodiscard]] std::int64_t changed_at_ns() const noexcept;

  /// Reads the first bytes, at most 16.
  [[nodiscard]] Result<Bytes> read_start() const;

  /// Reads it whole. Result: the bytes; `limit.over` when there are more than the limit; `file_not_readable` otherwise,
  /// also when it changes while it is read.
  [[nodiscard]] Result<Bytes> read_whole(const ReadLimit& limit) const;

  /// Whether it is still as it was when it was opened. Result: nothing, or `file_not_readable`.
  [[nodiscard]] Result<void> prove_unchanged() const;

 private:
  FileDescriptor file_;
  struct stat facts_;
};

/// A folder that sources are taken from, and nothing outside of it: below it no symbolic link is followed, no `..`
/// leads anywhere, and only regular files are opened, without waiting for them. Any thread.
class SourceRoot {
 public:
  /// Opens a folder that the user named; links that lead to it are followed. Result: the root, or why not.
  [[nodiscard]] static Result<std::shared_ptr<const SourceRoot>> open(const std::string& path);

  /// Opens a regular file by its path from the root.
  /// Result: the file; or `file_not_readable` with the reason: a link, a folder, a pipe, a device, a path that leads
  /// out, a file that another process keeps from being opened.
  [[nodiscard]] Result<SourceFile> open_file(const std::string& relative) const;

  /// Whether a database has no changes that stand only in a log or a journal beside it (`-wal`, `-journal`), where
  /// nobody who reads the file alone sees them. Result: nothing, or `file_not_readable`.
  [[nodiscard]] Result<void> prove_written_back(const std::string& relative) const;

  /// Opens a folder below, or the root itself for an empty path, to read its names.
  [[nodiscard]] Result<FileDescriptor> open_folder(const std::string& relative) const;

  /// Whether nothing lies under a path from the root, as far as can be seen.
  [[nodiscard]] bool is_missing(const std::string& relative) const;

  /// Whether the folder was removed.
  [[nodiscard]] bool is_gone() const noexcept;

  /// The absolute path of what lies below, free of links: it finds the same file in a later call.
  [[nodiscard]] std::string path_of(std::string_view relative) const;

  /// What stands behind the root in an absolute, normal path; nothing where that lies elsewhere.
  [[nodiscard]] std::optional<std::string> relative_of(const std::string& absolute) const;

 private:
  SourceRoot(FileDescriptor folder, std::string path, std::string path_as_named);

  FileDescriptor folder_;
  std::string path_;           // free of links
  std::string path_as_named_;  // absolute, as the user named it
};

}  // namespace locket::tool
