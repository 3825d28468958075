#pragma once

#include <filesystem>
#include <string>

#include "locket/bytes.hpp"

namespace locket::fuzz {

/// A folder in memory, where there is one, that goes with this object.
class ScratchFolder {
 public:
  /// Makes it. Throws std::runtime_error.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// The path of a file in it.
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Writes a file in it, replacing what was there. Result: its path.
  std::string write(const std::string& name, BytesView bytes) const;

  /// Removes everything in it.
  void clear() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace locket::fuzz
