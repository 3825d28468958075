#include "store/change_watch.hpp"

#include <sqlite3.h>
#include <sys/random.h>
#include <time.h>

#include <algorithm>
#include <new>
#include <utility>

#include "store/state_row.hpp"

namespace locket::store {
namespace {

// What every SQLite since 3.7.0 agrees on, because processes with different versions share this memory
// (sqlite.org/walformat.html, section 2).
constexpr int index_region_bytes = 32'768;
constexpr std::uint32_t index_version = 3'007'000;

constexpr std::int64_t file_look_ms = 100;

constexpr std::int64_t ns_per_ms = 1'000'000;

std::int64_t now_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

std::int64_t coarse_now_ms() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1'000 + now.tv_nsec / ns_per_ms;
}

// Another process may write the word meanwhile.
std::uint64_t shared_word(const std::uint64_t& word) noexcept { return __atomic_load_n(&word, __ATOMIC_RELAXED); }

// Below half of all numbers, so that none ever comes back to 0.
std::uint64_t start_epoch() noexcept {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof number)) {
    number = static_cast<std::uint64_t>(now_ns()) * 0x9E3779B97F4A7C15ULL;
  }
  return number >> 1;
}

bool is_initialized(std::uint64_t first_word, std::uint64_t second_word) noexcept {
  std::uint32_t version = 0;
  __builtin_memcpy(&version, &first_word, sizeof version);
  unsigned char bytes[sizeof second_word];
  __builtin_memcpy(bytes, &second_word, sizeof bytes);
  return version == index_version && bytes[4] != 0;
}

const void* shared_index_of(sqlite3* connection) noexcept {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr) {
    return nullptr;
  }
  if (file->pMethods == nullptr || file->pMethods->iVersion < 2) return nullptr;
  void volatile* region = nullptr;
  if (file->pMethods->xShmMap(file, 0, index_region_bytes, 0, &region) != SQLITE_OK) return nullptr;
  return const_cast<const void*>(region);
}

}  // namespace

ChangeWatch::ChangeWatch(std::string path, std::uint32_t busy_wait_ms, std::uint32_t staleness_ms_max)
    : path_(std::move(path)),
      busy_wait_ms_(busy_wait_ms),
      staleness_ms_max_(staleness_ms_max),
      last_epoch_(start_epoch()) {}

ChangeWatch::~ChangeWatch() = default;

ContentEpoch ChangeWatch::look() noexcept {
  if (has_moved(false)) return unknown_epoch;
  const Index* const index = index_.load(std::memory_order_acquire);
  Seen::Words seen;
  if (index == nullptr || !seen_.read(seen)) return look_anew();
  if (staleness_ms_max_ > 0) {
    const std::int64_t age_ns = now_ns() - looked_at_ns_.load(std::memory_order_relaxed);
    const bool is_own = own_commits_.load(std::memory_order_acquire) != seen[own_word];
    const bool is_fresh = age_ns < std::int64_t{staleness_ms_max_} * ns_per_ms;
    return is_fresh && !is_own ? ContentEpoch{seen[epoch_word]} : look_anew();
  }
  return is_still(*index, seen) ? ContentEpoch{seen[epoch_word]} : look_anew();
}

ContentEpoch ChangeWatch::look_now() noexcept { return has_moved(false) ? unknown_epoch : look_anew(); }

// Both copies, in the order in which SQLite reads: a writer writes the second one first.
bool ChangeWatch::is_still(const Index& index, const Seen::Words& seen) noexcept {
  const auto difference = [&]<std::size_t... at>(const std::uint64_t* copy, std::index_sequence<at...>) {
    return ((shared_word(copy[at]) ^ seen[at]) | ...);
  };
  constexpr auto words = std::make_index_sequence<header_words>();
  const std::uint64_t first = difference(index.first, words);
  std::atomic_thread_fence(std::memory_order_acquire);
  const std::uint64_t second = difference(index.second, words);
  std::atomic_thread_fence(std::memory_order_acquire);
  return (first | second) == 0;
}

// In the same order.
bool ChangeWatch::read_header(const Index& index, Seen::Words& present) noexcept {
  for (std::size_t i = 0; i < header_words; ++i) present[i] = shared_word(index.first[i]);
  std::atomic_thread_fence(std::memory_order_acquire);
  std::uint64_t differs = 0;
  for (std::size_t i = 0; i < header_words; ++i) differs |= shared_word(index.second[i]) ^ present[i];
  std::atomic_thread_fence(std::memory_order_acquire);
  return differs == 0 && is_initialized(present[0], present[1]);
}

ContentEpoch ChangeWatch::look_anew() noexcept {
  const std::lock_guard guard(mutex_);
  if (index_.load(std::memory_order_relaxed) == nullptr && !open_index()) return unknown_epoch;
  const std::uint64_t own_commits = own_commits_.load(std::memory_order_acquire);
  const std::int64_t looked_at_ns = staleness_ms_max_ > 0 ? now_ns() : never;
  Seen::Words present;
  if (!read_header(*index_.load(std::memory_order_relaxed), present)) return unknown_epoch;
  Seen::Words seen;
  const bool was_seen = seen_.read(seen) && seen[epoch_word] != 0 &&
                        std::equal(seen.begin(), seen.begin() + header_words, present.begin());
  present[epoch_word] = was_seen ? seen[epoch_word] : ++last_epoch_;
  present[own_word] = own_commits;
  if (present != seen) seen_.publish(present);
  looked_at_ns_.store(looked_at_ns, std::memory_order_relaxed);
  return {present[epoch_word]};
}

bool ChangeWatch::open_index() noexcept {
  try {
    if (connection_ == nullptr) {
      auto connection = Connection::open(path_, {OpenMode::read, busy_wait_ms_});
      if (!connection) return false;
      connection_ = std::move(*connection);
    }
    // The first read opens the log, and with it the index, which then stays where it is until the connection ends.
    if (!load_state(*connection_)) return false;
    connection_->remember_log();
  } catch (const std::bad_alloc&) {
    return false;
  }
  const void* const region = shared_index_of(connection_->handle());
  index_.store(static_cast<const Index*>(region), std::memory_order_release);
  return region != nullptr;
}

bool ChangeWatch::has_moved(bool now) noexcept {
  if (moved_.load(std::memory_order_relaxed)) return true;
  const std::int64_t now_ms = coarse_now_ms();
  if (!now && now_ms - file_seen_at_ms_.load(std::memory_order_relaxed) < file_look_ms) return false;
  const std::lock_guard guard(mutex_);
  if (connection_ == nullptr && !open_index()) return false;
  const bool moved = connection_->has_moved();
  file_seen_at_ms_.store(now_ms, std::memory_order_relaxed);
  if (moved) moved_.store(true, std::memory_order_relaxed);
  return moved;
}

}  // namespace locket::store
