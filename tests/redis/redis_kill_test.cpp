#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

#include "policy/trusting_verifier.hpp"
#include "redis/gcra_script.hpp"
#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

using std::chrono::steady_clock;

constexpr int threads = 4;
constexpr std::uint32_t due = 1'000;
const Tier tier{"due", {{due, 31'622'400}}};  // a year long, so that nothing is paid back meanwhile

/// The server that holds a client's counter, as it tells of itself.
struct Master {
  std::string port;
  pid_t pid = 0;
  std::string config_file;
};

std::string line_of(std::string_view info, const std::string& name) {
  const auto begin = info.find("\n" + name + ":");
  if (begin == std::string_view::npos) return {};
  const auto value = info.substr(begin + name.size() + 2);
  return std::string(value.substr(0, value.find_first_of("\r\n")));
}

Master master_of(Cluster& cluster, const std::string& client_id) {
  const std::string key = counter_key(client_id);
  const auto until = steady_clock::now() + std::chrono::seconds(10);
  // Only a question with a key is sent on to the server that has it.
  const std::array<std::string_view, 2> get{"GET", key};
  if (!cluster.call(key, get, until)) return {};
  static constexpr std::array<std::string_view, 2> words{"INFO", "server"};
  const auto reply = cluster.call(key, words, until);
  if (!reply) return {};
  const std::string_view info = text_of(**reply);
  const std::string pid = line_of(info, "process_id");
  return {line_of(info, "tcp_port"), pid.empty() ? 0 : std::stoi(pid), line_of(info, "config_file")};
}

std::string newcomer() { return "kill-" + std::to_string(std::random_device()()); }

void start_again(const Master& master) {
  std::string program = "redis-server";
  std::string config_file = master.config_file;
  std::array<char*, 3> arguments{program.data(), config_file.data(), nullptr};
  pid_t child = 0;
  ASSERT_EQ(posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);  // it goes on as a daemon
  EXPECT_EQ(status, 0);
}

/// What all threads saw of one client.
struct Seen {
  std::atomic<std::uint32_t> admitted = 0;
  std::atomic<std::uint32_t> unavailable = 0;
  std::atomic<bool> killed = false;
  std::atomic<std::int64_t> back_ms = -1;  ///< from the kill to the first call that was let in again
  steady_clock::time_point killed_at;
};

/// Charges until the limit is reached, or five minutes have passed.
void charge_until_refused(const RedisOptions& options, const std::string& client_id, Seen& seen) {
  const auto limiter = std::move(*make_redis_rate_limiter(options));
  const Identity identity = policy::TrustingVerifier::identity("ulf", client_id);
  const auto until = steady_clock::now() + std::chrono::minutes(5);
  while (steady_clock::now() < until) {
    const auto admission = limiter->admit(identity, tier, system_clock().monotonic_now());
    if (admission) {
      ++seen.admitted;
      if (seen.killed && seen.back_ms < 0) {
        const auto pause = steady_clock::now() - seen.killed_at;
        seen.back_ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
      }
    } else if (admission.error().unavailable) {
      ++seen.unavailable;
    } else {
      return;
    }
  }
}

bool is_admitted(RateLimiter& limiter, const std::string& client_id) {
  const Identity identity = policy::TrustingVerifier::identity("ulf", client_id);
  return limiter.admit(identity, tier, system_clock().monotonic_now()).has_value();
}

// A master that is killed under load and started again has forgotten no call that it let in: never more than the limit
// come through, and while it is away nobody does. The clients of the other masters notice nothing.
TEST(RedisKill, AKilledMasterLetsNobodyInThatShouldNotBe) {
  LOCKET_NEEDS_REDIS(options);
  Cluster cluster(*options);
  const std::string client_id = newcomer();
  const Master master = master_of(cluster, client_id);
  if (master.config_file.empty()) GTEST_SKIP() << "the Redis Cluster is not one of tools/cluster.sh";
  std::string neighbour = newcomer();
  for (int i = 0; i < 100 && master_of(cluster, neighbour).port == master.port; ++i) neighbour = newcomer();
  ASSERT_NE(master_of(cluster, neighbour).port, master.port);
  const auto others = std::move(*make_redis_rate_limiter(*options));
  ASSERT_TRUE(is_admitted(*others, neighbour));

  Seen seen;
  std::vector<std::thread> load;
  for (int i = 0; i < threads; ++i) load.emplace_back([&] { charge_until_refused(*options, client_id, seen); });
  while (seen.admitted < due / 4) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_EQ(kill(master.pid, SIGKILL), 0);
  seen.killed_at = steady_clock::now();
  while (seen.unavailable < 10 * threads) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  seen.killed = true;
  const std::uint32_t before = seen.admitted;
  EXPECT_TRUE(is_admitted(*others, neighbour));
  EXPECT_EQ(seen.admitted, before);
  start_again(master);
  for (std::thread& thread : load) thread.join();

  EXPECT_LE(seen.admitted, due);
  // A call that was charged when the server died, but not answered, is lost to its client.
  EXPECT_GE(seen.admitted, due - 2 * threads);
  EXPECT_GE(seen.back_ms, 0);
  std::cout << "admitted " << seen.admitted << " of " << due << ", refused " << seen.unavailable
            << " while the master was away, back " << seen.back_ms << " ms after the kill\n";
}

}  // namespace
}  // namespace locket::redis
