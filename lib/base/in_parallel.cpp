#include "base/in_parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace locket {

void in_parallel(std::size_t threads, std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;
  // What leaves a thread would end the process.
  const auto take = [&]() noexcept {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!thrown) thrown = std::current_exception();
      next = count;
    }
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < std::min(count, threads); ++i) others.emplace_back(take);
  } catch (const std::exception&) {  // no more threads, or no memory for one: those there are do it
  }
  take();
  others.clear();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace locket
