#include "source_root.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <expected>
#include <filesystem>
#include <optional>
#include <utility>

namespace locket::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_bytes_max = 4'000;  // the kernel takes paths up to 4,095 bytes
constexpr int races_max = 16;                   // renames meanwhile that a look-up survives

std::unexpected<Error> not_readable(std::string reason) { return fail(Code::file_not_readable, std::move(reason)); }

std::unexpected<Error> not_opened(int number) {
  switch (number) {
    case ELOOP: return not_readable("a symbolic link, or one on the way to it: name what it points to");
    case EXDEV: return not_readable("leads out of the folder");
    case EWOULDBLOCK: return not_readable("another process keeps it from being opened");
    default:
      return not_readable(std::string("can't be opened: ") + std::strerror(number));  // NOLINT(concurrency-mt-unsafe)
  }
}

// Opens one piece of a path, safe by the kernel. Result: the descriptor, or -1 and errno.
int open_piece(int folder, const std::string& piece, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int race = 0;; ++race) {
    const auto opened = static_cast<int>(syscall(SYS_openat2, folder, piece.c_str(), &how, sizeof how));
    // A rename elsewhere may make the kernel give up; a file under a lease gives the same number each time.
    if (opened >= 0 || (errno != EAGAIN && errno != EINTR) || race == races_max) return opened;
  }
}

