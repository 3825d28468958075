#include <new>

#include "locket/rate_limit.hpp"

namespace locket {
namespace {

// The name of the tier and the reason are only told, so a lack of memory for them must not hide the refusal itself.
RateRefusal refusal(bool unavailable, std::uint32_t retry_after_s, const Tier& tier, const Error& why = {}) noexcept {
  RateRefusal refused{unavailable, retry_after_s < 1 ? 1U : retry_after_s, {}};
  try {
    refused.tier = tier.name;
    if (!unavailable) return refused;
    if (why.code != Code::rate_limiter_unavailable) refused.reason.append(code_name(why.code)).append(": ");
    refused.reason.append(why.detail);
  } catch (...) {  // they stay empty
  }
  return refused;
}

}  // namespace

std::expected<Admission, RateRefusal> RateLimiter::admit(const Identity& identity, const Tier& tier,
                                                         MonotonicTime now) {
  try {
    const Result<RateDecision> decision = charge(identity.client_id(), tier, now);
    if (!decision) return std::unexpected(refusal(true, 1, tier, decision.error()));
    if (!decision->admitted) return std::unexpected(refusal(false, decision->retry_after_s, tier));
    return Admission(identity);
  } catch (const std::bad_alloc&) {
    return std::unexpected(refusal(true, 1, tier, {Code::out_of_memory, {}}));
  } catch (...) {
    // A host's own limiter may throw; what could not be decided lets nobody in.
    return std::unexpected(refusal(true, 1, tier, {Code::internal_error, "the limiter threw an exception"}));
  }
}

}  // namespace locket
