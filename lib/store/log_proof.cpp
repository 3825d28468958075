#include "store/log_proof.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "store/system_error.hpp"

namespace locket::store {
namespace {

constexpr std::size_t log_header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377F0682;  // the lowest bit tells in which order of bytes sums are made
constexpr std::uint32_t page_bytes_max = 65'536;

// The checksum goes through the log from its header on.
struct Sums {
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  bool operator==(const Sums&) const = default;
};

struct Salts {
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  bool operator==(const Salts&) const = default;
};

using Octets = std::span<const std::uint8_t>;

std::uint32_t big_endian(Octets bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         std::uint32_t{bytes[at + 3]};
}

class Log {
 public:
  explicit Log(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() {
    if (file_ >= 0) close(file_);
  }

  Result<void> prove() {
    if (file_ < 0) return errno == ENOENT ? Result<void>() : unreadable();
    std::array<std::uint8_t, log_header_bytes> header{};
    if (const auto got = read(0, header); !got || !*got) return got ? Result<void>() : unreadable();
    // One that is torn is that of a log that had just been begun anew: what follows it is old.
    if (!take(header)) return {};
    return prove_frames();
  }

 private:
  // Result: whether there are as many bytes.
  Result<bool> read(std::uint64_t at, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
      const ssize_t count = pread(file_, to.data(), to.size(), static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return unreadable();
      if (count == 0) return false;
      at += static_cast<std::uint64_t>(count);
      to = to.subspan(static_cast<std::size_t>(count));
    }
    return true;
  }

  static std::unexpected<Error> unreadable() {
    return fail(Code::store_io_failed, std::string("reading the store's log: ").append(error_words(errno)));
  }

  bool take(Octets header) {
    const std::uint32_t kind = big_endian(header, 0);
    page_bytes_ = big_endian(header, 8);
    if ((kind & ~1U) != magic || page_bytes_ < 512 || page_bytes_ > page_bytes_max) return false;
    is_big_endian_ = (kind & 1U) != 0;
    salts_ = {big_endian(header, 16), big_endian(header, 20)};
    sums_ = added({}, header.first(24));
    return sums_ == Sums{big_endian(header, 24), big_endian(header, 28)};
  }

  Sums added(Sums sums, Octets bytes) const {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      sums.first += word(bytes, at) + sums.second;
      sums.second += word(bytes, at + 4) + sums.first;
    }
    return sums;
  }

  std::uint32_t word(Octets bytes, std::size_t at) const {
    const std::uint32_t big = big_endian(bytes, at);
    return is_big_endian_ ? big : __builtin_bswap32(big);
  }

  Result<void> prove_frames() {
    std::vector<std::uint8_t> frame(frame_header_bytes + page_bytes_);
    std::optional<std::uint64_t> damaged;  // the first that is not what was written
    std::uint64_t commits = 0;             // behind it, one right after the other
    for (std::uint64_t number = 0;; ++number) {
      const auto got = read(log_header_bytes + number * frame.size(), frame);
      if (!got) return std::unexpected(got.error());
      if (!*got) return {};
      const bool is_sound = is_next(frame);
      if (!is_sound && !damaged) damaged = number;
      if (!is_sound) commits = 0;
      if (is_sound && damaged && big_endian(frame, 4) != 0) ++commits;
      if (commits == 2) {
        return fail(Code::store_corrupt, "its log is damaged at page " + std::to_string(*damaged + 1) +
                                             ": what was stored behind that would be lost, as it is where another "
                                             "program with SQLite opens the store");
      }
    }
  }

  // Whether a frame is of this log, and follows what stands before it.
  bool is_next(Octets frame) {
    const bool is_of_log = Salts{big_endian(frame, 8), big_endian(frame, 12)} == salts_;
    const Sums told{big_endian(frame, 16), big_endian(frame, 20)};
    const bool is_sound = is_of_log && added(added(sums_, frame.first(8)), frame.subspan(frame_header_bytes)) == told;
    sums_ = told;
    return is_sound;
  }

  const int file_;
  std::uint32_t page_bytes_ = 0;
  bool is_big_endian_ = false;
  Salts salts_;
  Sums sums_;
};

}  // namespace

Result<void> prove_log(const std::string& path) { return Log(path).prove(); }

}  // namespace locket::store
