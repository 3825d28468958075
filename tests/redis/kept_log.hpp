#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "locket/log.hpp"

namespace locket::redis {

/// Keeps the names of what was logged. Any thread may write.
class KeptLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view event, std::string_view) noexcept override {
    const std::scoped_lock lock(mutex_);
    events.emplace_back(event);
  }
  std::vector<std::string> events;

 private:
  std::mutex mutex_;
};

}  // namespace locket::redis
