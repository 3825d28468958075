#include "locket/clock.hpp"

#include <time.h>

#include <chrono>

namespace locket {
namespace {

class SystemClock final : public Clock {
 public:
  UnixTime now() const noexcept override {
    // Whole seconds are asked for: the clock that is read without the counter of the processor tells them as well.
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return {now.tv_sec};
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
