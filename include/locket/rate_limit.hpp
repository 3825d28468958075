#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "locket/clock.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/limits.hpp"
#include "locket/token.hpp"

namespace locket {

/// A quota of `calls`, paid back evenly over `seconds`; both at least 1.
struct RateWindow {
  std::uint32_t calls = 0;
  std::uint32_t seconds = 0;

  bool operator==(const RateWindow&) const = default;
};

/// A subscription tier: all of its windows hold at once. No windows: not limited.
struct Tier {
  std::string name;
  std::vector<RateWindow> windows;

  bool operator==(const Tier&) const = default;
};

/// What a limiter says of one call.
struct RateDecision {
  bool admitted = false;
  std::uint32_t retry_after_s = 0;  ///< when refused: waiting this long admits, a second less does not; at least 1
};

/// Why a call was not admitted.
struct RateRefusal {
  bool unavailable = false;  ///< the limiter itself could not decide
  std::uint32_t retry_after_s = 1;
  std::string tier;
  std::string reason{};  ///< when it could not decide: why, for a log; not escaped
};

/// Leave to go on, within the client's rate limits. Made by a `RateLimiter` and by nothing else.
class Admission {
 public:
  /// Who was admitted. Lives as long as this object.
  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }

 private:
  friend class RateLimiter;
  explicit Admission(Identity identity) noexcept : identity_(std::move(identity)) {}

  Identity identity_;
};

/// The second stage of a fetch: charges one call to the client. Calls may come from any thread.
/// A host may bring its own by deriving, one that counts for several machines, say. It fails closed: an error or an
/// exception of the derived class lets nobody in. One that would rather go on without its shared counter falls back, in
/// its own `charge`, to another limiter that it holds.
class LOCKET_API RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  /// Charges one call to the identity's client in every window of its tier, or in none.
  /// Inputs: who; the client's tier; the time.
  /// Result: the admission; or why not. A refusal charges nothing. Never throws. Allocates nothing when it admits a
  /// client that it has seen before.
  [[nodiscard]] std::expected<Admission, RateRefusal> admit(const Identity& identity, const Tier& tier,
                                                            MonotonicTime now);

 protected:
  /// The derived class's decision; an error means that the limiter could not decide, and nobody is let in.
  virtual Result<RateDecision> charge(std::string_view client_id, const Tier& tier, MonotonicTime now) = 0;

  /// The decision of another limiter, for a derived class that falls back to one. The same contract.
  static Result<RateDecision> charge_with(RateLimiter& other, std::string_view client_id, const Tier& tier,
                                          MonotonicTime now) {
    return other.charge(client_id, tier, now);
  }
};

/// Makes the limiter that counts in this process's memory: the generic cell rate algorithm (GCRA, ITU-T I.371) in
/// exact integers, with a burst of `calls` and a steady rate of `calls` per `seconds`, in a table of at most
/// `Limits::rate_clients_max` clients. When the table is full, only clients who owe nothing are forgotten; when none
/// is, new clients are refused as `rate_limiter_unavailable`. A client whose windows change takes the calls that are
/// not yet paid back with it into each of the new windows. Time that goes backwards pays nothing back.
/// Windows beyond `limits`, and a client id over `Limits::identifier_bytes_max`, are refused as `argument_invalid` when
/// charged. Nothing when there is no memory for it. Cost of a charge: one hash and one lock of a 64th of the table;
/// about 250 bytes a client.
[[nodiscard]] LOCKET_API std::unique_ptr<RateLimiter> make_memory_rate_limiter(const Limits& limits = {});

}  // namespace locket
