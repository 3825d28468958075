#include "open_store.hpp"

#include <exception>
#include <string>
#include <utility>

#include "locket/log.hpp"
#include "message.hpp"

namespace locket::tool {
namespace {

class StandardErrorLog final : public LogSink {
 public:
  void write(LogLevel level, std::string_view event, std::string_view message) noexcept override {
    if (level == LogLevel::information) return;
    try {
      complain(std::string(event) + ": " + std::string(message));
    } catch (const std::exception&) {  // out of memory: the message is lost, the work goes on
    }
  }
};

}  // namespace

LogSink& standard_error_log() noexcept {
  static StandardErrorLog log;
  return log;
}

std::unique_ptr<Store> open_store(const Program& program, Missing missing, const Limits& limits) {
  StoreOptions options;
  options.create = missing == Missing::make;
  options.limits = limits;
  options.log = &standard_error_log();
  Result<std::unique_ptr<Store>> store = locket::open_store(program.store_path, options);
  if (store) return std::move(*store);
  complain("can't use the store " + program.store_path, store.error());
  return nullptr;
}

}  // namespace locket::tool
