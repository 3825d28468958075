#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "locket/engine.hpp"
#include "serve/access_log.hpp"
#include "serve/server_limits.hpp"
#include "serve/server_metrics.hpp"

namespace locket::tool {

/// What the access log tells of who asked, and of the decision behind the request that this thread answers now.
struct Audit {
  std::string user;
  std::string client_id;
  std::string_view rule;

  /// Empties it, and keeps the memory.
  void clear() noexcept {
    user.clear();
    client_id.clear();
    rule = {};
  }
};

/// Remembers each thread's last decision and counts all that the engine makes. Any thread.
class AuditSink final : public DecisionSink {
 public:
  void decided(std::string_view user, std::string_view client_id, const std::optional<Guid>& imodel_id,
               Permission permission, const Decision& decision) noexcept override;

  /// Notes in this thread's audit who was let in, where decisions are made without telling this.
  static void admitted(std::string_view user) noexcept;

  /// This thread's audit, to be emptied before a request and read after it.
  [[nodiscard]] static Audit& mine() noexcept;

  /// Where this thread counts decisions from now on; nothing: nowhere. The metrics must outlive the thread's work.
  static void count_into(ServerMetrics* metrics) noexcept;
};

/// Notes in the audit which client is charged, and leaves the decision to another limiter: so the log names whoever is
/// over the limit. Any thread.
class AuditedRateLimiter final : public RateLimiter {
 public:
  /// Input: who decides, which must outlive this.
  explicit AuditedRateLimiter(RateLimiter& decides) noexcept : decides_(decides) {}

 protected:
  Result<RateDecision> charge(std::string_view client_id, const Tier& tier, MonotonicTime now) override;

 private:
  RateLimiter& decides_;
};

/// Who gets to see the page, the gallery and the metrics.
enum class OperatorRoutes : std::uint8_t {
  off,
  local,  ///< who names this machine itself in `Host`: a page of the web can't, whatever its name resolves to
  on,
};

/// What the transport needs of the rest of the program. All must outlive the server.
struct Service {
  Engine* engine = nullptr;
  Store* store = nullptr;
  bool store_counts_cheaply = true;  ///< whether its statistics are there without a walk through all of it
  AccessControl* access = nullptr;
  AccessLog* log = nullptr;
  ServerLimits limits;
  std::uint64_t picture_bytes_max = 0;
  std::vector<std::string> allowed_origins;  ///< as browsers send them; `*` alone: all
  OperatorRoutes operator_routes = OperatorRoutes::off;
};

}  // namespace locket::tool
