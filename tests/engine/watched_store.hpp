#pragma once

#include <functional>
#include <new>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "locket/store.hpp"

namespace locket {

/// A store that passes every call on to a real one, tells which were made, and lets the n-th of them fail.
class WatchedStore final : public Store {
 public:
  /// Input: the real store, which must outlive this.
  explicit WatchedStore(Store& real) : real_(real) {}

  /// How a call fails.
  enum class Fault { error, exception, foreign_exception, no_memory };

  /// Lets the n-th call from now on fail (the first is 1), and, with `from_then_on`, every one after it.
  void fail_at(std::size_t number, bool from_then_on, Fault fault, Code code) {
    calls.clear();
    failing_ = number;
    from_then_on_ = from_then_on;
    fault_ = fault;
    code_ = code;
  }

  /// Lets no call fail.
  void heal() {
    calls.clear();
    failing_ = 0;
  }

  Result<Receipt> put(const Record& record) override {
    return pass("put", [&] { return real_.put(record); });
  }
  Result<std::optional<ImodelEntry>> find_imodel(const Guid& id, Lookup lookup) override {
    return pass("find_imodel", [&] {
      auto entry = real_.find_imodel(id, lookup);
      if (change_entry && entry && *entry) change_entry(**entry);
      return entry;
    });
  }
  Result<std::optional<Location>> locate(const Grant& grant, Size size) override {
    return pass("locate", [&] { return real_.locate(grant, size); });
  }
  Result<std::optional<SharedBytes>> read(const Grant& grant, const Location& location) override {
    return pass("read", [&] { return real_.read(grant, location); });
  }
  Result<std::uint64_t> replace_access(const AccessDocument& document) override {
    return pass("replace_access", [&] { return real_.replace_access(document); });
  }
  Result<Access> load_access(AccessScope scope) override {
    return pass("load_access", [&] { return real_.load_access(scope); });
  }
  Result<std::uint64_t> access_revision() override {
    return pass("access_revision", [&] { return real_.access_revision(); });
  }
  Result<std::vector<Guid>> list(const std::function<bool(const StoredThumbnail&)>& visit) override {
    return pass("list", [&] { return real_.list(visit); });
  }
  Result<void> list_imodels(const std::optional<Guid>& after,
                            const std::function<bool(const ImodelEntry&)>& visit) override {
    return real_.list_imodels(after, visit);
  }
  Result<std::optional<StoredThumbnail>> find_thumbnail(const Guid& id) override {
    return pass("find_thumbnail", [&] { return real_.find_thumbnail(id); });
  }
  Result<std::optional<Both>> read_for_operator(const Guid& id) override {
    return pass("read_for_operator", [&] {
      auto both = real_.read_for_operator(id);
      if (change_read && both && *both) change_read(**both);
      return both;
    });
  }
  Result<bool> remove(const Guid& id) override { return real_.remove(id); }
  Result<CheckReport> check(const CheckOptions& options) override { return real_.check(options); }
  Result<StoreStatistics> statistics() override {
    return pass("statistics", [&] { return real_.statistics(); });
  }
  Result<void> remember_failure(const ImportFailure& failure) override {
    return pass("remember_failure", [&] { return real_.remember_failure(failure); });
  }
  Result<std::vector<ImportFailure>> failures() override {
    return pass("failures", [&] { return real_.failures(); });
  }
  Result<void> forget_failures() override {
    return pass("forget_failures", [&] { return real_.forget_failures(); });
  }
  Result<void> backup(const std::string& path) override { return real_.backup(path); }
  std::uint64_t content_epoch() noexcept override { return tells_epoch ? real_.content_epoch() : 0; }

  std::function<void(std::string_view name)> before_call;  ///< when there is one
  std::function<void(Both&)> change_read;                  ///< the same: changes what was read for the operator
  std::function<void(ImodelEntry&)> change_entry;          ///< the same: changes what is known of an iModel
  bool tells_epoch = false;                                ///< whether it is known when nothing has changed
  std::vector<std::string_view> calls;                     ///< since the last fault or healing was set

 private:
  template <class Call>
  auto pass(std::string_view name, Call&& call) -> decltype(call()) {
    if (before_call) before_call(name);
    calls.push_back(name);
    const bool fails = failing_ != 0 && (calls.size() == failing_ || (from_then_on_ && calls.size() > failing_));
    if (!fails) return call();
    if (fault_ == Fault::exception) throw std::runtime_error("a store of a host throws");
    if (fault_ == Fault::foreign_exception) throw 7;
    if (fault_ == Fault::no_memory) throw std::bad_alloc();
    return fail(code_, "the disk is on fire at secret-path-of-the-store");
  }

  Store& real_;
  std::size_t failing_ = 0;
  bool from_then_on_ = false;
  Fault fault_ = Fault::error;
  Code code_ = Code::store_io_failed;
};

}  // namespace locket
