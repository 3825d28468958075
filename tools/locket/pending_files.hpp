#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace locket::tool {

/// A file that was seen and is not yet given.
struct PendingFile {
  std::chrono::steady_clock::time_point due;
  bool closed = false;     ///< by who wrote it, or renamed into place
  bool written = false;    ///< seen to be written to, and not closed since
  bool only_news = false;  ///< only what it may be read by was seen to change: it is likely to be as it was
};

/// How much is kept of files that are pending.
struct PendingLimits {
  std::size_t files_max = 100'000;
  std::size_t path_bytes_max = 16 << 20;  ///< of all paths together, each with what its entry takes beside it
};

/// Pending files by their paths, within limits of count and memory, whoever chose the paths. One thread.
class PendingFiles {
 public:
  explicit PendingFiles(const PendingLimits& limits = {}) : limits_(limits) {}

  /// Keeps a file, in place of what was kept under the path. Result: whether there was room; if not, nothing changed.
  [[nodiscard]] bool keep(const std::string& path, const PendingFile& file);

  /// Forgets a file, if it is kept.
  void forget(const std::string& path);

  /// Forgets all.
  void clear();

  /// What is kept under a path, or null. Valid until it is forgotten.
  [[nodiscard]] const PendingFile* find(const std::string& path) const;

  /// Shows every file, in the order of the paths, and forgets those for which `take` gives true. `take` may change
  /// them.
  void take_if(const std::function<bool(const std::string& path, PendingFile& file)>& take);

  /// The count of files, and the bytes that are counted for them.
  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  PendingLimits limits_;
  std::map<std::string, PendingFile> files_;
  std::size_t bytes_ = 0;
};

}  // namespace locket::tool
