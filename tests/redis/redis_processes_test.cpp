#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>
#include <vector>

#include "policy/trusting_verifier.hpp"
#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

constexpr int processes = 4;

/// What one process counts.
struct Count {
  std::uint32_t admitted = 0;
  std::uint32_t refused = 0;
  std::uint32_t unavailable = 0;
};

Count charge(const RedisOptions& options, const std::string& client_id, const Tier& tier, std::uint32_t calls) {
  const auto limiter = std::move(*make_redis_rate_limiter(options));
  const Identity identity = policy::TrustingVerifier::identity("ulf", client_id);
  Count count;
  for (std::uint32_t call = 0; call < calls; ++call) {
    const auto admission = limiter->admit(identity, tier, system_clock().monotonic_now());
    ++(admission ? count.admitted : admission.error().unavailable ? count.unavailable : count.refused);
  }
  return count;
}

/// Charges from four processes at once, each with its own limiter. Result: the sums.
Count charge_from_processes(const RedisOptions& options, const Tier& tier, std::uint32_t calls) {
  const std::string client_id = "processes-" + std::to_string(std::random_device()());
  std::array<int, 2> pipe_ends{};
  EXPECT_EQ(pipe(pipe_ends.data()), 0);
  for (int process = 0; process < processes; ++process) {
    const pid_t child = fork();
    if (child != 0) continue;
    const Count count = charge(options, client_id, tier, calls);
    const bool told = write(pipe_ends[1], &count, sizeof(count)) == sizeof(count);
    _exit(told ? 0 : 1);
  }
  close(pipe_ends[1]);
  Count sum;
  Count one;
  while (read(pipe_ends[0], &one, sizeof(one)) == sizeof(one)) {
    sum.admitted += one.admitted;
    sum.refused += one.refused;
    sum.unavailable += one.unavailable;
  }
  close(pipe_ends[0]);
  for (int process = 0; process < processes; ++process) {
    int status = 0;
    EXPECT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  return sum;
}

TEST(RedisProcesses, FourTogetherAreAdmittedExactlyWhatIsDue) {
  LOCKET_NEEDS_REDIS(options);
  // A month long, so that nothing is paid back meanwhile.
  const Count sum = charge_from_processes(*options, {"due", {{2'000, 2'592'000}, {2'001, 31'622'400}}}, 1'000);
  EXPECT_EQ(sum.admitted, 2'000U);
  EXPECT_EQ(sum.refused, 2'000U);
  EXPECT_EQ(sum.unavailable, 0U);
}

TEST(RedisProcesses, CallsThatAreChargedAtOnceNeverPassTheLimit) {
  LOCKET_NEEDS_REDIS(options);
  RedisOptions many = *options;
  many.calls_at_once = 10;
  many.calls_kept_ms_max = 60'000;
  const Count sum = charge_from_processes(many, {"due", {{2'003, 2'592'000}}}, 1'000);
  EXPECT_LE(sum.admitted, 2'003U);
  EXPECT_GE(sum.admitted, 2'003U - processes * 9U);
  EXPECT_EQ(sum.unavailable, 0U);
}

}  // namespace
}  // namespace locket::redis
