// Feeds every target with its corpus, and with files changed at random: for the test run, and where there is no fuzzing
// engine.
//
//   fuzz-replay [--mutate COUNT] [--seed N] [--only TARGET] [--show NUMBER] FOLDER...
//
// FOLDER/TARGET/* is fed to TARGET, as is FOLDER/MEDIA/* where MEDIA names a kind of file. COUNT changed files are made
// after that, the same for the same seed, and given to the targets in turn; none may take more than two seconds or
// 400 MB. What was fed last is told when the process ends early.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz_target.hpp"

namespace locket::fuzz {
namespace {

constexpr double seconds_max = 2.0;
constexpr long megabytes_max = 400;

std::array<char, 512> present_case{};

void tell_case() {
  const auto told = write(STDERR_FILENO, present_case.data(), std::strlen(present_case.data()));
  static_cast<void>(told);
}

void on_abort(int) {
  tell_case();
  std::signal(SIGABRT, SIG_DFL);
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1'024;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool figures_are_true = false;  // AddressSanitizer keeps what was freed, and takes its time
#elif defined(__has_feature)
constexpr bool figures_are_true = !__has_feature(address_sanitizer);
#else
constexpr bool figures_are_true = true;
#endif

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream whole;  // which reads by the block, as an iterator does not
  whole << file.rdbuf();
  const BytesView bytes = as_bytes(whole.view());
  return {bytes.begin(), bytes.end()};
}

/// The files that a target starts from.
struct Seeds {
  const Target* target;
  std::vector<std::filesystem::path> files;
};

// Which kinds of files a target eats, beside those in the folder of its own name.
bool eats(std::string_view target, std::string_view folder) {
  if (target == folder) return true;
  const bool png = folder == "pngsuite" || folder == "hostile" || folder == "imodel";
  if (target == "png-reader") return png;
  if (target == "import") return png || folder == "jpeg" || folder == "png-reader" || folder == "jpeg-reader";
  if (target == "jpeg-reader") return folder == "jpeg";
  return target == "imodel-file" && folder == "bim";
}

std::vector<Seeds> gather(const std::vector<std::string>& folders, std::string_view only) {
  std::vector<Seeds> all;
  for (const Target& target : all_targets()) {
    if (!only.empty() && only != target.name) continue;
    Seeds seeds{&target, {}};
    for (const std::string& folder : folders) {
      for (const auto& kind : std::filesystem::directory_iterator(folder)) {
        if (!kind.is_directory() || !eats(target.name, kind.path().filename().string())) continue;
        for (const auto& file : std::filesystem::directory_iterator(kind.path())) {
          if (file.is_regular_file() && file.file_size() <= 4'000'000) seeds.files.push_back(file.path());
        }
      }
    }
    std::ranges::sort(seeds.files);
    all.push_back(std::move(seeds));
  }
  return all;
}

// Plain changes, for want of libFuzzer's.
std::size_t change_bytes(std::mt19937& random, std::span<std::byte> room, std::size_t bytes) {
  for (unsigned left = 1 + random() % 4; left > 0; --left) {
    const std::size_t at = bytes == 0 ? 0 : random() % bytes;
    const std::size_t span = bytes == 0 ? 0 : std::min<std::size_t>(1 + random() % 16, bytes - at);
    switch (random() % 6) {
      case 0:
        if (bytes > 0) room[at] ^= static_cast<std::byte>(1U << random() % 8);
        break;
      case 1:
        if (bytes > 0) room[at] = static_cast<std::byte>(random());
        break;
      case 2:  // takes some out
        std::copy(room.begin() + static_cast<std::ptrdiff_t>(at + span),
                  room.begin() + static_cast<std::ptrdiff_t>(bytes), room.begin() + static_cast<std::ptrdiff_t>(at));
        bytes -= span;
        break;
      case 3:  // says some twice
        if (bytes + span > room.size()) break;
        std::copy_backward(room.begin() + static_cast<std::ptrdiff_t>(at),
                           room.begin() + static_cast<std::ptrdiff_t>(bytes),
                           room.begin() + static_cast<std::ptrdiff_t>(bytes + span));
        bytes += span;
        break;
      case 4:  // a number at one of its ends
        for (std::size_t i = 0; i < std::min<std::size_t>(span, 4); ++i)
          room[at + i] = random() % 2 == 0 ? std::byte{0xFF} : std::byte{0};
        break;
      default:
        if (random() % 8 == 0) bytes = at;
        break;
    }
  }
  return bytes;
}

class Replay {
 public:
  void feed(const Target& target, BytesView input, const std::string& what) {
    std::snprintf(present_case.data(), present_case.size(), "fed: %.*s %s\n", static_cast<int>(target.name.size()),
                  target.name.data(), what.c_str());
    const double start = cpu_seconds();
    locket::fuzz::feed(target, input);
    const double took = cpu_seconds() - start;
    slowest_ = std::max(slowest_, took);
    ++fed_;
    if (!figures_are_true) return;
    demand(took <= seconds_max, "no file takes more than two seconds");
    demand(peak_megabytes() <= megabytes_max, "no file takes more than 400 MB");
  }

