// What the renderer alone does with files, beside which an import is measured.
// Usage: render-alone THREADS FILE...   each thread takes the next file, reads and renders it, and throws the result
// away; prints the pictures that were rendered, and the wall and CPU milliseconds.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>
#include <vector>

#include "locket/locket.hpp"

namespace {

locket::Bytes read(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  locket::Bytes bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const int threads = argument_count > 2 ? std::atoi(arguments[1]) : 0;
  if (threads < 1) {
    std::fprintf(stderr, "usage: render-alone THREADS FILE...\n");
    return 2;
  }
  std::atomic<int> next{2};
  std::atomic<int> rendered{0};
  const auto work = [&] {
    for (int i = next++; i < argument_count; i = next++) {
      if (locket::render(read(arguments[i]))) ++rendered;
    }
  };
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  std::printf("%d %.3f %.3f\n", rendered.load(), wall.count(), cpu_ms());
  return 0;
}
