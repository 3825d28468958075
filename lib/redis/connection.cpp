#include "redis/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace locket::redis {
namespace {

constexpr std::size_t words_max = 32;
constexpr std::size_t reply_bytes_max = 8'388'608;  // who has which slot is told in 3 MB where each slot is a range
constexpr int reply_elements_max = 16'384;          // of one array: a range for each slot

// The time that is left, at least a millisecond, for zero would mean endless.
timeval left_until(Moment until) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - std::chrono::steady_clock::now());
  const auto us = std::max<std::int64_t>(left.count(), 1'000);
  return {.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
}

constexpr const char* too_late = "Redis: the answer did not come in time";

Error unavailable(const redisContext& context) {
  if (context.err == REDIS_ERR_IO && errno == EAGAIN) return {Code::rate_limiter_unavailable, too_late};
  return {Code::rate_limiter_unavailable, std::string("Redis: ") + &context.errstr[0]};
}

struct FreeCommand {
  /// Frees a command as it goes over the wire.
  void operator()(char* command) const noexcept { redisFreeCommand(command); }
};

// hiredis takes memory for an array as soon as it hears how many elements there will be; the type of that number
// differs between its versions.
template <class Create>
struct BoundedArray;

template <class Count>
struct BoundedArray<void* (*)(const redisReadTask*, Count)> {
  static inline void* (*create_any)(const redisReadTask*, Count) = nullptr;

  static void* create(const redisReadTask* task, Count count) {
    return count > static_cast<Count>(reply_elements_max) ? nullptr : create_any(task, count);
  }
};

// hiredis's own functions that build a reply, but for arrays over the limit. They are the same for all connections.
redisReplyObjectFunctions* bounded_functions(const redisReader& reader) {
  using Array = BoundedArray<decltype(reader.fn->createArray)>;
  static redisReplyObjectFunctions functions = [&] {
    redisReplyObjectFunctions bounded = *reader.fn;
    Array::create_any = bounded.createArray;
    bounded.createArray = &Array::create;
    return bounded;
  }();
  return &functions;
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
  fcntl(made.context_->fd, F_SETFD, FD_CLOEXEC);
  made.context_->reader->fn = bounded_functions(*made.context_->reader);
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
  char* formatted = nullptr;
  const int bytes = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), texts.data(), sizes.data());
  if (bytes < 0) return fail(Code::out_of_memory);
  const std::unique_ptr<char, FreeCommand> command(formatted);
  if (auto sent = send({formatted, static_cast<std::size_t>(bytes)}, until); !sent) {
    return std::unexpected(std::move(sent.error()));
  }
  return receive(until);
}

// Each step may take what is left of the whole time, or a server that drips would be waited for again and again.
Result<void> Connection::let_wait(Moment until) {
  if (std::chrono::steady_clock::now() >= until) return fail(Code::rate_limiter_unavailable, too_late);
  if (redisSetTimeout(context_.get(), left_until(until)) != REDIS_OK) return std::unexpected(unavailable(*context_));
  return {};
}

// What hiredis writes with raises SIGPIPE where the peer is gone, and ends a host that does not ignore that.
Result<void> Connection::send(std::string_view command, Moment until) {
  while (!command.empty()) {
    if (auto may = let_wait(until); !may) return may;
    const ssize_t sent = ::send(context_->fd, command.data(), command.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      return fail(Code::rate_limiter_unavailable, errno == EAGAIN ? too_late : "Redis: the connection has broken");
    }
    command.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<Reply> Connection::receive(Moment until) {
  redisReader& reader = *context_->reader;
  std::size_t received_bytes = 0;
  for (;;) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) return std::unexpected(unavailable(*context_));
    if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
    if (received_bytes > reply_bytes_max) return fail(Code::rate_limiter_unavailable, "Redis: an answer over 8 MiB");
    if (auto may = let_wait(until); !may) return std::unexpected(std::move(may.error()));
    const std::size_t held_bytes = reader.len;
    if (redisBufferRead(context_.get()) != REDIS_OK) return std::unexpected(unavailable(*context_));
    received_bytes += reader.len - held_bytes;
  }
}

}  // namespace locket::redis
