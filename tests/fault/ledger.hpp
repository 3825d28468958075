#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "locket/store.hpp"
#include "store/sample.hpp"

namespace locket::fault {

/// A state of one iModel: the version of its thumbnail, or 0 for none.
using Version = std::uint64_t;

/// Makes the record of an iModel's version: small pictures, of which the larger needs more than one page, and both tell
/// the version.
[[nodiscard]] Record make_record(std::uint64_t imodel, Version version);

/// The same, kept after its first use. One thread.
[[nodiscard]] const Record& record_of(std::uint64_t imodel, Version version);

/// The version that a picture tells; it proves nothing.
[[nodiscard]] Version version_in(const SharedBytes& picture);

/// The version that both pictures of an iModel are of, byte for byte; nothing where they are of two or of none, and
/// `half` tells which.
[[nodiscard]] std::optional<Version> version_of(const Store::Both& both, std::uint64_t imodel, bool* half = nullptr);

/// What a store was asked to change, and what it answered.
class Ledger {
 public:
  /// An iModel's state before the first change.
  void start_with(std::uint64_t imodel, Version version);
  /// A change is asked for, after so many moments of the disk.
  void begin(std::uint64_t imodel, Version version, std::size_t moment = 0);
  /// It was answered.
  void end(bool acknowledged, std::size_t moment = 0);

  /// The iModels that occur.
  [[nodiscard]] std::set<std::uint64_t> imodels() const;
  /// What may be found when the power failed after so many moments: what was acknowledged by then, or what was asked
  /// for since, acknowledged or not.
  [[nodiscard]] std::set<Version> possible(std::uint64_t imodel, std::size_t moment = SIZE_MAX) const;
  /// What must be found where nothing but single calls failed: what was acknowledged last.
  [[nodiscard]] Version acknowledged(std::uint64_t imodel) const;

 private:
  struct Change {
    std::uint64_t imodel;
    Version version;
    std::size_t begun;
    std::size_t ended = SIZE_MAX;
    bool acknowledged = false;
  };
  std::map<std::uint64_t, Version> before_;
  std::vector<Change> changes_;
};

/// Counts of what must never happen, and of what was looked at.
struct Verdict {
  std::uint64_t looked_at = 0;  ///< iModels
  std::uint64_t lost = 0;       ///< another state than was acknowledged
  std::uint64_t half = 0;       ///< the two sizes of different versions
  std::uint64_t wrong = 0;      ///< bytes that were never put
  std::uint64_t unsound = 0;    ///< `check` finds damage
  std::uint64_t stuck = 0;      ///< the next import fails, or the store can't be opened
  std::string first;            ///< the first of them, in words

  /// Whether none of it happened.
  [[nodiscard]] bool clean() const { return lost + half + wrong + unsound + stuck == 0; }
  /// Notes one, with where it happened.
  void note(std::uint64_t& count, const std::string& what);
  /// Adds another's counts.
  Verdict& operator+=(const Verdict& other);
  /// All counts, for people.
  [[nodiscard]] std::string str() const;
};

/// What is found of an iModel. `exact`: only what was acknowledged will do.
enum class Demand : std::uint8_t { possible, exact };

/// Reads every iModel of a ledger and compares. Input: the moment at which the power failed.
void compare(Store& store, const Ledger& ledger, Demand demand, Verdict& verdict, std::size_t moment = SIZE_MAX);

/// Opens what a fault has left, compares all, checks all, and imports one more.
void examine(const std::string& path, const Ledger& ledger, Verdict& verdict, std::size_t moment = SIZE_MAX);

}  // namespace locket::fault
