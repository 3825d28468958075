#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "locket/access.hpp"
#include "locket/store.hpp"

namespace locket::sample {

/// A folder of its own for one test, removed with everything in it at the end.
class Folder {
 public:
  /// Makes it, inside `parent` or where temporary files go.
  explicit Folder(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  /// The path of a file in it.
  [[nodiscard]] std::string file(const std::string& name = "store.locket") const { return (path_ / name).string(); }

  /// The folder itself.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// An id that follows from a number.
[[nodiscard]] Guid id(std::uint64_t number);

/// Bytes that follow from a number.
[[nodiscard]] SharedBytes bytes(std::size_t size, std::uint64_t seed);

/// A record of an iModel whose pictures follow from the id's number and a version.
struct Kind {
  std::uint64_t imodel = 1;
  std::uint64_t version = 1;
  std::size_t small_bytes = 3'000;
  std::size_t large_bytes = 9'000;
};
/// Makes it.
[[nodiscard]] Record record(const Kind& kind);

/// Opens a store that can be opened, or throws.
[[nodiscard]] std::unique_ptr<Store> open(const std::string& path);

/// Leave to see an iModel, from an access control that allows all.
[[nodiscard]] Grant grant(const Guid& imodel_id);

/// Fetches one size through a grant. Result: the bytes, or nothing; or the error.
[[nodiscard]] Result<std::optional<SharedBytes>> fetch(Store& store, const Guid& imodel_id, Size size);

/// Whether two texts of bytes are equal.
[[nodiscard]] bool same(const SharedBytes& left, const SharedBytes& right);

/// All of a file. Empty when it can't be read.
[[nodiscard]] std::string read_file(const std::string& path);

/// Replaces a file's content.
void write_file(const std::string& path, const std::string& content);

}  // namespace locket::sample
