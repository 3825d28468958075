#include "output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "file_descriptor.hpp"

namespace locket::tool {
namespace {

std::unexpected<std::string> not_written(const std::string& path, int number) {
  return std::unexpected(path + " can't be written: " + std::strerror(number));
}

bool write_all(int descriptor, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// Where a file goes: to the end of its links, for these stay what they are.
struct Place {
  std::string path;                    // there need be nothing
  std::optional<int> descriptor = {};  // what is open under this number
};

// `/dev/stderr` and its like: a process's own names of what it has open.
std::optional<int> descriptor_named(const std::string& path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    int number = 0;
    const char* const end = path.data() + path.size();
    const auto [stopped, failure] = std::from_chars(path.data() + folder.size(), end, number);
    if (failure == std::errc() && stopped == end && number >= 0) return number;
  }
  return std::nullopt;
}

// Whether it was open when the program began; what it opened itself, such as the store, is nobody's output.
bool is_inherited(int number) {
  const int flags = ::fcntl(number, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

Written write_into(int number, const std::string& path, BytesView bytes) {
  if (!is_inherited(number)) return not_written(path, EBADF);
  return write_all(number, bytes) ? Written() : not_written(path, errno);
}

// Replaced, such a file would be without what is told into it.
std::optional<int> descriptor_of_same_file(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return std::nullopt;
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat told{};
    if (::fstat(number, &told) == 0 && told.st_dev == file.st_dev && told.st_ino == file.st_ino) return number;
  }
  return std::nullopt;
}

Place find_place(const std::string& path) {
  constexpr int links_max = 40;  // as the kernel has it
  std::filesystem::path place = path;
  for (int links = 0; links < links_max; ++links) {
    if (const auto number = descriptor_named(place.string())) return {.path = path, .descriptor = number};
    std::error_code is_no_link;
    const std::filesystem::path next = std::filesystem::read_symlink(place, is_no_link);
    if (is_no_link) return {.path = place.string(), .descriptor = descriptor_of_same_file(path)};
    place = place.parent_path() / next;
  }
  return {.path = path};  // a ring of links: `stat` says so
}

// Makes a file beside another. Its name is not made of the other's, which may be as long as a name can be; and another
// process with the same number, in another container, may be writing here as well.
int open_beside(const std::string& path, mode_t mode, std::string& name) {
  static std::atomic<std::uint64_t> files{0};
  const std::string start = ".locket-" + std::to_string(::getpid()) + "-";
  while (true) {
    name = (std::filesystem::path(path).parent_path() / (start + std::to_string(++files))).string();
    const int made = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
    if (made >= 0 || errno != EEXIST) return made;
  }
}

// What `stat` gives; a mode of 0 where there is nothing. Result: 0, or the number of an error.
int look_at(const std::string& path, struct stat& facts) {
  if (::stat(path.c_str(), &facts) == 0) return 0;
  facts.st_mode = 0;
  return errno == ENOENT ? 0 : errno;
}

// Writes a file beside a place, with the mode of the file that stands there, if one does. Result: 0, or the number of
// an error, when it is gone again.
int write_beside(const std::string& place, mode_t mode_there, BytesView bytes, Readers readers, std::string& name) {
  const mode_t mode_max = readers == Readers::owner ? 0600 : 0777;
  const mode_t mode_new = readers == Readers::owner ? 0600 : 0666;
  FileDescriptor file(open_beside(place, mode_there != 0 ? mode_there & mode_max : mode_new, name));
  if (!file.is_open()) return errno;
  const bool has_mode = mode_there == 0 || ::fchmod(file.number(), mode_there & mode_max) == 0;  // past the umask
  if (has_mode && write_all(file.number(), bytes) && file.close() == 0) return 0;
  const int number = errno;
  ::unlink(name.c_str());
  return number;
}

Written write_straight(const std::string& path, BytesView bytes) {
  // O_NONBLOCK: opening a pipe must not wait for its reader.
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.is_open() && errno == ENXIO) return std::unexpected(path + " can't be written: nobody reads from it");
  const bool good =
      file.is_open() && ::fcntl(file.number(), F_SETFL, 0) == 0 && write_all(file.number(), bytes) && file.close() == 0;
  if (good) return {};
  return not_written(path, errno);
}

}  // namespace

Written write_file(const std::string& path, BytesView bytes, Readers readers) {
  const Place place = find_place(path);
  if (place.descriptor) return write_into(*place.descriptor, path, bytes);
  struct stat facts{};
  if (const int number = look_at(path, facts); number != 0) return not_written(path, number);
  if (facts.st_mode != 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return write_straight(path, bytes);
  std::string name;
  if (const int number = write_beside(place.path, facts.st_mode, bytes, readers, name); number != 0)
    return not_written(path, number);
  if (std::rename(name.c_str(), place.path.c_str()) == 0) return {};
  const int number = errno;
  ::unlink(name.c_str());
  return not_written(path, number);
}

bool is_standard_output(const std::string& name) { return name == "-" || find_place(name).descriptor == STDOUT_FILENO; }

Written write_standard_output(BytesView bytes) {
  if (write_all(STDOUT_FILENO, bytes)) return {};
  return not_written("standard output", errno);
}

std::string place_fault(const std::string& name) {
  return is_standard_output(name) ? "this can't go to standard output; ./- is the name of a place called -" : "";
}

std::string resolved_place(const std::string& path) {
  const std::string place = find_place(path).path;
  std::error_code failure;
  const std::filesystem::path resolved =
      std::filesystem::weakly_canonical(std::filesystem::absolute(place, failure), failure);
  return failure ? place : resolved.string();
}

bool is_same_file(const std::string& output, const std::string& other) {
  std::error_code is_missing;
  return std::filesystem::equivalent(output, other, is_missing) || resolved_place(output) == resolved_place(other);
}

Written make_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return not_written(path, failure.value());
  return {};
}

}  // namespace locket::tool
