#include "redis/connection.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace locket::redis {
namespace {

constexpr std::size_t words_max = 32;

// The time that is left, at least a millisecond, for zero would mean endless.
timeval left_until(Moment until) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - std::chrono::steady_clock::now());
  const auto us = std::max<std::int64_t>(left.count(), 1'000);
  return {.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
}

Error unavailable(const redisContext& context) {
  return {Code::rate_limiter_unavailable, std::string("Redis: ") + &context.errstr[0]};
}

}  // namespace

std::string_view text_of(const redisReply& reply) noexcept {
  if (reply.str == nullptr) return {};
  return {reply.str, reply.len};
}

Result<Connection> Connection::open(const Address& address, const RedisOptions& options, Moment until) {
  Connection made(redisConnectWithTimeout(address.host.c_str(), address.port, left_until(until)));
  if (made.context_ == nullptr) return fail(Code::out_of_memory);
  if (made.context_->err != 0) return std::unexpected(unavailable(*made.context_));
  if (options.password.empty()) return made;
  std::vector<std::string_view> words{"AUTH"};
  if (!options.user.empty()) words.emplace_back(options.user);
  words.emplace_back(options.password);
  auto reply = made.call(words, until);
  if (!reply) return std::unexpected(std::move(reply.error()));
  if ((*reply)->type == REDIS_REPLY_ERROR) return fail(Code::rate_limiter_unavailable, "Redis refused the password");
  return made;
}

Result<Reply> Connection::call(std::span<const std::string_view> words, Moment until) {
  std::array<const char*, words_max> texts{};
  std::array<std::size_t, words_max> sizes{};
  if (words.empty() || words.size() > words_max) return fail(Code::internal_error, "a command of too many words");
  for (std::size_t i = 0; i < words.size(); ++i) {
    texts[i] = words[i].data();
    sizes[i] = words[i].size();
  }
  if (redisSetTimeout(context_.get(), left_until(until)) != REDIS_OK) return std::unexpected(unavailable(*context_));
  Reply reply(static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(), sizes.data())));
  if (reply == nullptr) return std::unexpected(unavailable(*context_));
  return reply;
}

}  // namespace locket::redis
