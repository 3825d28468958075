#include "folder_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "folder_walk.hpp"
#include "import_item.hpp"

namespace locket::tool {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds after_close{200};          // some programs close and open again at once
constexpr milliseconds quiet{2'000};              // of a file that nobody was seen to write to
constexpr milliseconds quiet_while_open{30'000};  // of a file that was written to and not closed: then it is tried

constexpr std::uint32_t asked_for = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY | IN_DELETE | IN_MOVED_FROM |
                                    IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

std::unexpected<Error> not_watched(const std::string& what, int number) {
  std::string reason = what + " can't be watched: " + std::strerror(number);  // NOLINT(concurrency-mt-unsafe)
  if (number == ENOSPC) reason += " (more folders than fs.inotify.max_user_watches allows)";
  return fail(Code::file_not_readable, std::move(reason));
}

milliseconds age_of(const SourceFile& file) {
  const auto now_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto age = std::chrono::duration_cast<milliseconds>(now_ns - std::chrono::nanoseconds(file.changed_at_ns()));
  // A file from the future, of another machine's clock, is taken for an old one.
  return age < milliseconds(0) ? quiet_while_open : age;
}

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::start(std::shared_ptr<const SourceRoot> root) {
  FileDescriptor events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!events.is_open()) return not_watched("the folder", errno);
  std::unique_ptr<FolderWatch> watch(new FolderWatch(std::move(root), std::move(events)));
  if (auto added = watch->add_folders(""); !added) return std::unexpected(std::move(added.error()));
  watch->pending_.clear();  // what is there at first is looked at as a whole
  watch->faults_.clear();
  return watch;
}

Result<void> FolderWatch::add_folders(const std::string& from) {
  Result<void> added;
  FolderVisitor visitor;
  visitor.folder = [&](const std::string& relative) {
    if (auto one = add_folder(relative); !one) added = std::unexpected(std::move(one.error()));
    return added.has_value();
  };
  visitor.fault = [this](const std::string& relative, const Error& error) { note_fault(relative, error); };
  visitor.file = [&](const std::string& relative) {
    // It may have been there before the watch was: nobody tells when it is closed.
    if (kind_by_name(relative) != SourceKind::unknown) keep(relative, {.due = Clock::now()});
    return true;
  };
  walk_folder(*root_, from, visitor);
  return added;
}

Result<bool> FolderWatch::add_folder(const std::string& relative) {
  const Result<FileDescriptor> folder = root_->open_folder(relative);
  if (!folder) return false;  // gone again, or not ours to read, which the walk tells
  const std::string path = "/proc/self/fd/" + std::to_string(folder->number());
  const int watch = ::inotify_add_watch(events_.number(), path.c_str(), asked_for);
  if (watch < 0) return not_watched(root_->path_of(relative), errno);
  return folders_.insert_or_assign(watch, relative).second;
}

// A folder whose permissions changed: one that could not be read may be readable now, and so may what lies in it.
Result<void> FolderWatch::look_into(const std::string& relative) {
  const Result<bool> is_new = add_folder(relative);
  if (!is_new) return std::unexpected(is_new.error());
  if (*is_new) return add_folders(relative);
  const std::size_t start = relative.empty() ? 0 : relative.size() + 1;
  FolderVisitor visitor;
  visitor.file = [&](const std::string& file) {
    // A folder below it has permissions of its own.
    if (file.find('/', start) == std::string::npos) note_file(file, IN_ATTRIB);
    return true;
  };
  visitor.fault = [this](const std::string& folder, const Error& error) { note_fault(folder, error); };
  walk_folder(*root_, relative, visitor);
  return {};
}

void FolderWatch::note_fault(const std::string& relative, const Error& error) {
  if (faults_.size() == PendingLimits().files_max) lost_track_ = true;
  if (lost_track_) return;  // all is looked at again
  if (relative.empty() ? root_->is_gone() : root_->is_missing(relative)) return;
  faults_.push_back({.path = relative, .fault = error});
}

// The kernel did not tell of some folders that came, went or were renamed.
Result<void> FolderWatch::watch_anew() {
  for (const auto& folder : folders_) {
    if (!folder.second.empty()) ::inotify_rm_watch(events_.number(), folder.first);
  }
  std::erase_if(folders_, [](const auto& folder) { return !folder.second.empty(); });
  return add_folders("");
}

// A folder that goes by another name now, or lies elsewhere: nothing more is told or given by the old one.
void FolderWatch::forget_folder(const std::string& relative) {
  const std::string below = relative + "/";
  std::erase_if(folders_, [&](const auto& folder) {
    if (folder.second != relative && !folder.second.starts_with(below)) return false;
    ::inotify_rm_watch(events_.number(), folder.first);
    return true;
  });
  pending_.take_if([&below](const std::string& path, PendingFile&) { return path.starts_with(below); });
}

Result<void> FolderWatch::read_events() {
  alignas(inotify_event) std::array<char, 65'536> piece{};
  while (true) {
    const ssize_t count = ::read(events_.number(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return {};
    if (count <= 0) return not_watched("the folder", errno);
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, piece.data() + at, sizeof event);
      const char* name = piece.data() + at + sizeof event;
      const std::string text(name, ::strnlen(name, event.len));
      if (auto noted = note(event.wd, event.mask, text); !noted) return noted;
      at += sizeof event + event.len;
    }
  }
}

Result<void> FolderWatch::note(int watch, std::uint32_t mask, const std::string& name) {
  if ((mask & IN_Q_OVERFLOW) != 0) lost_track_ = overflowed_ = true;
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return {};
  if ((mask & IN_IGNORED) != 0) {
    folders_.erase(found);
    return {};
  }
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    gone_ = gone_ || found->second.empty();
    return {};
  }
  if (name.empty()) {  // of a folder itself: what lies above it tells the same, but for the first
    return found->second.empty() && (mask & IN_ATTRIB) != 0 ? look_into("") : Result<void>();
  }
  const std::string relative = found->second.empty() ? name : found->second + "/" + name;
  if ((mask & IN_ISDIR) == 0) {
    note_file(relative, mask);
    return {};
  }
  // One that was removed was empty, and the kernel itself ends its watch: to look for it among all would take long.
  if ((mask & IN_MOVED_FROM) != 0) forget_folder(relative);
  if ((mask & IN_ATTRIB) != 0) return look_into(relative);
  return (mask & (IN_CREATE | IN_MOVED_TO)) != 0 ? add_folders(relative) : Result<void>();
}

void FolderWatch::note_file(const std::string& relative, std::uint32_t mask) {
  if (kind_by_name(relative) == SourceKind::unknown) return;
  const auto now = Clock::now();
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
    pending_.forget(relative);
  } else if ((mask & IN_MOVED_TO) != 0) {
    keep(relative, {.due = now, .closed = true});
  } else if ((mask & IN_CLOSE_WRITE) != 0) {
    keep(relative, {.due = now + after_close, .closed = true});
  } else if ((mask & IN_MODIFY) != 0) {
    keep(relative, {.due = now + quiet, .written = true});
  } else if ((mask & IN_ATTRIB) != 0) {
    // It may be readable now. One that is pending is looked at anyway.
    if (pending_.find(relative) == nullptr) keep(relative, {.due = now + after_close, .only_news = true});
  } else {
    keep(relative, {.due = now + quiet});
  }
}

