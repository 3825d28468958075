#include "folder_walk.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace locket::tool {
namespace {

constexpr std::size_t path_bytes_max = 65'000;  // what a store keeps of a path

struct Name {
  std::string text;
  unsigned char type = DT_UNKNOWN;

  bool operator<(const Name& other) const { return text < other.text; }
};

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

/// One folder on the way from the root to where the walk stands.
struct Level {
  std::size_t path_bytes;     // of the walk's path, which leads to the lowest level
  std::vector<Name> names{};  // the next ones, in order
  std::size_t next = 0;
  std::size_t names_max = 0;  // so many of them are held
  std::string after{};        // the last one that was visited
  bool started = false;       // whether any was
  bool has_more = true;       // whether names may follow those that are held
};

unsigned char type_of(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat facts{};
  if (::fstatat(folder, entry.d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
  return S_ISREG(facts.st_mode) ? DT_REG : S_ISDIR(facts.st_mode) ? DT_DIR : DT_UNKNOWN;
}

class Walk {
 public:
  Walk(const SourceRoot& root, const FolderVisitor& visitor, std::size_t names_held_max)
      : root_(root), visitor_(visitor), names_held_max_(std::max<std::size_t>(1, names_held_max)) {}

  void run(const std::string& from) {
    if (!enter(from)) return;
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.names.size() && !fill(level)) {
        leave();
        continue;
      }
      if (!visit(level)) return;
    }
  }

 private:
  // False ends the walk.
  bool enter(std::string path) {
    if (visitor_.folder && !visitor_.folder(path)) return false;
    path_ = std::move(path);
    levels_.push_back(Level{.path_bytes = path_.size()});
    return true;
  }

  void leave() {
    names_held_ -= levels_.back().names.size();
    levels_.pop_back();
    if (!levels_.empty()) path_.resize(levels_.back().path_bytes);
  }

  // Takes the next names of a folder. False when there are none.
  bool fill(Level& level) {
    give_up_names(level);
    if (!level.has_more) return false;
    make_room(level);
    if (const Result<void> read = read_names(level); !read) {
      level.names.clear();
      level.has_more = false;
      if (visitor_.fault) visitor_.fault(path_, read.error());
    }
    names_held_ += level.names.size();
    return !level.names.empty();
  }

  void give_up_names(Level& level) {
    names_held_ -= level.names.size();
    std::vector<Name>().swap(level.names);  // their memory too
    level.next = 0;
  }

  // Each folder takes half of what is free, so that it need not give way to those below it. Where too little is left
  // for one, those above it give up their names, the highest first, and read them again when the walk comes back to
  // them: only where many names stand below them, or a folder would be read again for each folder in it.
  void make_room(Level& level) {
    const auto free = [this] { return names_held_max_ - names_held_; };
    const std::size_t wanted = level.started ? share_of(2) : free() < share_of(16) ? share_of(8) : 0;
    for (Level& above : levels_) {
      if (&above == &level || free() >= wanted) break;
      if (above.names.empty()) continue;
      give_up_names(above);
      above.has_more = true;
    }
    level.names_max = std::max<std::size_t>(1, free() / 2);
  }

  [[nodiscard]] std::size_t share_of(std::size_t parts) const {
    return std::max<std::size_t>(1, names_held_max_ / parts);
  }

  Result<void> read_names(Level& level) {
    Result<FileDescriptor> opened = root_.open_folder(path_);
    if (!opened) return std::unexpected(opened.error());
    const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(opened->number()));
    if (!folder) return failure_of(errno);
    const int number = opened->release();
    level.has_more = false;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe): a folder of this thread's own
      if (entry == nullptr) break;
      keep(level, *entry, number);
    }
    if (errno != 0) return failure_of(errno);
    std::sort_heap(level.names.begin(), level.names.end());
    return {};
  }

  // Keeps the first names in order that follow the last one visited: a heap whose top is the last of them.
  void keep(Level& level, const dirent& entry, int folder) const {
    const std::string_view text(entry.d_name);
    if (text == "." || text == "..") return;
    if (level.started && text <= level.after) return;
    if (level.names.size() == level.names_max) {
      level.has_more = true;
      if (text >= level.names.front().text) return;
      std::pop_heap(level.names.begin(), level.names.end());
      level.names.pop_back();
    }
    level.names.push_back({std::string(text), type_of(folder, entry)});
    std::push_heap(level.names.begin(), level.names.end());
  }

  static std::unexpected<Error> failure_of(int number) {
    return fail(Code::file_not_readable,
                std::string("the folder can't be read: ") + std::strerror(number));  // NOLINT(concurrency-mt-unsafe)
  }

  // False ends the walk.
  bool visit(Level& level) {
    Name name = std::move(level.names[level.next++]);
    level.started = true;
    level.after = name.text;
    std::string path = path_.empty() ? std::move(name.text) : path_ + "/" + name.text;
    if (path.size() > path_bytes_max) {
      if (visitor_.fault) visitor_.fault(path.substr(0, 100) + "...", over_long());
      return true;
    }
    if (name.type == DT_DIR) return enter(std::move(path));
    if (name.type == DT_REG) return !visitor_.file || visitor_.file(path);
    if (visitor_.other) visitor_.other();
    return true;
  }

  static Error over_long() { return {Code::file_not_readable, "its path is longer than a store keeps"}; }

  const SourceRoot& root_;
  const FolderVisitor& visitor_;
  std::size_t names_held_max_;
  std::string path_;  // one for all levels: their paths together would be the square of the depth
  std::vector<Level> levels_;
  std::size_t names_held_ = 0;
};

}  // namespace

void walk_folder(const SourceRoot& root, const std::string& from, const FolderVisitor& visitor,
                 std::size_t names_held_max) {
  Walk(root, visitor, names_held_max).run(from);
}

}  // namespace locket::tool
