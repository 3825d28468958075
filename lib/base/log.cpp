#include "locket/log.hpp"

namespace locket {
namespace {

class SilentLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view, std::string_view) noexcept override {}
};

}  // namespace

LogSink& silent_log() noexcept {
  static SilentLog log;
  return log;
}

}  // namespace locket
