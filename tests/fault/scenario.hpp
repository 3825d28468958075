#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fault/ledger.hpp"
#include "locket/store.hpp"

namespace locket::fault {

/// Where scratch folders of these tests are made: in memory, where there is such a place.
[[nodiscard]] std::filesystem::path scratch_parent();

/// A store that a scenario works on, and the ledger of what it does. Errors end nothing: a fault may be playing.
class Stage {
 public:
  /// Input: a folder. The store's file is `store.locket` in it.
  explicit Stage(const std::filesystem::path& folder) : path_((folder / "store.locket").string()) {}

  /// Opens the store, if it is not open.
  void open();
  /// Closes it.
  void close();
  /// Puts a version of an iModel.
  void put(std::uint64_t imodel, Version version);
  /// Removes an iModel's thumbnail.
  void remove(std::uint64_t imodel);

  /// The open store, or nothing.
  [[nodiscard]] Store* store() const noexcept { return store_.get(); }
  /// The store's path.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  StoreOptions options;
  Ledger ledger;
  std::vector<Error> errors;                                            ///< in their order
  std::function<std::size_t()> moment = [] { return std::size_t{0}; };  ///< the present moment of the disk
  std::function<void(bool)> inside = [](bool) {};  ///< told when a call of the store begins and ends

 private:
  std::string path_;
  std::unique_ptr<Store> store_;
};

/// One thing that people do with a store, in calls that can each go wrong.
struct Scenario {
  const char* name;
  bool starts_empty;  ///< else with a store of four iModels
  bool has_log;       ///< whose last changes still lie in its log
  void (*run)(Stage& stage);
};

/// create, import, replace, remove, checkpoint, recover.
[[nodiscard]] const std::vector<Scenario>& scenarios();

/// Fills a folder with what a scenario starts from, and notes in the ledger what is in it. Copies what was made once.
void prepare(const Scenario& scenario, const std::filesystem::path& folder, Ledger& ledger);

}  // namespace locket::fault
