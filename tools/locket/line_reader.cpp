#include "line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace locket::tool {
namespace {

constexpr int wait_ms = 100;

std::unexpected<Error> not_readable(int number) {
  return fail(Code::file_not_readable,
              std::string("can't be read: ") + std::strerror(number));  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

Result<bool> LineReader::fill() {
  while (true) {
    pollfd waited{descriptor_, POLLIN, 0};
    const int ready = ::poll(&waited, 1, wait_ms);
    if (stop_()) return false;
    if (ready < 0 && errno != EINTR) return not_readable(errno);
    if (ready <= 0) continue;
    const ssize_t count = ::read(descriptor_, piece_.data(), piece_.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return not_readable(errno);
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    return count > 0;
  }
}

Result<LineReader::Met> LineReader::next(std::string& line) {
  line.clear();
  bool any = false;
  bool cut = false;
  while (true) {
    if (begin_ == end_) {
      const Result<bool> more = fill();
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
    }
    any = true;
    const char* const from = piece_.data() + begin_;
    const char* const to = piece_.data() + end_;
    const char* const line_end = std::find(from, to, '\n');
    const auto length = static_cast<std::size_t>(line_end - from);
    const std::size_t room = line_bytes_max - line.size();
    cut = cut || length > room;
    line.append(from, std::min(length, room));
    begin_ += length;
    if (line_end == to) continue;
    ++begin_;
    break;
  }
  if (!any) return Met::end;
  if (line.ends_with('\r')) line.pop_back();
  return cut ? Met::cut : Met::line;
}

}  // namespace locket::tool
