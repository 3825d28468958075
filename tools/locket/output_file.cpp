#include "output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "file_descriptor.hpp"

namespace locket::tool {
namespace {

std::unexpected<std::string> not_written(const std::string& path, int number) {
  return std::unexpected(path + " can't be written: " + std::strerror(number));
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

// What `stat` gives; a mode of 0 where there is nothing. Result: 0, or the number of an error.
int look_at(const std::string& path, struct stat& facts) {
  if (::stat(path.c_str(), &facts) == 0) return 0;
  facts.st_mode = 0;
  return errno == ENOENT ? 0 : errno;
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
  auto staged = StagedFile::write(place.path, bytes, readers);
  if (!staged) return not_written(path, staged.error());
  if (const int number = staged->put(Present::replace); number != 0) return not_written(path, number);
  return {};
}

Written write_together(const std::vector<NewFile>& files, Present present) {
  std::vector<StagedFile> staged;
  for (const NewFile& file : files) {
    const Place place = find_place(file.path);
    struct stat facts{};
    if (const int number = look_at(file.path, facts); number != 0) return not_written(file.path, number);
    if (place.descriptor || (facts.st_mode != 0 && !S_ISREG(facts.st_mode)))
      return std::unexpected(file.path + " is no regular file, and stays as it is");
    auto one = StagedFile::write(place.path, file.bytes, file.readers);
    if (!one) return not_written(file.path, one.error());
    staged.push_back(std::move(*one));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const int number = staged[i].put_for_now(present);
    if (number == 0) continue;
    for (std::size_t before = i; before-- > 0;) staged[before].take_back();
    return not_written(files[i].path, number);
  }
  return {};
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
