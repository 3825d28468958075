#pragma once

#include <string_view>

#include "locket/export.hpp"

namespace locket {

enum class LogLevel { information, warning, error };

/// Where locket tells what the person who runs it should know; locket itself never prints.
/// Messages hold no token, no key, no SQL; control characters are escaped. Calls may come from any thread, and from
/// under a lock: a sink must not call back into what it was given to, nor wait for another thread that does.
class LOCKET_API LogSink {
 public:
  virtual ~LogSink() = default;

  /// Takes one message. `event` is a stable name (`store.damaged`); both texts live only during the call.
  virtual void write(LogLevel level, std::string_view event, std::string_view message) noexcept = 0;
};

/// A sink that drops everything. Lives for the whole program. Any thread.
[[nodiscard]] LOCKET_API LogSink& silent_log() noexcept;

}  // namespace locket
