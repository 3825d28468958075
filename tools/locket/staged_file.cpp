#include "staged_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "file_descriptor.hpp"

namespace locket::tool {
namespace {

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

int error_of(int result) noexcept { return result == 0 ? 0 : errno; }

// Not every file system can rename so, and others can't give a second name.
int rename_to_new(const std::string& from, const std::string& to) noexcept {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return error_of(::unlink(from.c_str()));
}

}  // namespace

std::expected<StagedFile, int> StagedFile::write(const std::string& place, BytesView bytes, Readers readers) {
  struct stat there{};
  const bool replaces = ::stat(place.c_str(), &there) == 0;
  const mode_t mode_max = readers == Readers::owner ? 0600 : 0777;
  const mode_t mode_new = readers == Readers::owner ? 0600 : 0666;
  StagedFile staged(place);
  FileDescriptor file(open_beside(place, replaces ? there.st_mode & mode_max : mode_new, staged.name_));
  if (!file.is_open()) {
    staged.name_.clear();  // there is none, or it is another's
    return std::unexpected(errno);
  }
  const bool has_mode = !replaces || ::fchmod(file.number(), there.st_mode & mode_max) == 0;  // past the umask
  if (has_mode && write_all(file.number(), bytes) && file.close() == 0) return staged;
  return std::unexpected(errno);
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : place_(std::move(other.place_)),
      name_(std::exchange(other.name_, {})),
      old_(std::exchange(other.old_, {})),
      is_the_first_(other.is_the_first_) {}

StagedFile::~StagedFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
  if (!old_.empty()) ::unlink(old_.c_str());
}

int StagedFile::put(Present present) {
  const int error =
      present == Present::refuse ? rename_to_new(name_, place_) : error_of(std::rename(name_.c_str(), place_.c_str()));
  if (error == 0) name_.clear();
  return error;
}

int StagedFile::put_for_now(Present present) {
  std::string old = name_ + "-old";
  const int kept = present == Present::refuse ? ENOENT : error_of(::link(place_.c_str(), old.c_str()));
  if (kept == 0) old_ = std::move(old);
  const int error = put(present);
  is_the_first_ = error == 0 && kept == ENOENT;
  return error;
}

void StagedFile::take_back() noexcept {
  if (is_the_first_) ::unlink(place_.c_str());
  if (!old_.empty() && std::rename(old_.c_str(), place_.c_str()) == 0) old_.clear();
}

}  // namespace locket::tool
