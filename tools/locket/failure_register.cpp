#include "failure_register.hpp"

#include "locket/clock.hpp"
#include "message.hpp"

namespace locket::tool {

namespace {

std::map<std::string, std::string> read_failures(Store& store) {
  std::map<std::string, std::string> known;
  const auto failures = store.failures();
  if (!failures) {
    complain("can't read the failed imports", failures.error());
    return known;
  }
  for (const ImportFailure& failure : *failures) known.emplace(failure.source_path, failure.code + failure.reason);
  return known;
}

}  // namespace

FailureRegister::FailureRegister(Store& store) : store_(store), known_(read_failures(store)) {}

bool FailureRegister::note(const std::string& source_path, const std::optional<Error>& failure) {
  ImportFailure entry;
  entry.source_path = source_path;
  entry.at_s = system_clock().now().seconds;
  if (failure) {
    entry.code = code_name(failure->code);
    entry.reason = failure->detail;
  }
  const auto known = known_.find(source_path);
  const bool was_known = known != known_.end();
  if (failure ? was_known && known->second == entry.code + entry.reason : !was_known) return true;
  const Result<void> written = store_.remember_failure(entry);
  if (!written) complain("can't remember how the import ended", written.error());
  return written.has_value();
}

}  // namespace locket::tool
