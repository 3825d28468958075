#include "progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "message.hpp"

namespace locket::tool {
namespace {

constexpr std::uint64_t bar_columns = 24;

std::string bar_of(std::uint64_t done, std::uint64_t total) {
  const std::uint64_t filled = total == 0 ? 0 : std::min(bar_columns, done * bar_columns / total);
  return "[" + std::string(filled, '#') + std::string(bar_columns - filled, ' ') + "]";
}

// 0:05, 12:34, 3:25:45.
std::string duration(double seconds) {
  const auto whole = static_cast<unsigned long long>(std::min(seconds, 3.6e8));
  std::array<char, 48> text{};
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%llu:%02llu", whole / 60, whole % 60);
  }
  return text.data();
}

std::string rate_of(double rate) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), rate < 10 ? "%.1f/s" : "%.0f/s", rate);
  return text.data();
}

// A line that is broken by the terminal's edge can't be taken away again.
std::size_t columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

ProgressBar::ProgressBar(std::string work, bool quiet)
    : work_(std::move(work)), visible_(!quiet && ::isatty(STDERR_FILENO) == 1) {}

void ProgressBar::show(std::uint64_t done, const ProgressFacts& facts) {
  const auto now = std::chrono::steady_clock::now();
  if (!visible_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  const double passed_s = std::chrono::duration<double>(now - begin_).count();
  const double rate = passed_s > 0 ? static_cast<double>(done) / passed_s : 0;
  std::string line = work_ + " ";
  if (facts.total) {
    line += bar_of(done, *facts.total) + " " + grouped(done) + "/" + grouped(*facts.total);
  } else {
    line += grouped(done);
  }
  if (facts.failed > 0) line += ", " + grouped(facts.failed) + " failed";
  if (rate > 0) line += ", " + rate_of(rate);
  if (rate > 0 && facts.total && *facts.total >= done) {
    line += ", " + duration(static_cast<double>(*facts.total - done) / rate) + " left";
  }
  line.resize(std::min(line.size(), columns() - 1));
  std::fputs(("\r" + line + "\x1b[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace locket::tool
