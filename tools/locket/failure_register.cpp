#include "failure_register.hpp"

#include <functional>
#include <string_view>

#include "locket/clock.hpp"
#include "message.hpp"

namespace locket::tool {

namespace {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::uint64_t outcome_of(const ImportFailure& failure) { return hash_of(failure.code + failure.reason); }

}  // namespace

FailureRegister::FailureRegister(Store& store) : store_(store) { look_again(); }

void FailureRegister::look_again() {
  const auto failures = store_.failures();
  if (!failures) {
    complain("can't read the failed imports", failures.error());
    return;
  }
  const std::lock_guard lock(mutex_);
  known_.clear();
  for (const ImportFailure& failure : *failures) known_.emplace(hash_of(failure.source_path), outcome_of(failure));
}

bool FailureRegister::note(const std::string& source_path, const std::optional<Error>& failure) {
  ImportFailure entry;
  entry.source_path = source_path;
  entry.at_s = system_clock().now().seconds;
  if (failure) {
    entry.code = code_name(failure->code);
    entry.reason = failure->detail;
  }
  if (is_known(entry)) return true;
  // Not under the lock: those who write share the syncs of the disk.
  const Result<void> written = store_.remember_failure(entry);
  if (!written) {
    complain("can't remember how the import ended", written.error());
    return false;
  }
  const std::lock_guard lock(mutex_);
  if (failure) known_.insert_or_assign(hash_of(source_path), outcome_of(entry));
  if (!failure) known_.erase(hash_of(source_path));
  return true;
}

bool FailureRegister::is_known(const ImportFailure& entry) {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(hash_of(entry.source_path));
  if (entry.code.empty()) return known == known_.end();
  return known != known_.end() && known->second == outcome_of(entry);
}

}  // namespace locket::tool
