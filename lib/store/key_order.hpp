#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.hpp"

namespace locket::store {

/// Proves that rows come in the order of their keys, and none twice: a small file whose pages lead to one another could
/// list the same ones without end. One thread.
class KeyOrder {
 public:
  /// Input: how many columns the key has, the first ones; texts or blobs.
  explicit KeyOrder(int columns) : last_(static_cast<std::size_t>(columns)) {}

  /// Whether a row comes behind the one before.
  [[nodiscard]] bool rises(const Statement& row) {
    int order = begun_ ? 0 : 1;
    begun_ = true;
    for (std::size_t column = 0; column < last_.size(); ++column) {
      const BytesView bytes = row.blob(static_cast<int>(column));
      const std::string_view key(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      if (order == 0) order = key.compare(last_[column]);
      last_[column] = key;
    }
    return order > 0;
  }

 private:
  std::vector<std::string> last_;
  bool begun_ = false;
};

}  // namespace locket::store
