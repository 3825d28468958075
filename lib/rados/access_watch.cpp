#include "rados/access_watch.hpp"

#include <time.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "rados/wire.hpp"

namespace locket::rados {
namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr std::int64_t watch_again_after_ns = 1'000 * millisecond_ns;
constexpr std::int64_t sleep_ns_min = 100 * millisecond_ns;  // less is the time between two looks at clocks
constexpr std::uint32_t watch_timeout_s = 30;
constexpr int tellings_max = 3;

// For the answer of an OSD that gives up after `notify_ms` from when it was asked.
constexpr std::uint64_t answer_ms = 1'000;

static_assert(AccessWatch::notify_ms > AccessWatch::lease_ms);

// A telling that is under way. Whoever waits for it may give up before librados does.
class Telling {
 public:
  explicit Telling(std::shared_ptr<AccessWatch::Pending> pending) : pending_(std::move(pending)) {}
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;
  ~Telling() { rados_buffer_free(replies_); }

  /// Tells all who watch, and waits no longer than until `latest`. Result: 0, or the negative number of librados.
  static int tell(rados_ioctx_t io, const std::shared_ptr<AccessWatch::Pending>& pending,
                  std::chrono::steady_clock::time_point latest) {
    const auto telling = std::make_shared<Telling>(pending);
    auto kept = std::make_unique<std::shared_ptr<Telling>>(telling);
    rados_completion_t completion = nullptr;
    if (rados_aio_create_completion2(kept.get(), &Telling::on_end, &completion) < 0) return -ENOMEM;
    pending_begins(*pending);
    const int begun = rados_aio_notify(io, root_object, completion, nullptr, 0, AccessWatch::notify_ms,
                                       &telling->replies_, &telling->bytes_);
    if (begun == 0) static_cast<void>(kept.release());  // `on_end` ends it
    if (begun < 0) pending_ends(*pending);
    rados_aio_release(completion);
    return begun < 0 ? begun : telling->wait(latest);
  }

 private:
  static void on_end(rados_completion_t completion, void* kept) {
    const std::unique_ptr<std::shared_ptr<Telling>> self(static_cast<std::shared_ptr<Telling>*>(kept));
    Telling& telling = **self;
    {
      const std::scoped_lock lock(telling.mutex_);
      telling.result_ = rados_aio_get_return_value(completion);
      telling.ended_ = true;
      telling.changed_.notify_all();
    }
    pending_ends(*telling.pending_);
  }

  static void pending_begins(AccessWatch::Pending& pending) {
    const std::scoped_lock lock(pending.mutex);
    ++pending.count;
  }

  static void pending_ends(AccessWatch::Pending& pending) {
    const std::scoped_lock lock(pending.mutex);
    --pending.count;
    pending.changed.notify_all();
  }

  int wait(std::chrono::steady_clock::time_point latest) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, latest, [this] { return ended_; }) ? result_ : -ETIMEDOUT;
  }

  const std::shared_ptr<AccessWatch::Pending> pending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  int result_ = 0;
  char* replies_ = nullptr;
  std::size_t bytes_ = 0;
};

std::int64_t ns_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * 1'000 * millisecond_ns + time.tv_nsec;
}

// How long this machine has slept so far.
std::int64_t asleep_ns() { return ns_of(CLOCK_BOOTTIME) - ns_of(CLOCK_MONOTONIC); }

std::int64_t now_ns() { return system_clock().monotonic_now().nanoseconds; }

}  // namespace

AccessWatch::AccessWatch(Space& space) : space_(space), pending_(std::make_shared<Pending>()), asleep_ns_(asleep_ns()) {
  signal_.io = space.handle();
}

// A notice or a telling that is under way when the watch ends still uses the space, which may be gone soon.
AccessWatch::~AccessWatch() {
  end_watch();
  if (tried_.nanoseconds != 0) rados_watch_flush(rados_ioctx_get_cluster(space_.handle()));
  std::unique_lock lock(pending_->mutex);
  const auto patience = std::chrono::milliseconds(notify_ms + 2 * answer_ms);
  if (!pending_->changed.wait_for(lock, patience, [this] { return pending_->count == 0; })) space_.keep_open();
}

