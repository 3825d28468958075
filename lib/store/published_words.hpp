#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace locket::store {

/// A few words that are written seldom and read all the time, always whole: readers take no lock and write nothing, so
/// that threads do not slow each other (a seqlock).
template <std::size_t count>
class PublishedWords {
 public:
  using Words = std::array<std::uint64_t, count>;

  /// Publishes new words. Any thread.
  void publish(const Words& words) noexcept {
    const std::lock_guard guard(writing_);
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < count; ++i) words_[i].store(words[i], std::memory_order_relaxed);
    version_.store(version + 2, std::memory_order_release);
  }

  /// Reads the words. Result: whether they were whole; false while somebody publishes others. Any thread.
  [[nodiscard]] bool read(Words& words) const noexcept {
    const std::uint64_t before = version_.load(std::memory_order_acquire);
    // Without a loop, which compilers leave around atomic loads; this runs several times for each request.
    [&]<std::size_t... at>(std::index_sequence<at...>) {
      ((words[at] = words_[at].load(std::memory_order_relaxed)), ...);
    }(std::make_index_sequence<count>());
    std::atomic_thread_fence(std::memory_order_acquire);
    return before % 2 == 0 && version_.load(std::memory_order_relaxed) == before;
  }

 private:
  std::mutex writing_;
  std::atomic<std::uint64_t> version_{0};
  std::array<std::atomic<std::uint64_t>, count> words_{};
};

}  // namespace locket::store
