#include <atomic>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "base/log_text.hpp"
#include "locket/engine.hpp"

namespace locket {
namespace {

using Snapshot = std::shared_ptr<const AccessSnapshot>;

Result<Snapshot> read_snapshot(Store& store, const Limits& limits) {
  auto access = store.load_access(AccessScope::configured);
  if (!access) return std::unexpected(access.error());
  return AccessSnapshot::build(access->document, access->revision, limits);
}

class StoredAccessControl final : public AccessControl {
 public:
  StoredAccessControl(Store& store, const Limits& limits, LogSink& log, Snapshot first)
      : store_(store), limits_(limits), log_(log), snapshot_(std::move(first)) {}

  std::shared_ptr<const Tier> tier_of(std::string_view client_id) override {
    try {
      auto current = snapshot();
      if (!current) return nullptr;
      const Tier& tier = (*current)->tier_of(client_id);
      return {std::move(*current), &tier};
    } catch (...) {
      tell_thrown();
      return nullptr;
    }
  }

 protected:
  Decision decide(const AccessQuestion& question) noexcept override {
    try {
      const auto revision = present_revision();
      if (!revision) return {};
      {
        const std::shared_lock lock(mutex_);
        if (is_of(*revision)) return snapshot_->decide(question);
      }
      const auto current = reload(*revision);
      if (!current) return {};
      return (*current)->decide(question);
    } catch (...) {
      tell_thrown();
      return {};
    }
  }

 private:
  // Gives the snapshot of the store's present revision, reading the facts anew when any process changed them.
  Result<Snapshot> snapshot() {
    const auto revision = present_revision();
    if (!revision) return std::unexpected(revision.error());
    {
      const std::shared_lock lock(mutex_);
      if (is_of(*revision)) return snapshot_;
    }
    return reload(*revision);
  }

  Result<std::uint64_t> present_revision() {
    auto revision = store_.access_revision();
    if (!revision) tell(&revision.error());
    return revision;
  }

  // Whether the snapshot is of this revision of the facts; who asks holds the lock.
  bool is_of(std::uint64_t revision) {
    if (snapshot_->revision() != revision) return false;
    if (!readable_) tell(nullptr);
    return true;
  }

  // Counts at its end, however that comes.
  struct Counted {
    std::atomic<std::uint64_t>& count;
    ~Counted() { ++count; }
  };

  Result<Snapshot> reload(std::uint64_t revision) {
    // One thread reads; those that come meanwhile wait, for the old facts no longer hold, and take what it found: where
    // the facts can't be read, each would wait for its own failure after all those before it.
    const std::uint64_t before = reloads_.load();
    const std::unique_lock lock(mutex_);
    if (is_of(revision)) return snapshot_;
    if (reloads_.load() != before && failure_) return std::unexpected(*failure_);
    const Counted counted{reloads_};
    failure_ = Error{Code::access_unavailable, "the access facts could not be read"};  // should reading them throw
    auto fresh = read_snapshot(store_, limits_);
    failure_.reset();
    if (fresh) {
      snapshot_ = *fresh;
    } else {
      failure_ = fresh.error();
    }
    tell(fresh ? nullptr : &fresh.error());
    return fresh;
  }

  void tell_thrown() noexcept {
    try {
      const Error thrown{Code::access_unavailable, "the store threw an exception, or memory could not be had"};
      tell(&thrown);
    } catch (...) {  // no memory for words
    }
  }

  // Once when it begins and once when it is over, for everybody who asks meanwhile finds the same.
  void tell(const Error* failure) {
    const bool readable = failure == nullptr;
    if (readable == readable_.exchange(readable)) return;
    if (readable) return log_.write(LogLevel::information, "access.readable", "the access facts can be read again");
    const std::string reason = std::string(code_name(failure->code)) + ": " + failure->detail;
    log_.write(LogLevel::error, "access.unreadable", log_text(reason));
  }

  Store& store_;
  const Limits limits_;
  LogSink& log_;
  std::atomic<bool> readable_ = true;
  std::shared_mutex mutex_;
  Snapshot snapshot_;                       ///< never null
  std::optional<Error> failure_;            ///< of the last reload; nothing when it went well
  std::atomic<std::uint64_t> reloads_ = 0;  ///< how many have ended
};

}  // namespace

Result<std::unique_ptr<AccessControl>> make_stored_access_control(Store& store, const Limits& limits, LogSink& log) {
  try {
    auto first = read_snapshot(store, limits);
    if (!first) return std::unexpected(std::move(first.error()));
    return std::make_unique<StoredAccessControl>(store, limits, log, std::move(*first));
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  } catch (...) {
    return fail(Code::access_unavailable);
  }
}

}  // namespace locket
