#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "locket/error.hpp"
#include "store/connection.hpp"
#include "store/published_words.hpp"

namespace locket::store {

/// A state of the store's content: two equal ones that are not `unknown` stand for the same content. Each `ChangeWatch`
/// counts from a number that chance chose, so that those of two hardly ever meet.
struct ContentEpoch {
  std::uint64_t number = 0;

  bool operator==(const ContentEpoch&) const = default;
};

/// The epoch in which nothing that is remembered may be trusted.
inline constexpr ContentEpoch unknown_epoch{};

/// Tells whether anybody, in any process, has committed to the store since one last looked, for the price of a few
/// loads. It looks where SQLite itself looks at the start of every read transaction to learn whether its page cache
/// still holds: at the header of the write-ahead log's index, which lies in memory that all processes share and which
/// every commit changes, whatever program makes it. So memory that is kept by epochs is exactly as fresh as SQLite's
/// own: a commit that has returned, here or elsewhere, is always seen. A writer that was killed in between leaves a
/// header that is not whole, which makes the epoch unknown until the next reader has recovered the log.
/// Calls may come from any thread.
class ChangeWatch {
 public:
  /// Inputs: the resolved path of the store; how long SQLite may wait for a lock; for how many milliseconds a commit of
  /// another process may go unseen (0: every commit is seen at once). Opens nothing yet.
  ChangeWatch(std::string path, std::uint32_t busy_wait_ms, std::uint32_t staleness_ms_max);
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;
  ~ChangeWatch();

  /// The present epoch. What is read from the database after this call is of this epoch or of a later one.
  /// `unknown_epoch` where it can't be told: then the database alone answers. Cost: about 10 ns.
  [[nodiscard]] ContentEpoch look() noexcept;

  /// The same however stale it may be otherwise, and for every look from now on.
  [[nodiscard]] ContentEpoch look_now() noexcept;

  /// Says that this process has committed, which every later look shall see however stale it may be otherwise.
  void note_own_commit() noexcept { own_commits_.fetch_add(1, std::memory_order_release); }

  /// Whether another file, or none, stands where the store was opened, so that what is read and written here is no
  /// longer the store. Once it is so, it stays so. Looked at when asked `now`, else at most every 100 ms.
  [[nodiscard]] bool has_moved(bool now) noexcept;

 private:
  static constexpr std::size_t header_words = 6;
  static constexpr std::int64_t never = INT64_MIN / 2;

  // What is published: the header that was seen last, the epoch it stands for, and the count of our own commits then.
  static constexpr std::size_t epoch_word = header_words;
  static constexpr std::size_t own_word = header_words + 1;
  using Seen = PublishedWords<header_words + 2>;

  // The index's header, twice: the copy that is written last stands first.
  struct Index {
    std::uint64_t first[header_words];
    std::uint64_t second[header_words];
  };

  [[nodiscard]] ContentEpoch look_anew() noexcept;
  [[nodiscard]] bool open_index() noexcept;
  [[nodiscard]] static bool is_still(const Index& index, const Seen::Words& seen) noexcept;
  [[nodiscard]] static bool read_header(const Index& index, Seen::Words& present) noexcept;

  const std::string path_;
  const std::uint32_t busy_wait_ms_;
  const std::uint32_t staleness_ms_max_;

  std::atomic<const Index*> index_{nullptr};
  Seen seen_;
  std::atomic<std::uint64_t> own_commits_{0};
  std::atomic<std::int64_t> looked_at_ns_{never};
  std::atomic<std::int64_t> file_seen_at_ms_{never};
  std::atomic<bool> moved_{false};

  std::mutex mutex_;  // guards what follows, and keeps those who look anew apart
  std::uint64_t last_epoch_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace locket::store
