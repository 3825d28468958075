#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "locket/error.hpp"
#include "locket/store.hpp"

namespace locket::tool {

/// Keeps a store's list of failed imports true: a new failure is remembered, a file that succeeds is taken off, and
/// what was so before is not written again. What other processes change is known only after `look_again`.
/// Calls may come from any thread.
class FailureRegister {
 public:
  /// Reads the list. `store` must outlive this object.
  explicit FailureRegister(Store& store);

  /// Reads the list anew, for other processes may have changed it. What can't be read is told on standard error, and
  /// what was known before stays.
  void look_again();

  /// Notes how the import of a file ended: with an error, or well. What can't be written is told on standard error.
  /// Result: whether the store's list is true of this file now.
  bool note(const std::string& source_path, const std::optional<Error>& failure);

 private:
  // Whether the store's list says so already.
  [[nodiscard]] bool is_known(const ImportFailure& entry);

  Store& store_;
  std::mutex mutex_;
  // By path: code and reason, as the store has them; hashes of both, for files may be many and their paths long.
  std::unordered_map<std::uint64_t, std::uint64_t> known_;
};

}  // namespace locket::tool
