// How much faster two threads render a folder than one.
// Usage: thread-scaling ROUNDS FILE...   renders all files with one and with two threads in turn, each thread taking
// the next file that nobody has taken yet; prints, for each run: the threads, the wall and the CPU milliseconds.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>
#include <vector>

#include "locket/locket.hpp"

namespace {

using Uploads = std::vector<std::vector<char>>;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void render_all(const Uploads& uploads, unsigned threads) {
  locket::Limits limits;
  limits.picture_bytes_max = std::numeric_limits<std::uint32_t>::max();
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < uploads.size(); i = next++) {
      const auto rendering = locket::render(std::as_bytes(std::span(uploads[i])), {}, limits);
      if (!rendering) std::fprintf(stderr, "thread-scaling: file %zu was refused\n", i + 1);
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
}

}  // namespace

int main(int argument_count, char** arguments) {
  const int rounds = argument_count > 2 ? std::atoi(arguments[1]) : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: thread-scaling ROUNDS FILE...\n");
    return 2;
  }
  Uploads uploads;
  for (int i = 2; i < argument_count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    uploads.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  render_all(uploads, 2);  // warms up
  for (int round = 0; round < rounds; ++round) {
    for (const unsigned threads : {1U, 2U}) {
      const auto start = std::chrono::steady_clock::now();
      const double cpu_before = cpu_ms();
      render_all(uploads, threads);
      const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
      std::printf("%u %.3f %.3f\n", threads, wall.count(), cpu_ms() - cpu_before);
    }
  }
  return 0;
}
