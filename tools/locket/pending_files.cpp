#include "pending_files.hpp"

namespace locket::tool {
namespace {

// Of the map, the heap and the entry itself, rounded up.
constexpr std::size_t entry_bytes = 128;

std::size_t bytes_of(const std::string& path) { return path.size() + entry_bytes; }

}  // namespace

bool PendingFiles::keep(const std::string& path, const PendingFile& file) {
  const auto known = files_.find(path);
  if (known != files_.end()) {
    known->second = file;
    return true;
  }
  if (files_.size() >= limits_.files_max || bytes_of(path) > limits_.path_bytes_max - bytes_) return false;
  files_.emplace(path, file);
  bytes_ += bytes_of(path);
  return true;
}

void PendingFiles::forget(const std::string& path) {
  if (files_.erase(path) != 0) bytes_ -= bytes_of(path);
}

void PendingFiles::clear() {
  files_.clear();
  bytes_ = 0;
}

const PendingFile* PendingFiles::find(const std::string& path) const {
  const auto known = files_.find(path);
  return known == files_.end() ? nullptr : &known->second;
}

void PendingFiles::take_if(const std::function<bool(const std::string& path, PendingFile& file)>& take) {
  for (auto at = files_.begin(); at != files_.end();) {
    if (!take(at->first, at->second)) {
      ++at;
      continue;
    }
    bytes_ -= bytes_of(at->first);
    at = files_.erase(at);
  }
}

}  // namespace locket::tool
