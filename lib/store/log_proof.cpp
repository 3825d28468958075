#include "store/log_proof.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
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
constexpr std::uint32_t page_bytes_min = 512;
constexpr std::uint32_t page_bytes_max = 65'536;
constexpr std::uint32_t store_page_bytes = 16'384;  // as every store is made

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

bool is_page_size(std::uint32_t bytes) {
  return bytes >= page_bytes_min && bytes <= page_bytes_max && std::has_single_bit(bytes);
}

Salts salts_of_head(Octets head) { return {big_endian(head, 16), big_endian(head, 20)}; }
Sums sums_of_head(Octets head) { return {big_endian(head, 24), big_endian(head, 28)}; }
Salts salts_of_frame(Octets frame) { return {big_endian(frame, 8), big_endian(frame, 12)}; }
Sums sums_of_frame(Octets frame) { return {big_endian(frame, 16), big_endian(frame, 20)}; }

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
    if (take(header)) return prove_frames(false);
    for (const bool is_big_endian : {false, true}) {
      is_big_endian_ = is_big_endian;
      if (auto taken = take_damaged(header); !taken) return taken;
      if (auto proven = prove_frames(true); !proven) return proven;
    }
    return {};
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
    if ((kind & ~1U) != magic || !is_page_size(page_bytes_)) return false;
    is_big_endian_ = (kind & 1U) != 0;
    salts_ = salts_of_head(header);
    sums_ = added({}, header.first(24));
    return sums_ == sums_of_head(header);
  }

  // A head that does not hold its own sum is damaged, and lets the recovery drop all that follows; or it was torn while
  // a log was begun anew over an old one, whose pages are all in the file by then and must not be taken for lost. A new
  // head has other salts, one of them drawn at random, and so other sums. Hence the pages are those of this head where
  // they carry its salts, or where the first follows from its sums, as told or as its bytes give them. Damage at one
  // place leaves either the salts or the sums; noise has neither. The head lies within one sector, which a disk writes
  // as a whole, so that no head is half the old and half the new one.
  Result<void> take_damaged(Octets header) {
    page_bytes_ = big_endian(header, 8);
    if (!is_page_size(page_bytes_)) page_bytes_ = store_page_bytes;
    std::vector<std::uint8_t> frame(frame_header_bytes + page_bytes_);
    if (const auto got = read(log_header_bytes, frame); !got) return std::unexpected(got.error());
    salts_ = salts_of_frame(frame);
    for (const Sums& seed : {sums_of_head(header), added({}, header.first(24))}) {
      sums_ = seed;
      const bool is_first = is_next(frame);
      sums_ = seed;
      if (is_first) return {};
    }
    salts_ = salts_of_head(header);
    return {};
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

  Result<void> prove_frames(bool is_head_damaged) {
    std::vector<std::uint8_t> frame(frame_header_bytes + page_bytes_);
    std::optional<std::uint64_t> damaged;  // the first that is not what was written
    if (is_head_damaged) damaged = 0;
    std::uint64_t commits = 0;  // behind it, one right after the other
    for (std::uint64_t number = 0;; ++number) {
      const auto got = read(log_header_bytes + number * frame.size(), frame);
      if (!got) return std::unexpected(got.error());
      if (!*got) return {};
      const bool is_sound = is_next(frame);
      if (!is_sound && !damaged) damaged = number;
      if (!is_sound) commits = 0;
      if (is_sound && damaged && big_endian(frame, 4) != 0) ++commits;
      if (commits == 2) {
        const std::string place = is_head_damaged ? "its head" : "page " + std::to_string(*damaged + 1);
        return fail(Code::store_corrupt, "its log is damaged at " + place +
                                             ": what was stored behind that would be lost, as it is where another "
                                             "program with SQLite opens the store");
      }
    }
  }

  // Whether a frame is of this log, and follows what stands before it.
  bool is_next(Octets frame) {
    const Sums told = sums_of_frame(frame);
    const bool is_sound = salts_of_frame(frame) == salts_ &&
                          added(added(sums_, frame.first(8)), frame.subspan(frame_header_bytes)) == told;
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
