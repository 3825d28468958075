#include "output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
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

bool is_device_or_pipe(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
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

}  // namespace

Written write_file(const std::string& path, BytesView bytes, Readers readers) {
  const bool straight = is_device_or_pipe(path);
  const mode_t mode = readers == Readers::owner ? 0600 : 0666;
  std::string target = path;
  FileDescriptor file(straight ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY)
                               : open_beside(path, mode, target));
  if (!file.is_open()) return not_written(path, errno);
  const bool good = write_all(file.number(), bytes) && file.close() == 0 &&
                    (straight || std::rename(target.c_str(), path.c_str()) == 0);
  if (good) return {};
  const int number = errno;
  if (!straight) ::unlink(target.c_str());
  return not_written(path, number);
}

bool is_standard_output(const std::string& name) { return name == "-" || name == "/dev/stdout"; }

Written write_standard_output(BytesView bytes) {
  if (write_all(STDOUT_FILENO, bytes)) return {};
  return not_written("standard output", errno);
}

std::string place_fault(const std::string& name) {
  return is_standard_output(name) ? "this can't go to standard output; ./- is the name of a place called -" : "";
}

Written make_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return not_written(path, failure.value());
  return {};
}

}  // namespace locket::tool
