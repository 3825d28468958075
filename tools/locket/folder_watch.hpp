#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "file_descriptor.hpp"
#include "locket/error.hpp"
#include "pending_files.hpp"
#include "source_root.hpp"

namespace locket::tool {

/// Waits for sources that appear below a folder, and gives each when it is finished: closed by who wrote it, renamed
/// into place, or quiet for a while. One thread.
class FolderWatch {
 public:
  /// Begins to watch a folder and all folders below it. Result: the watch; or why not.
  [[nodiscard]] static Result<std::unique_ptr<FolderWatch>> start(std::shared_ptr<const SourceRoot> root);

  /// A source that is finished, or a folder that can't be looked at.
  struct Finished {
    std::string path;              ///< below the root
    bool only_news = false;        ///< only its permissions, owner or times were seen to change
    std::optional<Error> fault{};  ///< why the folder can't be looked at
  };

  /// What a wait brought.
  struct News {
    std::vector<Finished> finished;  ///< folders first, then sources in the order of their paths
    bool lost_track = false;         ///< more happened than could be kept: look at everything again
    bool gone = false;               ///< the folder itself was removed or renamed
  };

  /// Waits until something is finished, at most as long as is said.
  [[nodiscard]] Result<News> wait(std::chrono::milliseconds longest);

  /// Whether a file is still being written, as far as its age tells; it is then given later, once it is finished.
  [[nodiscard]] bool postpones(const std::string& relative);

  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() = default;

 private:
  using Clock = std::chrono::steady_clock;

  FolderWatch(std::shared_ptr<const SourceRoot> root, FileDescriptor events)
      : root_(std::move(root)), events_(std::move(events)) {}

  [[nodiscard]] Result<void> add_folders(const std::string& from);
  // Result: whether it is watched only now.
  [[nodiscard]] Result<bool> add_folder(const std::string& relative);
  [[nodiscard]] Result<void> look_into(const std::string& relative);
  void note_fault(const std::string& relative, const Error& error);
  [[nodiscard]] Result<void> watch_anew();
  void forget_folder(const std::string& relative);
  [[nodiscard]] Result<void> read_events();
  [[nodiscard]] Result<void> note(int watch, std::uint32_t mask, const std::string& name);
  void note_file(const std::string& relative, std::uint32_t mask);
  void keep(const std::string& relative, const PendingFile& pending);
  [[nodiscard]] std::chrono::milliseconds quiet_needed(const std::string& relative, const PendingFile& pending) const;
  void take_finished(News& news);

  std::shared_ptr<const SourceRoot> root_;
  FileDescriptor events_;
  std::unordered_map<int, std::string> folders_;
  PendingFiles pending_;
  std::vector<Finished> faults_;
  bool lost_track_ = false;
  bool overflowed_ = false;
  bool gone_ = false;
};

}  // namespace locket::tool
