#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "locket/store.hpp"

namespace locket {

/// A store that hands every call on to another, and counts how often a look-up had to look into it.
class CountingStore final : public Store {
 public:
  /// Input: the store that answers, which must outlive this one.
  explicit CountingStore(Store& inner) : inner_(inner) {}

  Result<Receipt> put(const Record& record) override { return inner_.put(record); }
  Result<std::optional<ImodelEntry>> find_imodel(const Guid& imodel_id, Lookup lookup) override {
    auto entry = inner_.find_imodel(imodel_id, lookup);
    if (lookup == Lookup::stored) ++looked_into_the_store;
    if (lookup == Lookup::remembered && entry && *entry) ++answered_from_memory;
    return entry;
  }
  std::uint64_t content_epoch() noexcept override { return inner_.content_epoch(); }
  Result<std::optional<Location>> locate(const Grant& grant, Size size) override { return inner_.locate(grant, size); }
  Result<std::optional<SharedBytes>> read(const Grant& grant, const Location& location) override {
    return inner_.read(grant, location);
  }
  Result<std::uint64_t> replace_access(const AccessDocument& document) override {
    return inner_.replace_access(document);
  }
  Result<Access> load_access(AccessScope scope) override {
    ++facts_read;
    if (before_load_access) before_load_access();
    return inner_.load_access(scope);
  }
  Result<std::uint64_t> access_revision() override {
    auto revision = inner_.access_revision();
    if (after_access_revision) after_access_revision();
    return revision;
  }
  Result<std::vector<Guid>> list(const std::function<bool(const StoredThumbnail&)>& visit) override {
    return inner_.list(visit);
  }
  Result<void> list_imodels(const std::optional<Guid>& after,
                            const std::function<bool(const ImodelEntry&)>& visit) override {
    return inner_.list_imodels(after, visit);
  }
  Result<std::optional<StoredThumbnail>> find_thumbnail(const Guid& imodel_id) override {
    return inner_.find_thumbnail(imodel_id);
  }
  Result<std::optional<Both>> read_for_operator(const Guid& imodel_id) override {
    return inner_.read_for_operator(imodel_id);
  }
  Result<bool> remove(const Guid& imodel_id) override { return inner_.remove(imodel_id); }
  Result<CheckReport> check(const CheckOptions& options) override { return inner_.check(options); }
  Result<StoreStatistics> statistics() override { return inner_.statistics(); }
  Result<void> remember_failure(const ImportFailure& failure) override { return inner_.remember_failure(failure); }
  Result<std::vector<ImportFailure>> failures() override { return inner_.failures(); }
  Result<void> forget_failures() override { return inner_.forget_failures(); }
  Result<void> backup(const std::string& path) override { return inner_.backup(path); }

  std::uint64_t answered_from_memory = 0;
  std::uint64_t looked_into_the_store = 0;
  std::atomic<std::uint64_t> facts_read = 0;
  std::function<void()> after_access_revision;  ///< when there is one
  std::function<void()> before_load_access;     ///< the same

 private:
  Store& inner_;
};

}  // namespace locket
