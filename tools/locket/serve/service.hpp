#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "locket/engine.hpp"
#include "serve/access_log.hpp"
#include "serve/server_limits.hpp"
#include "serve/server_metrics.hpp"

namespace locket::tool {

/// Room for uploads in memory, all connections together. Any thread.
class UploadRoom {
 public:
  /// Takes its limits.
  explicit UploadRoom(const ServerLimits& limits) noexcept
      : bytes_max_(limits.upload_bytes_in_flight_max), uploads_max_(limits.uploads_in_flight_max) {}

  /// Room for one upload, given back when it ends.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : room_(std::exchange(other.room_, nullptr)), bytes_(other.bytes_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (room_ != nullptr) room_->give_back(bytes_);
    }

   private:
    friend class UploadRoom;
    Lease(UploadRoom& room, std::uint64_t bytes) noexcept : room_(&room), bytes_(bytes) {}
    UploadRoom* room_;
    std::uint64_t bytes_;
  };

  /// Takes room for so many bytes; nothing when there is not enough.
  [[nodiscard]] std::optional<Lease> take(std::uint64_t bytes) noexcept {
    const bool bytes_fit = bytes_.fetch_add(bytes) + bytes <= bytes_max_;
    const bool upload_fits = uploads_.fetch_add(1) < uploads_max_;  // counted in any case: both are given back together
    if (bytes_fit && upload_fits) return Lease(*this, bytes);
    give_back(bytes);
    return std::nullopt;
  }

  /// Bytes in use.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.load(); }

  /// Uploads under way.
  [[nodiscard]] std::uint64_t uploads() const noexcept { return uploads_.load(); }

 private:
  void give_back(std::uint64_t bytes) noexcept {
    bytes_.fetch_sub(bytes);
    uploads_.fetch_sub(1);
  }

  const std::uint64_t bytes_max_;
  const std::uint64_t uploads_max_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> uploads_{0};
};

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
  AccessControl* access = nullptr;
  AccessLog* log = nullptr;
  ServerLimits limits;
  std::uint64_t picture_bytes_max = 0;
  std::vector<std::string> allowed_origins;  ///< as browsers send them; `*` alone: all
  OperatorRoutes operator_routes = OperatorRoutes::off;
};

}  // namespace locket::tool
