#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "fuzz_target.hpp"
#include "guarded_house.hpp"
#include "second_reader.hpp"

namespace locket::fuzz {
namespace {

/// A request as the input spells it: the method's number, the id, the query and the headers, a line each, an empty
/// line, the body. `{alice}`, `{max}` and `{mallory}` stand for somebody's bearer token.
struct Spelt {
  Request request;
  std::vector<std::string> texts;
  std::vector<HeaderView> headers;
  std::string user;  // whose token was put in
};

/// Only a header of this very name names a user.
bool is_authorization(std::string_view name) {
  constexpr std::string_view wanted = "authorization";
  return std::ranges::equal(name, wanted, {},
                            [](char letter) { return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter; });
}

void put_token(std::string& value, std::string& user) {
  for (const std::string_view name : {"alice", "max", "mallory"}) {
    const std::string place = "{" + std::string(name) + "}";
    if (value != place) continue;
    value = GuardedHouse::shared().bearer_of(name);
    user = name;
  }
}

void spell(BytesView input, Spelt& spelt) {
  constexpr std::array methods{Method::get, Method::put, Method::head, Method::other};
  InputReader reader(input);
  spelt.request.method = methods[reader.take_byte() % methods.size()];
  spelt.request.imodel_id = reader.take_line();
  spelt.request.query = reader.take_line();
  spelt.texts.reserve(128);
  while (spelt.texts.size() + 2 <= 128) {
    const std::string_view line = reader.take_line();
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(':'), line.size());
    spelt.texts.emplace_back(line.substr(0, colon));
    std::string value(line.substr(std::min(colon + 1, line.size())));
    std::ranges::replace(value, '\x1e', '\n');
    if (is_authorization(spelt.texts.back())) put_token(value, spelt.user);
    spelt.texts.push_back(std::move(value));
    spelt.headers.push_back({spelt.texts[spelt.texts.size() - 2], spelt.texts.back()});
  }
  spelt.request.headers = spelt.headers;
  spelt.request.body = reader.rest();
  spelt.request.body_bytes = reader.rest().size();
}

/// The bodies that hold nothing of a caller.
std::string_view fixed_body(std::uint16_t status) {
  switch (status) {
    case 403:
      return R"({"error":{"code":"InsufficientPermissions","message":"The user has insufficient permissions )"
             R"(for the requested operation."}})";
    case 404: return R"({"error":{"code":"iModelNotFound","message":"Requested iModel is not available."}})";
    case 413:
      return R"({"error":{"code":"RequestTooLarge","message":"The request body exceeds the maximum )"
             R"(size of 5242880 bytes."}})";
    default: return {};
  }
}

void check_refusal(const Response& response) {
  constexpr std::array known{401, 403, 404, 405, 412, 413, 422};
  demand(std::ranges::find(known, response.status) != known.end(), "a refusal has a documented status");
  const std::string_view body = as_text(response.body.view());
  const auto json = second::read_json(body, 8);
  demand(json && json->kind == 'o', "a refusal's body is JSON");
  demand(body.starts_with(R"({"error":{"code":")"), "a refusal's body has its form");
  const std::string_view fixed = fixed_body(response.status);
  demand(fixed.empty() || body == fixed, "a refusal's body is the documented one");
  demand(body.size() < 1'000, "a refusal is short");
}

void check(const Spelt& spelt, const Response& response) {
  for (const Header& header : response.headers) {
    for (const char letter : header.value) demand(letter >= 0x20 && letter < 0x7F, "a header holds plain text only");
  }
  const bool head = spelt.request.method == Method::head;
  if (response.status == 200 || response.status == 304 || response.status == 201) {
    demand(spelt.user == "max" || (spelt.user == "alice" && response.status != 201), "only who may is served");
    demand(response.status != 200 || head || sniff_media_type(response.body.view()) == MediaType::png,
           "a picture is a PNG");
  } else {
    check_refusal(response);
  }
  demand(!spelt.user.empty() || response.status == 401, "without a token there is nothing");
  if (spelt.user == "mallory") {
    demand(response.status != 403 && response.status != 412, "what is hidden is not told");
  }
  const auto length = response.header("content-length");
  demand(head || !length || *length == std::to_string(response.body.size()), "the length is the body's");
}

}  // namespace

void feed_request(BytesView input) {
  Spelt spelt;
  spell(input, spelt);
  check(spelt, GuardedHouse::shared().engine().handle(spelt.request));
}

}  // namespace locket::fuzz
