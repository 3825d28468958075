#include "policy/claims.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "policy/json.hpp"

namespace locket::policy {
namespace {

constexpr std::int64_t last_second = 253'402'300'799;  // 9999-12-31T23:59:59Z, the last that RFC 3339 can write

std::unexpected<Error> reject(std::string_view reason) { return fail(Code::token_rejected, std::string(reason)); }

enum class Rounding { down, up };

// Whole seconds of a NumericDate. A fraction is rounded so that the token holds for less time, never for more.
std::optional<std::int64_t> read_date(const JsonValue& value, Rounding rounding) noexcept {
  if (const auto whole = value.integer()) {
    return *whole >= 0 && *whole <= last_second ? whole : std::nullopt;
  }
  const auto number = value.number();
  if (!number || *number < 0 || *number > static_cast<double>(last_second)) return std::nullopt;
  return static_cast<std::int64_t>(rounding == Rounding::up ? std::ceil(*number) : std::floor(*number));
}

Result<TokenPeriod> read_period(const JsonValue& payload) {
  const auto expires = read_date(payload.find("exp"), Rounding::down);
  if (!expires) return reject("exp is missing or not a date");
  TokenPeriod period{.not_before = {0}, .expires = {*expires}};
  for (const auto& [name, rounding] : {std::pair{"nbf", Rounding::up}, std::pair{"iat", Rounding::down}}) {
    const JsonValue value = payload.find(name);
    if (!value) continue;
    const auto date = read_date(value, rounding);
    if (!date) return reject(std::string(name) + " is not a date");
    period.not_before.seconds = std::max(period.not_before.seconds, *date);
  }
  return period;
}

// The name of a user or client, fit to stand in a header or a log.
std::optional<std::string_view> read_identifier(const JsonValue& value, const Limits& limits) noexcept {
  const auto text = value.string();
  if (!text || text->empty() || text->size() > limits.identifier_bytes_max) return std::nullopt;
  const bool has_control =
      std::any_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return has_control ? std::nullopt : text;
}

bool holds_only_texts(const JsonValue& array) noexcept {
  return std::all_of(array.begin(), array.end(), [](const JsonValue& element) { return element.string().has_value(); });
}

bool has_element(const JsonValue& array, std::string_view wanted) noexcept {
  return std::any_of(array.begin(), array.end(),
                     [wanted](const JsonValue& element) { return element.string() == wanted; });
}

Result<void> check_issuer(const JsonValue& value, std::string_view wanted) {
  if (value && !value.string()) return reject("iss is not a text");
  if (!wanted.empty() && value.string() != wanted) return reject("iss is not the issuer that is asked for");
  return {};
}

Result<void> check_audience(const JsonValue& value, std::string_view wanted) {
  const bool is_array = value.kind() == JsonKind::array;
  if (value && !value.string() && !(is_array && holds_only_texts(value))) return reject("aud is not a text or texts");
  if (wanted.empty()) return {};
  const bool found = is_array ? has_element(value, wanted) : value.string() == wanted;
  if (!found) return reject("aud does not have the audience that is asked for");
  return {};
}

// Looks for one scope among those that stand in one text.
Result<bool> has_scope(std::string_view scopes, std::string_view wanted) {
  bool found = false;
  while (true) {
    const std::size_t blank = scopes.find(' ');
    const std::string_view scope = scopes.substr(0, blank);
    if (!is_scope_token(scope)) return reject("scope is not a list of scopes");
    found = found || scope == wanted;
    if (blank == std::string_view::npos) return found;
    scopes.remove_prefix(blank + 1);
  }
}

Result<void> check_scope(const JsonValue& value, std::string_view wanted) {
  bool found = false;
  if (const auto text = value.string()) {
    auto among = has_scope(*text, wanted);
    if (!among) return std::unexpected(std::move(among.error()));
    found = *among;
  } else if (value.kind() == JsonKind::array && holds_only_texts(value)) {
    found = has_element(value, wanted);
  } else {
    return reject("scope is missing or not a text or texts");
  }
  if (!found) return reject("scope does not have what is asked for");
  return {};
}

}  // namespace

bool is_scope_token(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E && c != '"' && c != '\\'; });
}

Result<ReadClaims> read_claims(std::string_view payload, const TokenRules& rules, const Limits& limits) {
  const auto document = parse_json(
      payload,
      {.bytes_max = limits.token_bytes_max, .depth_max = limits.json_depth_max, .values_max = limits.token_bytes_max});
  if (!document) return reject("the token's payload is not strict JSON: " + document.error().detail);
  const JsonValue root = document->root();
  if (root.kind() != JsonKind::object) return reject("the token's payload is not an object");
  if (auto checked = check_issuer(root.find("iss"), rules.issuer); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (auto checked = check_audience(root.find("aud"), rules.audience); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (auto checked = check_scope(root.find("scope"), rules.scope); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  auto period = read_period(root);
  if (!period) return std::unexpected(std::move(period.error()));
  const auto user = read_identifier(root.find("sub"), limits);
  if (!user) return reject("sub is missing, empty, too long or not a plain text");
  const auto client_id = read_identifier(root.find("client_id"), limits);
  if (!client_id) return reject("client_id is missing, empty, too long or not a plain text");
  auto claims = std::make_shared<const Claims>(
      Claims{.user = std::string(*user), .client_id = std::string(*client_id), .expires_at = period->expires});
  return ReadClaims{std::move(claims), *period};
}

}  // namespace locket::policy
