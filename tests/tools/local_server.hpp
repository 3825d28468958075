#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "serve/service.hpp"

namespace locket::tool {

/// The connections of `locket serve` on one thread of this process, without a listener and without a clock: a request
/// that never ends waits until its client hangs up.
class LocalServer {
 public:
  /// Input: what is served, which must outlive this.
  explicit LocalServer(const Service& service);
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  ~LocalServer();

  /// Sends pieces over a connection of their own, each once the one before was taken, and hangs up, while all that
  /// comes back is read. Result: what came back until the server closed; nothing when it has not after `wait_s_max`.
  /// Throws what the connection threw. One at a time.
  [[nodiscard]] std::optional<std::string> exchange(std::span<const std::string_view> pieces);

  static constexpr int wait_s_max = 120;  ///< far more than anything takes, for machines that are busy with other work

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace locket::tool