void FolderWatch::keep(const std::string& relative, const PendingFile& pending) {
  if (!pending_.keep(relative, pending)) lost_track_ = true;
}

milliseconds FolderWatch::quiet_needed(const std::string& relative, const PendingFile& pending) const {
  if (pending.closed) return milliseconds(0);
  const Result<SourceFile> file = root_->open_file(relative);
  if (!file) return milliseconds(0);  // the import tells why
  const auto start = file->read_start();
  const bool empty = !start || start->empty();
  const milliseconds needed = pending.written || empty ? quiet_while_open : quiet;
  return std::max(milliseconds(0), needed - age_of(*file));
}

bool FolderWatch::postpones(const std::string& relative) {
  const PendingFile* const known = pending_.find(relative);
  const PendingFile pending = known == nullptr ? PendingFile{.due = Clock::now()} : *known;
  const milliseconds wanted = quiet_needed(relative, pending);
  if (wanted == milliseconds(0)) {
    pending_.forget(relative);
    return false;
  }
  keep(relative, pending);
  return true;
}

void FolderWatch::take_finished(News& news) {
  const auto now = Clock::now();
  pending_.take_if([&](const std::string& relative, PendingFile& file) {
    if (file.due > now) return false;
    // It was renamed or removed, which the kernel is about to tell.
    if (root_->is_missing(relative)) return true;
    const milliseconds wanted = quiet_needed(relative, file);
    file.due = now + std::min(wanted, quiet / 4);
    if (wanted > milliseconds(0)) return false;
    news.finished.push_back({.path = relative, .only_news = file.only_news});
    return true;
  });
}

Result<FolderWatch::News> FolderWatch::wait(milliseconds longest) {
  pollfd waited{events_.number(), POLLIN, 0};
  if (::poll(&waited, 1, static_cast<int>(longest.count())) > 0) {
    if (auto read = read_events(); !read) return std::unexpected(std::move(read.error()));
  }
  if (std::exchange(overflowed_, false)) {
    if (auto again = watch_anew(); !again) return std::unexpected(std::move(again.error()));
  }
  News news;
  news.gone = gone_ || root_->is_gone();  // the kernel tells of the removal only once we let it go
  news.lost_track = std::exchange(lost_track_, false);
  news.finished = std::exchange(faults_, {});
  if (news.lost_track) {
    news.finished.clear();
    return news;
  }
  take_finished(news);
  return news;
}

}  // namespace locket::tool
