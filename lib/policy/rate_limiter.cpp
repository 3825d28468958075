#include "locket/rate_limit.hpp"

namespace locket {
namespace {

// The name of the tier is only told, so a lack of memory for it must not hide the refusal itself.
RateRefusal refusal(bool unavailable, std::uint32_t retry_after_s, const Tier& tier) noexcept {
  RateRefusal refused{unavailable, retry_after_s < 1 ? 1U : retry_after_s, {}};
  try {
    refused.tier = tier.name;
  } catch (...) {  // it stays empty
  }
  return refused;
}

}  // namespace

std::expected<Admission, RateRefusal> RateLimiter::admit(const Identity& identity, const Tier& tier,
                                                         MonotonicTime now) {
  try {
    const Result<RateDecision> decision = charge(identity.client_id(), tier, now);
    if (!decision) return std::unexpected(refusal(true, 1, tier));
    if (!decision->admitted) return std::unexpected(refusal(false, decision->retry_after_s, tier));
    return Admission(identity);
  } catch (...) {
    // A host's own limiter may throw; what could not be decided lets nobody in.
    return std::unexpected(refusal(true, 1, tier));
  }
}

}  // namespace locket
