#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "locket/token.hpp"

namespace locket {
namespace {

class StaticKeySource final : public KeySource {
 public:
  explicit StaticKeySource(std::string jwks_json) noexcept : jwks_json_(std::move(jwks_json)) {}

  Result<std::string> fetch_jwks() override { return jwks_json_; }

 private:
  const std::string jwks_json_;
};

class File {
 public:
  // Without waiting: opening a pipe would otherwise wait for a writer.
  explicit File(const std::string& path) noexcept
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_regular() const noexcept {
    struct stat status;
    return descriptor_ >= 0 && fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  }

  // Reads on. Result: bytes read, 0 at the end, below 0 when it failed.
  ssize_t read_some(char* into, std::size_t bytes) const noexcept {
    ssize_t got;
    do {
      got = read(descriptor_, into, bytes);
    } while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int descriptor_;
};

class FileKeySource final : public KeySource {
 public:
  FileKeySource(std::string path, std::uint32_t bytes_max) noexcept : path_(std::move(path)), bytes_max_(bytes_max) {}

  Result<std::string> fetch_jwks() override {
    if (path_.find('\0') != std::string::npos) return fail(Code::file_not_readable, "the key file's name holds a NUL");
    const File file(path_);
    if (!file.is_regular())
      return fail(Code::file_not_readable, "the key file can not be opened or is no regular file");
    std::string text;
    char block[16'384];
    while (true) {
      const ssize_t got = file.read_some(block, sizeof block);
      if (got < 0) return fail(Code::file_not_readable, "the key file can not be read");
      if (got == 0) return text;
      if (text.size() + static_cast<std::size_t>(got) > bytes_max_) {
        return fail(Code::json_invalid, "the key file is too large");
      }
      text.append(block, static_cast<std::size_t>(got));
    }
  }

 private:
  const std::string path_;
  const std::uint32_t bytes_max_;
};

}  // namespace

std::unique_ptr<KeySource> make_static_key_source(std::string jwks_json) {
  return std::make_unique<StaticKeySource>(std::move(jwks_json));
}

std::unique_ptr<KeySource> make_file_key_source(std::string path, const Limits& limits) {
  return std::make_unique<FileKeySource>(std::move(path), limits.jwks_bytes_max);
}

}  // namespace locket
