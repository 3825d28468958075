#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "locket/guid.hpp"
#include "locket/store.hpp"
#include "program.hpp"
#include "progress_bar.hpp"

namespace locket::tool {

/// Writes every thumbnail of a store into a folder, as `IMODEL.small.png` and `IMODEL.large.png`, and tells each that
/// can't be written. One thread.
class ThumbnailExport {
 public:
  /// Inputs: how to tell (`--json`); the store, which must outlive it; the folder, which is made where it is missing.
  ThumbnailExport(const Program& program, Store& store, std::string folder);

  /// How many thumbnails were written, and how many could not be.
  struct Counts {
    std::uint64_t written = 0;
    std::uint64_t failed = 0;
  };

  /// Writes them all, with a progress bar. Result: the counts; or, after it was told, that the folder can't be made or
  /// the store not be listed to its end, when what was listed is written. Cost: both PNGs of every iModel, one iModel
  /// in memory at a time.
  [[nodiscard]] std::expected<Counts, ExitCode> run();

  /// Whether both pictures of an iModel were written. After `run`.
  [[nodiscard]] bool has_written(const Guid& imodel_id) const;

 private:
  void export_one(const Guid& imodel_id, bool is_damaged);
  void tell_failure(const Guid& imodel_id, const Error& error);

  bool json_;
  Store& store_;
  std::string folder_;
  ProgressBar bar_;
  Counts counts_;
  std::vector<Guid> written_;  // in order
};

}  // namespace locket::tool