void AccessWatch::on_notice(void* signal, std::uint64_t notify_id, std::uint64_t handle, std::uint64_t /*notifier_id*/,
                            void* /*data*/, std::size_t /*bytes*/) {
  auto& self = *static_cast<Signal*>(signal);
  self.changes.fetch_add(1);  // before the answer: who told us goes on only when we no longer trust what we knew
  rados_notify_ack(self.io, root_object, notify_id, handle, nullptr, 0);
}

void AccessWatch::on_loss(void* signal, std::uint64_t /*handle*/, int /*error*/) {
  auto& self = *static_cast<Signal*>(signal);
  self.lost.store(true);
  self.changes.fetch_add(1);
}

void AccessWatch::end_watch() {
  if (!watching_) return;
  rados_unwatch2(space_.handle(), handle_);
  watching_ = false;
}

// The clock by which leases end stands still meanwhile, here and in librados; the cluster's did not.
void AccessWatch::lose_watch_if_asleep() {
  const std::int64_t asleep = asleep_ns();
  std::int64_t before = asleep_ns_.load();
  if (asleep - before < sleep_ns_min) return;
  on_loss(&signal_, 0, 0);  // first, so that no other thread goes by before it is lost; twice does no harm
  asleep_ns_.compare_exchange_strong(before, asleep);
}

void AccessWatch::watch_again() {
  const std::unique_lock lock(watch_mutex_, std::try_to_lock);
  if (!lock || !signal_.lost.load()) return;
  const std::int64_t now = now_ns();
  if (tried_.nanoseconds != 0 && now < tried_.nanoseconds + watch_again_after_ns) return;
  tried_.nanoseconds = now;
  end_watch();
  signal_.lost.store(false);
  const int watched = rados_watch3(space_.handle(), root_object, &handle_, &AccessWatch::on_notice,
                                   &AccessWatch::on_loss, watch_timeout_s, &signal_);
  watching_ = watched == 0;
  if (!watching_) signal_.lost.store(true);
  signal_.changes.fetch_add(1);  // nobody told us of what changed before: what was read until now is no longer trusted
}

auto AccessWatch::known() const -> Known {
  const std::scoped_lock lock(known_mutex_);
  return known_;
}

bool AccessWatch::is_trusted(const Known& known) const {
  if (signal_.lost.load() || known.changes != signal_.changes.load()) return false;
  if (now_ns() - known.at_ns > lease_ms * millisecond_ns) return false;
  const std::shared_lock lock(watch_mutex_, std::try_to_lock);  // held while somebody watches anew
  if (!lock || !watching_) return false;
  const int age_ms = rados_watch_check(space_.handle(), handle_);
  return age_ms >= 0 && age_ms <= lease_ms;
}

Result<std::uint64_t> AccessWatch::ask() {
  const std::uint64_t changes = signal_.changes.load();
  const std::int64_t asked_ns = now_ns();
  Attributes attributes;
  const int result = space_.read(root_object, attributes, 0, {});
  if (result < 0) return std::unexpected(rados_error(result, "asking for the access revision"));
  const auto found = attributes.find(revision_attribute);
  std::uint64_t revision = 0;
  if (found == attributes.end() || !read_hex(found->second, revision)) {
    return fail(Code::store_corrupt, "the access revision is damaged");
  }
  const std::scoped_lock lock(known_mutex_);
  if (known_.revision <= revision) known_ = {revision, changes, asked_ns};
  return revision;
}

Result<std::uint64_t> AccessWatch::revision() {
  lose_watch_if_asleep();
  if (const Known before = known(); is_trusted(before)) return before.revision;
  if (signal_.lost.load()) watch_again();  // before asking, so that no change falls in between
  return ask();
}

Result<void> AccessWatch::tell_all() {
  signal_.changes.fetch_add(1);
  const auto changed = std::chrono::steady_clock::now();
  const auto lease_over = changed + std::chrono::milliseconds(lease_ms);
  int result = 0;
  for (int telling = 0; telling < tellings_max; ++telling) {
    result = Telling::tell(space_.handle(), pending_, changed + std::chrono::milliseconds(notify_ms + answer_ms));
    if (result == 0) return {};
    if (result != -ETIMEDOUT) continue;
    // Nobody trusts longer than a lease what he knew before. It may be that nobody was told at all: an OSD that does
    // not answer ends the telling after `RadosOptions::wait_ms_max`, which may be less.
    std::this_thread::sleep_until(lease_over);
    return {};
  }
  return std::unexpected(rados_error(result, "telling every process that the access facts changed"));
}

}  // namespace locket::rados
