#pragma once

#include <expected>
#include <string>

#include "locket/bytes.hpp"

namespace locket::tool {

/// Who may read a file that is written.
enum class Readers { everybody, owner };

/// What becomes of a file that stands where a new one goes.
enum class Present { refuse, replace };

/// A file that is written whole under a temporary name beside its place, so that nobody ever sees half of it, and taken
/// away again unless it is put there. Errors are numbers as `errno` has them, 0 for none. One thread.
class StagedFile {
 public:
  /// Writes it. Inputs: its place, which is no link; the bytes; who may read it.
  /// Result: the file, with the mode of one that stands in its place as far as `readers` allows; or the error, when
  /// nothing is left of it.
  [[nodiscard]] static std::expected<StagedFile, int> write(const std::string& place, BytesView bytes, Readers readers);

  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();

  /// Puts it into its place, once. Result: the error, when the place is as it was: EEXIST where `present` refuses what
  /// stands there.
  [[nodiscard]] int put(Present present);

  /// As `put`, and keeps what is replaced until this object ends, so that `take_back` is possible.
  [[nodiscard]] int put_for_now(Present present);

  /// Undoes `put_for_now`; where the file system could not keep what was replaced, the new file stays.
  void take_back() noexcept;

 private:
  explicit StagedFile(std::string place) : place_(std::move(place)) {}

  std::string place_;
  std::string name_;           // where it is; empty once it is in its place
  std::string old_;            // where that is which it replaced; empty when it is not kept
  bool is_the_first_ = false;  // it is in its place, where nothing was
};

}  // namespace locket::tool
