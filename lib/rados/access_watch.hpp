#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "locket/clock.hpp"
#include "rados/pool.hpp"

namespace locket::rados {

inline constexpr const char* root_object = "root";
inline constexpr const char* revision_attribute = "revision";

/// The access revision of the cluster, without asking at every request. Whoever changes the facts tells all who watch,
/// and waits until each has heard it; who does not answer for `lease_ms` knows of itself that it may have missed
/// something, and asks. In doubt the cluster is asked, and when it does not answer nobody knows: an error. Any thread.
class AccessWatch {
 public:
  /// A watch that was not confirmed for longer is not trusted; nor is a number that was read longer ago.
  static constexpr std::int64_t lease_ms = 5'000;
  /// How long a change waits for all who watch: longer than a lease.
  static constexpr std::uint64_t notify_ms = 8'000;

  /// The tellings that are under way.
  struct Pending {
    std::mutex mutex;
    std::condition_variable changed;
    int count = 0;
  };

  /// Watches nothing yet. `space` must outlive it. Its end waits for tellings that are under way, up to ten seconds.
  explicit AccessWatch(Space& space);
  AccessWatch(const AccessWatch&) = delete;
  AccessWatch& operator=(const AccessWatch&) = delete;
  ~AccessWatch();

  /// The present revision. Watches from the first call on. Cost: a look at memory; a round trip where that is not
  /// enough.
  [[nodiscard]] Result<std::uint64_t> revision();

  /// Asks the cluster, whatever is known.
  [[nodiscard]] Result<std::uint64_t> ask();

  /// Tells all who watch that the facts changed, this process too. Returns when each has heard it or can't be trusting
  /// its watch any more. Fails when neither can be said; then they learn it within `lease_ms`.
  [[nodiscard]] Result<void> tell_all();

 private:
  // What librados calls back with; that may come once more after a watch has ended.
  struct Signal {
    std::atomic<std::uint64_t> changes{0};  // notices, and losses of the watch
    std::atomic<bool> lost{true};
    rados_ioctx_t io = nullptr;
  };
  static void on_notice(void* signal, std::uint64_t notify_id, std::uint64_t handle, std::uint64_t notifier_id,
                        void* data, std::size_t bytes);
  static void on_loss(void* signal, std::uint64_t handle, int error);

  // What was read, and how many notices had come before it was.
  struct Known {
    std::uint64_t revision = 0;
    std::uint64_t changes = ~std::uint64_t{0};
    std::int64_t at_ns = 0;
  };

  [[nodiscard]] Known known() const;
  [[nodiscard]] bool is_trusted(const Known& known) const;
  void lose_watch_if_asleep();
  void watch_again();
  void end_watch();

  Space& space_;
  Signal signal_;
  const std::shared_ptr<Pending> pending_;
  std::atomic<std::int64_t> asleep_ns_;
  mutable std::shared_mutex watch_mutex_;  // of what follows
  bool watching_ = false;
  std::uint64_t handle_ = 0;
  MonotonicTime tried_{};
  mutable std::mutex known_mutex_;
  Known known_;
};

}  // namespace locket::rados
