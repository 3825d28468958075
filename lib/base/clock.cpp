#include "locket/clock.hpp"

#include <chrono>

namespace locket {
namespace {

class SystemClock final : public Clock {
 public:
  UnixTime now() const noexcept override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::floor<std::chrono::seconds>(since).count()};
  }

  MonotonicTime monotonic_now() const noexcept override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
  }
};

}  // namespace

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

}  // namespace locket