// A kernel before 5.6, or a container that forbids what it does not know.
bool kernel_opens_beneath(int folder) {
  const FileDescriptor probe(open_piece(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return probe.is_open();
}

// How much of a path is opened at once: as much as the kernel takes, or, where it can't hold us below the root, one
// name, which can then be neither a link nor `..`.
std::size_t piece_length(std::string_view path, bool by_kernel) {
  if (!by_kernel) return std::min(path.find('/'), path.size());
  if (path.size() <= piece_bytes_max) return path.size();
  const std::size_t slash = path.rfind('/', piece_bytes_max);
  return slash == std::string_view::npos || slash == 0 ? path.size() : slash;
}

// Result: the descriptor, or the number of the system's error.
std::expected<FileDescriptor, int> open_beneath(int root, std::string_view relative, int flags) {
  static const bool by_kernel = kernel_opens_beneath(root);
  int folder = root;
  std::optional<FileDescriptor> held;
  while (true) {
    const std::size_t length = piece_length(relative, by_kernel);
    const std::string piece(relative.substr(0, length));
    const bool last = length == relative.size();
    if (!by_kernel && piece == "..") return std::unexpected(EXDEV);
    const int how = (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC;
    FileDescriptor opened(by_kernel ? open_piece(folder, piece, how) : ::openat(folder, piece.c_str(), how));
    if (!opened.is_open()) return std::unexpected(errno == ENOTDIR && !by_kernel ? ELOOP : errno);
    if (last) return opened;
    relative.remove_prefix(length + 1);
    held.emplace(std::move(opened));
    folder = held->number();
  }
}

std::optional<std::string> wrong_path(std::string_view relative) {
  if (relative.empty()) return "no file is named";
  if (relative.front() == '/') return "leads out of the folder";
  if (relative.find('\0') != std::string_view::npos) return "the name holds a zero byte";
  return std::nullopt;
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "is a folder, no regular file";
  if (S_ISLNK(mode)) return "is a symbolic link, which is not followed: name what it points to";
  if (S_ISFIFO(mode)) return "is a pipe, no regular file";
  if (S_ISSOCK(mode)) return "is a socket, no regular file";
  return "is a device, no regular file";
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool same_time(const timespec& left, const timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

std::int64_t SourceFile::changed_at_ns() const noexcept {
  return static_cast<std::int64_t>(facts_.st_mtim.tv_sec) * 1'000'000'000 + facts_.st_mtim.tv_nsec;
}

Result<Bytes> SourceFile::read_start() const {
  std::array<std::byte, 16> start{};
  ssize_t count = -1;
  do {
    count = ::pread(file_.number(), start.data(), start.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    return not_readable(std::string("can't be read: ") + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  }
  return Bytes(start.begin(), start.begin() + count);
}

Result<Bytes> SourceFile::read_whole(const ReadLimit& limit) const {
  Result<Bytes> bytes = read_open_file(file_.number(), static_cast<std::uint64_t>(facts_.st_size), limit);
  if (!bytes) return bytes;
  if (auto same = prove_unchanged(); !same) return std::unexpected(std::move(same.error()));
  return bytes;
}

Result<void> SourceFile::prove_unchanged() const {
  struct stat now{};
  if (::fstat(file_.number(), &now) == 0 && now.st_size == facts_.st_size && same_time(now.st_mtim, facts_.st_mtim)) {
    return {};
  }
  return not_readable("changed while it was read");
}

SourceRoot::SourceRoot(FileDescriptor folder, std::string path, std::string path_as_named)
    : folder_(std::move(folder)), path_(std::move(path)), path_as_named_(std::move(path_as_named)) {}

Result<std::shared_ptr<const SourceRoot>> SourceRoot::open(const std::string& path) {
  const std::string named = path.empty() ? "." : path;
  if (named.find('\0') != std::string::npos) return not_readable("the name holds a zero byte");
  FileDescriptor folder(::open(named.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return not_opened(errno);
  std::error_code failure;
  const fs::path real = fs::canonical(named, failure);
  if (failure) return not_readable("can't be opened: " + failure.message());
  const std::string absolute = without_last_slash(fs::absolute(named).lexically_normal().string());
  return std::shared_ptr<const SourceRoot>(new SourceRoot(std::move(folder), real.string(), absolute));
}

Result<SourceFile> SourceRoot::open_file(const std::string& relative) const {
  if (auto wrong = wrong_path(relative)) return not_readable(std::move(*wrong));
  struct stat facts{};
  {
    // Looked at before it is opened: some devices do things when they are.
    const auto seen = open_beneath(folder_.number(), relative, O_PATH);
    if (!seen) return not_opened(seen.error());
    if (::fstat(seen->number(), &facts) != 0) return not_opened(errno);
    if (!S_ISREG(facts.st_mode)) return not_readable(std::string(kind_of(facts.st_mode)));
  }
  // O_NONBLOCK: what was a file and is a pipe now must not make us wait for its writer.
  auto file = open_beneath(folder_.number(), relative, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return not_opened(file.error());
  if (::fstat(file->number(), &facts) != 0) return not_opened(errno);
  if (!S_ISREG(facts.st_mode)) return not_readable(std::string(kind_of(facts.st_mode)));
  return SourceFile(std::move(*file), facts);
}

Result<void> SourceRoot::prove_written_back(const std::string& relative) const {
  for (const char* suffix : {"-wal", "-journal"}) {
    const std::string beside = relative + suffix;
    if (is_missing(beside)) continue;
    const auto file = open_file(beside);
    const auto start = file ? file->read_start() : std::unexpected(file.error());
    // One that is spent and kept for the next change is empty, or begins with a zero.
    if (start && (start->empty() || start->front() == std::byte{0})) continue;
    return not_readable("has changes that were not written back: close it in its program");
  }
  return {};
}

Result<FileDescriptor> SourceRoot::open_folder(const std::string& relative) const {
  auto folder = open_beneath(folder_.number(), relative.empty() ? "." : relative, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (!folder) return not_opened(folder.error());
  return std::move(*folder);
}

bool SourceRoot::is_missing(const std::string& relative) const {
  if (wrong_path(relative)) return false;
  const auto seen = open_beneath(folder_.number(), relative, O_PATH);
  return !seen && (seen.error() == ENOENT || seen.error() == ENAMETOOLONG);
}

bool SourceRoot::is_gone() const noexcept {
  struct stat facts{};
  return ::fstat(folder_.number(), &facts) != 0 || facts.st_nlink == 0;
}

std::string SourceRoot::path_of(std::string_view relative) const {
  if (relative.empty()) return path_;
  return (path_ == "/" ? "" : path_) + "/" + std::string(relative);
}

std::optional<std::string> SourceRoot::relative_of(const std::string& absolute) const {
  for (const std::string* root : {&path_, &path_as_named_}) {
    const std::string prefix = *root == "/" ? "/" : *root + "/";
    if (absolute.size() > prefix.size() && absolute.starts_with(prefix)) return absolute.substr(prefix.size());
  }
  return std::nullopt;
}

}  // namespace locket::tool
