#include "progress_bar.hpp"

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

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%llu:%02llu", static_cast<unsigned long long>(whole / 60),
                static_cast<unsigned long long>(whole % 60));
  return text.data();
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
  std::string line = "\r" + work_ + " " + bar_of(done, facts.total) + " " + grouped(done) + "/" + grouped(facts.total);
  if (facts.failed > 0) line += ", " + grouped(facts.failed) + " failed";
  if (rate > 0 && facts.total >= done) {
    line += ", " + grouped(static_cast<std::uint64_t>(rate)) + "/s, " +
            duration(static_cast<double>(facts.total - done) / rate) + " left";
  }
  std::fputs((line + "\x1b[K").c_str(), stderr);
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
