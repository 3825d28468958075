#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "locket/redis_rate_limit.hpp"

namespace locket::redis {

/// Listens on a free port of this machine's loopback. Result: the socket, the caller's to close; `port` is set.
[[nodiscard]] int listen_on_loopback(std::uint16_t& port);

/// A server on this machine's loopback that answers as a test says, in a thread of its own.
class ScriptedServer {
 public:
  /// Gives the answer to what came in one piece, as it goes over the wire; nothing: the server stays silent.
  using Answer = std::function<std::optional<std::string>(std::string_view question)>;

  /// Listens until it is destroyed.
  explicit ScriptedServer(Answer answer);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  /// Breaks off every conversation, so that who goes on talking is told by the system; goes on listening.
  void break_off();

  /// How many connections were made so far.
  [[nodiscard]] int accepted() const noexcept { return accepted_.load(); }

  /// The options of a limiter that asks this server first.
  [[nodiscard]] RedisOptions options() const {
    RedisOptions options;
    options.port = port;
    return options;
  }

  std::uint16_t port = 0;

 private:
  void run();

  Answer answer_;
  int socket_ = -1;
  std::array<int, 2> wake_{-1, -1};  // what is written here ends it, or breaks off every conversation
  std::vector<int> conversations_;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

/// What the script says that charges a counter: so many calls were charged, or so long is to be waited.
[[nodiscard]] std::string charged_answer(std::uint32_t calls, std::uint64_t wait_us);

}  // namespace locket::redis
