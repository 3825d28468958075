#include "fuzz_target.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace locket::fuzz {
namespace {

constexpr std::array targets{
    Target{"inflater", feed_inflater},
    Target{"png-reader", feed_png_reader, change_png},
#ifdef LOCKET_FUZZ_JPEG
    Target{"jpeg-reader", feed_jpeg_reader},
#endif
    Target{"metadata", feed_metadata},
    Target{"resizer", feed_resizer},
    Target{"png-writer", feed_png_writer},
    Target{"import", feed_import, change_png},
    Target{"json", feed_json},
    Target{"token", feed_token},
    Target{"key-set", feed_key_set},
    Target{"access-document", feed_access_document},
    Target{"request", feed_request},
#ifdef LOCKET_FUZZ_HTTP
    Target{"http", feed_http},
#endif
    Target{"imodel-file", feed_imodel_file},
    Target{"store-file", feed_store_file},
};

void on_cpu_time_spent(int) {
  constexpr std::string_view text = "does not hold: no input takes that much CPU time\n";
  const auto told = write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(told);
  std::abort();
}

void allow_cpu_seconds(int seconds) {
  const itimerval timer{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_usec = 0}};
  demand(setitimer(ITIMER_PROF, &timer, nullptr) == 0, "a timer can be set");
}

}  // namespace

std::span<const Target> all_targets() { return targets; }

const Target* find_target(std::string_view name) {
  const auto found = std::ranges::find(targets, name, &Target::name);
  return found == targets.end() ? nullptr : &*found;
}

void feed(const Target& target, BytesView input) {
  static const auto before = std::signal(SIGPROF, on_cpu_time_spent);
  demand(before != SIG_ERR, "a signal can be taken");
  allow_cpu_seconds(cpu_s_max);
  target.run(input);
  allow_cpu_seconds(0);
}

void demand(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

unsigned InputReader::take_byte() noexcept {
  if (left_.empty()) return 0;
  const unsigned value = std::to_integer<unsigned>(left_[0]);
  left_ = left_.subspan(1);
  return value;
}

unsigned InputReader::take_word() noexcept {
  const unsigned low = take_byte();
  return low | take_byte() << 8;
}

std::string_view InputReader::take_line() noexcept {
  const std::string_view text = as_text(left_);
  const std::size_t end = std::min(text.find('\n'), text.size());
  left_ = left_.subspan(std::min(end + 1, text.size()));
  return text.substr(0, end);
}

}  // namespace locket::fuzz
