#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "import_run.hpp"
#include "progress_bar.hpp"

namespace locket::tool {

/// How an import is told.
struct ReportStyle {
  bool json = false;     ///< one object a source, for programs
  bool dry_run = false;  ///< nothing was stored: `would be`
  bool each = false;     ///< tell people of each source at once, not only of what failed in the end
};

/// Counts and tells the outcomes of an import: one line a source for programs, a progress bar and a summary with the
/// failures by reason for people. One thread at a time, but for `expect`.
class ImportReport {
 public:
  /// Begins to count the time.
  explicit ImportReport(const ReportStyle& style)
      : style_(style), bar_(style.dry_run ? "trying" : "importing", style.json || style.each) {}

  /// Whether a progress bar is shown, so that counting the sources beforehand is of use.
  [[nodiscard]] bool shows_progress() const noexcept { return bar_.is_visible(); }

  /// Says how many sources there will be. Any thread.
  void expect(std::uint64_t total) noexcept { total_.store(static_cast<std::int64_t>(total)); }

  /// Tells one outcome.
  void tell(const ImportItem& item, const ImportOutcome& outcome);

  /// Counts a file that was passed over.
  void pass_over() noexcept { ++passed_over_; }

  /// Tells the counts, the failures by reason, and why the import ended early, if it did.
  void summarize(const ImportEnd& end);

  /// The count of sources that failed.
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }

 private:
  /// The failures of one code: some by name, all by count.
  struct Failures {
    std::vector<std::string> lines;
    std::uint64_t count = 0;
    std::uint64_t remembered = 0;  // of them, by the store
  };

  [[nodiscard]] std::uint64_t told() const noexcept { return stored_ + unchanged_ + failed_; }
  void tell_json(const ImportItem& item, const ImportOutcome& outcome) const;
  void tell_people(const ImportItem& item, const ImportOutcome& outcome);
  void summarize_for_people();

  ReportStyle style_;
  ProgressBar bar_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> total_ = -1;
  std::uint64_t stored_ = 0;
  std::uint64_t unchanged_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t passed_over_ = 0;
  std::map<Code, Failures> failures_;
};

}  // namespace locket::tool
