#include <mutex>
#include <shared_mutex>
#include <utility>

#include "locket/engine.hpp"

namespace locket {
namespace {

class StoredAccessControl final : public AccessControl {
 public:
  explicit StoredAccessControl(Store& store) : store_(store) {}

  // Gives the snapshot of the store's present revision, reading the facts anew when any process changed them.
  Result<std::shared_ptr<const AccessSnapshot>> snapshot() {
    const auto revision = store_.access_revision();
    if (!revision) return std::unexpected(revision.error());
    {
      const std::shared_lock lock(mutex_);
      if (snapshot_ && snapshot_->revision() == *revision) return snapshot_;
    }
    return reload(*revision);
  }

  std::shared_ptr<const Tier> tier_of(std::string_view client_id) override {
    try {
      auto current = snapshot();
      if (!current) return nullptr;
      const Tier& tier = (*current)->tier_of(client_id);
      return {std::move(*current), &tier};
    } catch (...) {
      return nullptr;
    }
  }

 protected:
  Decision decide(const AccessQuestion& question) noexcept override {
    try {
      const auto revision = store_.access_revision();
      if (!revision) return {};
      {
        const std::shared_lock lock(mutex_);
        if (snapshot_ && snapshot_->revision() == *revision) return snapshot_->decide(question);
      }
      const auto current = reload(*revision);
      if (!current) return {};
      return (*current)->decide(question);
    } catch (...) {
      return {};
    }
  }

 private:
  Result<std::shared_ptr<const AccessSnapshot>> reload(std::uint64_t revision) {
    // One thread reads; those that come meanwhile wait, for the old facts no longer hold.
    const std::unique_lock lock(mutex_);
    if (snapshot_ && snapshot_->revision() == revision) return snapshot_;
    auto access = store_.load_access(false);
    if (!access) return std::unexpected(access.error());
    auto built = AccessSnapshot::build(access->document, access->revision);
    if (!built) return std::unexpected(built.error());
    snapshot_ = std::move(*built);
    return snapshot_;
  }

  Store& store_;
  std::shared_mutex mutex_;
  std::shared_ptr<const AccessSnapshot> snapshot_;
};

}  // namespace

Result<std::unique_ptr<AccessControl>> make_stored_access_control(Store& store) {
  try {
    auto control = std::make_unique<StoredAccessControl>(store);
    auto first = control->snapshot();
    if (!first) return std::unexpected(std::move(first.error()));
    return control;
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  } catch (...) {
    return fail(Code::access_unavailable);
  }
}

}  // namespace locket
