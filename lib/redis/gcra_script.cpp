#include "redis/gcra_script.hpp"

#include <array>

#include "crypto/sha256.hpp"

namespace locket::redis {
namespace {

// Lua's numbers are doubles: whole and exact below 2^53. A window lasts below 2^45 microseconds and has below 2^30
// calls, so times stay exact, and products of both are never formed: `scaled` multiplies bit by bit.
// The counter's text: the latest time seen, then for each window its calls, its seconds, and what is owed in it, in
// microseconds and in parts of one, as many parts as the window has calls.
constexpr std::string_view script = R"lua(
local function scaled(a, n, m)
  local whole, rest = math.floor(a / m), a % m
  local q, r = 0, 0
  for shift = 29, 0, -1 do
    q, r = 2 * q, 2 * r
    if math.floor(n / 2 ^ shift) % 2 == 1 then q, r = q + whole, r + rest end
    if r >= m then q, r = q + 1, r - m end
    if r >= m then q, r = q + 1, r - m end
  end
  return q, r
end

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local wanted = tonumber(ARGV[2])
local windows = {}
for i = 3, #ARGV, 2 do
  windows[#windows + 1] = {calls = tonumber(ARGV[i]), seconds = tonumber(ARGV[i + 1]),
                           period = tonumber(ARGV[i + 1]) * 1000000, debt = 0, parts = 0}
end

local at, owed = now, {}
local stored = redis.call('GET', KEYS[1])
if stored then
  local numbers = {}
  for number in string.gmatch(stored, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  at = numbers[1]
  for i = 2, #numbers, 4 do
    owed[#owed + 1] = {calls = numbers[i], seconds = numbers[i + 1], period = numbers[i + 1] * 1000000,
                       debt = numbers[i + 2], parts = numbers[i + 3]}
  end
end

local passed = math.max(now - at, 0)
for _, w in ipairs(owed) do
  if passed > w.debt then w.debt, w.parts = 0, 0 else w.debt = w.debt - passed end
end
at = math.max(at, now)

local same = #owed == #windows
for i, w in ipairs(windows) do
  same = same and owed[i].calls == w.calls and owed[i].seconds == w.seconds
end
if same then
  windows = owed
else
  local calls = 0
  for _, w in ipairs(owed) do
    local q, r = scaled(w.debt, w.calls, w.period)
    r = r + w.parts
    q, r = q + math.floor(r / w.period), r % w.period
    if r > 0 then q = q + 1 end
    calls = math.max(calls, q)
  end
  for _, w in ipairs(windows) do w.debt, w.parts = scaled(w.period, math.min(calls, w.calls), w.calls) end
end

local function try(count)
  local wait = 0
  for _, w in ipairs(windows) do
    local q, r = scaled(w.period, math.min(count, w.calls), w.calls)
    w.next_debt, w.next_parts = w.debt + q, w.parts + r
    if w.next_parts >= w.calls then w.next_debt, w.next_parts = w.next_debt + 1, w.next_parts - w.calls end
    local over = w.next_debt - w.period
    if w.next_parts > 0 then over = over + 1 end
    if count > w.calls then over = math.max(over, 1) end
    wait = math.max(wait, over)
  end
  return wait
end

local wait = try(wanted)
if wait > 0 and wanted > 1 then
  wanted = 1
  wait = try(1)
end
if wait > 0 then wanted = 0 end
if wanted > 0 or not same then
  local longest, text = 0, {string.format('%.0f', at)}
  for _, w in ipairs(windows) do
    if wanted > 0 then w.debt, w.parts = w.next_debt, w.next_parts end
    longest = math.max(longest, w.debt + 1)
    text[#text + 1] = string.format('%.0f %.0f %.0f %.0f', w.calls, w.seconds, w.debt, w.parts)
  end
  local lives_ms = math.floor((longest + at - now) / 1000) + 1
  -- The server forgets by its own clock, which says nothing about a time that was brought along.
  if tonumber(ARGV[1]) then lives_ms = math.max(lives_ms, 3600000) end
  redis.call('SET', KEYS[1], table.concat(text, ' '), 'PX', string.format('%.0f', lives_ms))
end
if wait > 0 then wait = wait + at - now end
return {wanted, wait}
)lua";

constexpr std::size_t windows_max = 8;

const std::string& script_digest() {
  static const std::string digest = [] {
    std::string text;
    for (const std::uint8_t byte : crypto::sha1(as_bytes(script))) {
      text += "0123456789abcdef"[byte >> 4U];
      text += "0123456789abcdef"[byte & 15U];
    }
    return text;
  }();
  return digest;
}

Result<Charged> read_answer(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) {
    return fail(Code::rate_limiter_unavailable, "Redis: " + std::string(text_of(reply)));
  }
  const bool pair = reply.type == REDIS_REPLY_ARRAY && reply.elements == 2 &&
                    reply.element[0]->type == REDIS_REPLY_INTEGER && reply.element[1]->type == REDIS_REPLY_INTEGER;
  if (!pair || reply.element[0]->integer < 0 || reply.element[1]->integer < 0) {
    return fail(Code::rate_limiter_unavailable, "Redis: an answer of another form than was asked for");
  }
  return Charged{static_cast<std::uint32_t>(reply.element[0]->integer),
                 static_cast<std::uint64_t>(reply.element[1]->integer)};
}

}  // namespace

std::string counter_key(std::string_view client_id) {
  // A client's braces would end the tag too soon; it stays one-to-one, for a client's own `%` is escaped as well.
  std::string key = "locket:rate:{";
  for (const char c : client_id) {
    if (c == '{') {
      key += "%7B";
    } else if (c == '}') {
      key += "%7D";
    } else if (c == '%') {
      key += "%25";
    } else {
      key += c;
    }
  }
  return key + "}";
}

Result<Charged> charge_counter(Cluster& cluster, const Charge& charge, Moment until) {
  if (charge.windows.size() > windows_max) return fail(Code::argument_invalid, "too many windows");
  const std::string key = counter_key(charge.client_id);
  std::array<std::string, 2 + 2 * windows_max> numbers;
  numbers[0] = charge.time_us ? std::to_string(*charge.time_us) : "-";
  numbers[1] = std::to_string(charge.calls);
  std::size_t count = 2;
  for (const RateWindow& window : charge.windows) {
    numbers[count++] = std::to_string(window.calls);
    numbers[count++] = std::to_string(window.seconds);
  }
  std::array<std::string_view, 4 + 2 + 2 * windows_max> words{"EVALSHA", script_digest(), "1", key};
  for (std::size_t i = 0; i < count; ++i) words[4 + i] = numbers[i];
  auto reply = cluster.call(key, {words.data(), 4 + count}, until);
  if (reply && (*reply)->type == REDIS_REPLY_ERROR && text_of(**reply).starts_with("NOSCRIPT")) {
    words[0] = "EVAL";
    words[1] = script;
    reply = cluster.call(key, {words.data(), 4 + count}, until);
  }
  if (!reply) return std::unexpected(std::move(reply.error()));
  return read_answer(**reply);
}

}  // namespace locket::redis
