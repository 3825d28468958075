#pragma once

#include <string>
#include <utility>

#include "locket/error.hpp"
#include "store/write_lock.hpp"

namespace locket::store {

/// What stands at the path of a store before it is opened.
enum class FileState : std::uint8_t { absent, store };

/// The path of a store with every symbolic link resolved, so that all who open it agree on the files beside it.
/// Input: the path as given; the file itself may be missing, its folder not. Result: the path; or `store_open_failed`
/// or `argument_invalid`.
[[nodiscard]] Result<std::string> resolve_store_path(const std::string& path);

/// Looks at a file without changing it, and refuses whatever is not a store that this build can write.
/// Input: a path from `resolve_store_path`. Result: what is there; or `store_open_failed` (a folder, a pipe, not
/// readable), `store_foreign` (empty, text, another program's database), `store_newer`, `store_read_only` or
/// `store_corrupt`, with the reason.
[[nodiscard]] Result<FileState> examine_store_file(const std::string& path);

/// Looks at what stands where a copy of a store shall be put. Changes nothing.
/// Input: a path from `resolve_store_path`. Result: nothing there, or a store, which may be damaged or of a newer
/// version; or `store_foreign` (anything else, also an empty file) or `store_open_failed` (a folder, a pipe, not
/// readable), with the reason.
[[nodiscard]] Result<FileState> examine_copy_target(const std::string& path);

/// Whether a write-ahead log with content lies beside a store. Never fails.
[[nodiscard]] bool has_log(const std::string& path);

/// Refuses a path beside which a log or journal with content lies: the database engine would take it for that of
/// whatever is put there, and write its pages into it. Result: nothing, or `store_open_failed`.
[[nodiscard]] Result<void> refuse_unfinished_work(const std::string& path);

/// Makes a new, empty store at a path where there is none: whole and durable, or not at all. The file may be read and
/// written by its owner only.
/// Input: the path, whose lock the caller holds. Result: nothing; also when another process was faster; or the error,
/// also `store_open_failed` where a store that is gone has left a log.
[[nodiscard]] Result<void> create_store_file(const std::string& path);

/// Makes the names in a file's folder durable. Result: nothing; or `store_io_failed`.
[[nodiscard]] Result<void> sync_folder_of(const std::string& path);

/// Renames a finished file into place, durably. Inputs: both paths, in one folder; whether a file that stands there
/// may be replaced. Result: whether it was renamed (false: one stood there); or the error.
[[nodiscard]] Result<bool> rename_into_place(const std::string& from, const std::string& to, bool replace);

/// A file that is being made beside the one whose place it shall take, under a name that nobody else has. What has not
/// been renamed by its end is removed, with what SQLite made beside it.
class UnfinishedFile {
 public:
  /// Makes an empty one, which only its owner may read. Input: the path of the finished one. Result: the file; or why
  /// not.
  [[nodiscard]] static Result<UnfinishedFile> make(const std::string& path);

  UnfinishedFile(UnfinishedFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), neighbour_(std::move(other.neighbour_)) {}
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;
  ~UnfinishedFile();

  /// Its name. Lives as long as this object.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit UnfinishedFile(std::string path);

  std::string path_;       // empty when it was moved from
  std::string neighbour_;  // room for the longest name to remove, which then needs no memory
};

}  // namespace locket::store
