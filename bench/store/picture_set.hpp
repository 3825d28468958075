#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "locket/access.hpp"
#include "locket/store.hpp"

namespace locket::bench {

/// A folder of its own that goes away with everything in it.
class Folder {
 public:
  /// Makes it where temporary files go.
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  /// The path of a file in it.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Takes the value out of a result, or ends the program and says why.
template <class Value>
Value must(Result<Value> result) {
  if (!result) {
    throw std::runtime_error(std::string(code_name(result.error().code)) + ": " + result.error().detail);
  }
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

/// An iModel's id that follows from a number.
[[nodiscard]] Guid imodel_id(std::uint64_t number);

/// Bytes that no compressor finds anything in, as those of a PNG; they follow from a number.
[[nodiscard]] Bytes picture_bytes(std::size_t size, std::uint64_t number);

/// A record with pictures of so many bytes; none: without the large one.
[[nodiscard]] Record make_record(std::uint64_t number, std::size_t large_bytes, std::size_t small_bytes);

/// Leave to see an iModel, from parts that refuse nobody.
[[nodiscard]] Grant grant_of(const Guid& imodel_id);

/// Fetches a large picture as the engine does. Result: the count of its bytes.
[[nodiscard]] std::size_t fetch_large(Store& store, const Grant& grant);

/// Options of a store that remembers no pictures, but rows, as one does whose pictures are more than its memory.
[[nodiscard]] StoreOptions without_pictures();

/// Options of a store that remembers no pictures, and of rows only those that it has just read.
[[nodiscard]] StoreOptions without_memory();

/// Numbers below `count` in an order that no cache foresees, the same each time.
[[nodiscard]] std::vector<std::uint32_t> shuffled(std::uint32_t count);

}  // namespace locket::bench