  void feed_changed(const std::vector<Seeds>& all, std::uint32_t seed, std::uint32_t number, bool show) {
    std::mt19937 random(seed * 2'654'435'761U + number);
    const Seeds& seeds = all[number % all.size()];
    if (seeds.files.empty()) return;
    const auto& path = seeds.files[random() % seeds.files.size()];
    Bytes input = read_file(path);
    const std::size_t bytes = input.size();
    input.resize(bytes + bytes / 4 + 256);
    const ByteChanger change = [&](std::span<std::byte> room, std::size_t count) {
      return change_bytes(random, room, count);
    };
    input.resize(seeds.target->change == nullptr ? change(input, bytes)
                                                 : seeds.target->change(input, bytes, random(), change));
    const std::string what =
        path.filename().string() + " changed, number " + std::to_string(number) + " of seed " + std::to_string(seed);
    if (show) {
      std::fwrite(input.data(), 1, input.size(), stdout);
      return;
    }
    feed(*seeds.target, input, what);
  }

  void tell() const {
    std::printf("%llu files fed, the slowest took %.3f s, %ld MB at the most\n", fed_, slowest_, peak_megabytes());
  }

 private:
  unsigned long long fed_ = 0;
  double slowest_ = 0;
};

struct Options {
  std::uint32_t count = 0;
  std::uint32_t seed = 20'260'101;
  std::int64_t show = -1;
  std::string only;
  std::vector<std::string> folders;
};

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const char* const next = i + 1 < count ? words[i + 1] : "";
    if (word == "--mutate") {
      options.count = static_cast<std::uint32_t>(std::stoul(next));
    } else if (word == "--seed") {
      options.seed = static_cast<std::uint32_t>(std::stoul(next));
    } else if (word == "--show") {
      options.show = std::stol(next);
    } else if (word == "--only") {
      options.only = next;
    } else {
      options.folders.emplace_back(word);
      continue;
    }
    ++i;
  }
  return options;
}

int run(const Options& options) {
  for (const std::string& folder : options.folders) {
    if (std::filesystem::is_directory(folder)) continue;
    std::fprintf(stderr, "%s is no folder\n", folder.c_str());
    return 2;
  }
  const std::vector<Seeds> all = gather(options.folders, options.only);
  Replay replay;
  if (options.show >= 0) {
    replay.feed_changed(all, options.seed, static_cast<std::uint32_t>(options.show), true);
    return 0;
  }
  for (const Seeds& seeds : all) {
    if (seeds.files.empty())
      std::printf("no corpus for %.*s\n", static_cast<int>(seeds.target->name.size()), seeds.target->name.data());
    for (const auto& path : seeds.files) replay.feed(*seeds.target, read_file(path), path.string());
  }
  if (options.count > 0) std::printf("%u changed files of seed %u\n", options.count, options.seed);
  for (std::uint32_t number = 0; number < options.count; ++number)
    replay.feed_changed(all, options.seed, number, false);
  replay.tell();
  return 0;
}

}  // namespace
}  // namespace locket::fuzz

// AddressSanitizer's own name for what it calls before it tells of an error.
extern "C" void __asan_on_error() { locket::fuzz::tell_case(); }

int main(int count, char** words) {
  std::signal(SIGABRT, locket::fuzz::on_abort);
  return locket::fuzz::run(locket::fuzz::read_options(count, words));
}
