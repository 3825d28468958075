#include "serve/service.hpp"

#include <new>

namespace locket::tool {
namespace {

constexpr std::size_t why_bytes_max = 256;  // or whoever has a token could make long lines of what he sends

thread_local Audit audit_of_thread;
thread_local ServerMetrics* metrics_of_thread = nullptr;

}  // namespace

void AuditSink::decided(std::string_view user, std::string_view client_id, const std::optional<Guid>&, Permission,
                        const Decision& decision) noexcept {
  if (metrics_of_thread != nullptr) {
    metrics_of_thread->decisions[static_cast<std::size_t>(decision.rule)][decision.allowed ? 1 : 0].add();
  }
  try {
    audit_of_thread.user = user;
    audit_of_thread.client_id = client_id;
    audit_of_thread.rule = rule_name(decision.rule);
  } catch (const std::bad_alloc&) {
    audit_of_thread.rule = {};
  }
}

// A denial's reason is its rule, which is noted already.
void AuditSink::refused(const FetchRefusal& why) noexcept {
  audit_of_thread.code = code_name(why.error.code);
  if (why.decision) return;
  try {
    audit_of_thread.why = std::string_view(why.error.detail).substr(0, why_bytes_max);
  } catch (const std::bad_alloc&) {
    audit_of_thread.why.clear();
  }
}

void AuditSink::admitted(std::string_view user) noexcept {
  try {
    audit_of_thread.user = user;
  } catch (const std::bad_alloc&) {
    audit_of_thread.user.clear();
  }
}

Result<RateDecision> AuditedRateLimiter::charge(std::string_view client_id, const Tier& tier, MonotonicTime now) {
  try {
    audit_of_thread.client_id = client_id;
  } catch (const std::bad_alloc&) {
    audit_of_thread.client_id.clear();
  }
  return charge_with(decides_, client_id, tier, now);
}

Audit& AuditSink::mine() noexcept { return audit_of_thread; }

void AuditSink::count_into(ServerMetrics* metrics) noexcept { metrics_of_thread = metrics; }

}  // namespace locket::tool
