#include "rados/in_parallel.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace locket::rados {
namespace {

constexpr std::size_t threads_max = 16;

}  // namespace

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  try {
    for (std::size_t i = 1; i < std::min(count, threads_max); ++i) threads.emplace_back(take);
  } catch (const std::system_error&) {  // no more threads: those there are do it
  }
  take();
}

}  // namespace locket::rados
