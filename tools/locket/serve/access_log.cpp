#include "serve/access_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <ctime>

#include "json_line.hpp"
#include "serve/unwaiting_errors.hpp"

namespace locket::tool {
namespace {

constexpr std::size_t gathered_bytes_max = 16'384;  // a pipe holds 64 KiB, in pages that are rarely full
constexpr std::size_t waiting_bytes_max = 1 << 20;  // for a reader who is slower for a while

// Without waiting: opening a pipe would otherwise wait for its reader.
int open_for_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
}

// As many whole lines as a pipe takes at once, or the start of one that is longer.
std::string_view next_piece(std::string_view lines) {
  if (lines.size() <= PIPE_BUF) return lines;
  const std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
  return lines.substr(0, end == lines.npos ? PIPE_BUF : end + 1);
}

std::string time_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

}  // namespace

AccessLog::~AccessLog() {
  flush();
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

bool AccessLog::open(const std::string& path) {
  const std::lock_guard guard(mutex_);
  path_ = path;
  descriptor_ = path == "-" ? open_standard_error() : open_for_append(path);
  return descriptor_ >= 0;
}

bool AccessLog::reopen() {
  const std::lock_guard guard(mutex_);
  if (descriptor_ < 0 || path_ == "-") return true;
  const int fresh = open_for_append(path_);
  if (fresh < 0) return false;
  flush_locked();
  // The number stays the same, so that `is_open` needs no lock.
  const bool taken = ::dup3(fresh, descriptor_, O_CLOEXEC) >= 0;
  ::close(fresh);
  return taken;
}

void AccessLog::write(const AccessEntry& entry) {
  JsonLine line;
  line.text("time", time_text()).text("id", entry.correlation_id).text("peer", entry.peer);
  line.text("method", method_names[static_cast<std::size_t>(entry.method)]).text("route", route_name(entry.route));
  if (entry.imodel_id) line.text("imodel_id", to_string(*entry.imodel_id));
  line.number("status", entry.status).number("bytes", entry.bytes).number("us", entry.duration_us);
  if (!entry.client_id.empty()) line.text("client", entry.client_id);
  if (!entry.user.empty()) line.text("user", entry.user);
  if (!entry.rule.empty()) line.text("rule", entry.rule);
  if (!entry.code.empty()) line.text("code", entry.code);
  if (!entry.why.empty()) line.text("why", entry.why);
  const std::string text = line.str();
  const std::lock_guard guard(mutex_);
  lines_.append(text).append("\n");
  if (lines_.size() >= waited_bytes_ + gathered_bytes_max) flush_locked();
}

void AccessLog::flush() {
  const std::lock_guard guard(mutex_);
  flush_locked();
}

// What can't be written waits within a bound, whole lines beyond it are dropped: neither a full disk nor a reader that
// does not read may stop the server, nor grow its memory.
void AccessLog::flush_locked() {
  std::string_view rest = lines_;
  while (!rest.empty() && takes_more(descriptor_)) {
    const std::string_view piece = next_piece(rest);
    const ssize_t count = ::write(descriptor_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  lines_.erase(0, lines_.size() - rest.size());
  // Of the first line a part may be written already.
  if (lines_.size() > waiting_bytes_max) lines_.resize(lines_.find('\n') + 1);
  waited_bytes_ = lines_.size();
}

}  // namespace locket::tool
