#pragma once

#include <memory>
#include <string>

#include "locket/limits.hpp"
#include "locket/store.hpp"

namespace locket::tool {

/// An empty store in a temporary folder, for a dry run where there is no store yet. Removed at the end of its life.
class ScratchStore {
 public:
  /// Makes it. Result: the store; or why not.
  [[nodiscard]] static Result<std::unique_ptr<ScratchStore>> make(const Limits& limits);

  ScratchStore(const ScratchStore&) = delete;
  ScratchStore& operator=(const ScratchStore&) = delete;
  ~ScratchStore();

  /// The store, valid as long as this object.
  [[nodiscard]] Store& store() noexcept { return *store_; }

 private:
  explicit ScratchStore(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace locket::tool
