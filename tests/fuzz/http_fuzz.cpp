#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz_target.hpp"
#include "guarded_house.hpp"
#include "local_server.hpp"
#include "second_reader.hpp"

namespace locket::fuzz {
namespace {

constexpr std::size_t pieces_max = 64;
constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

/// What a client sends: the first byte tells how large the pieces are in which it is sent, the rest is sent as it is,
/// but that `{alice}`, `{max}` and `{mallory}` stand for somebody's bearer token.
struct Sent {
  std::string text;
  bool may_see = false;     // a token of somebody who may was put in
  bool may_manage = false;  // of somebody who may store
  std::vector<std::string_view> pieces;
};

bool put_tokens(std::string& text, std::string_view user) {
  const std::string place = "{" + std::string(user) + "}";
  bool put = false;
  for (std::size_t at = 0; (at = text.find(place, at)) != text.npos; put = true) {
    text.replace(at, place.size(), GuardedHouse::shared().bearer_of(user));
  }
  return put;
}

void spell(BytesView input, Sent& sent) {
  InputReader reader(input);
  const unsigned piece = reader.take_byte();
  sent.text = as_text(reader.rest());
  const bool alice = put_tokens(sent.text, "alice");
  sent.may_manage = put_tokens(sent.text, "max");
  sent.may_see = alice || sent.may_manage;
  put_tokens(sent.text, "mallory");
  std::string_view rest = sent.text;
  while (piece % 4 != 0 && rest.size() > piece && sent.pieces.size() < pieces_max) {
    sent.pieces.push_back(rest.substr(0, piece));
    rest.remove_prefix(piece);
  }
  if (!rest.empty()) sent.pieces.push_back(rest);
}

/// One answer, as RFC 9112 has it.
struct Answer {
  unsigned status = 0;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, [](const auto& header) { return header.first; });
    if (found == headers.end()) return std::nullopt;
    return found->second;
  }
};

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  demand(end != rest.npos, "an answer's head is whole");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  for (const char letter : line) demand(letter >= 0x20 && letter < 0x7F, "a head holds plain text only");
  return line;
}

std::size_t to_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  demand(error == std::errc() && end == text.data() + text.size(), "a count is a number");
  return number;
}

void take_headers(std::string_view& rest, Answer& answer) {
  for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
    const std::size_t colon = line.find(": ");
    demand(colon != line.npos && colon > 0, "a header has a name and a value");
    const std::string_view name = line.substr(0, colon);
    demand(std::ranges::all_of(
               name, [](char letter) { return letter == '-' || std::isalnum(static_cast<unsigned char>(letter)); }),
           "a header's name is a word");
    demand(!answer.header(name), "no header stands there twice");
    answer.headers.emplace_back(name, line.substr(colon + 2));
  }
}

/// Takes the next answer off what came back. One to a HEAD has no body, and none begins as an answer does.
Answer take_answer(std::string_view& rest) {
  constexpr std::string_view version = "HTTP/1.1 ";
  Answer answer;
  const std::string_view line = take_line(rest);
  demand(line.starts_with(version) && line.size() > version.size() + 4 && line[version.size() + 3] == ' ',
         "an answer begins with its status");
  answer.status = static_cast<unsigned>(to_number(line.substr(version.size(), 3)));
  take_headers(rest, answer);
  if (answer.status == 100) {
    demand(answer.headers.empty(), "an answer in between is a line");
    return answer;
  }
  const auto length = answer.header("Content-Length");
  const bool bare = answer.status == 204 || answer.status == 304;
  demand(bare || length.has_value(), "an answer tells its length");
  const std::size_t bytes = bare || !length ? 0 : to_number(*length);
  if (bytes == 0 || rest.empty() || rest.starts_with(version)) return answer;
  demand(rest.size() >= bytes, "a body is whole");
  answer.body = rest.substr(0, bytes);
  rest.remove_prefix(bytes);
  return answer;
}

void check_answer(const Answer& answer, const Sent& sent) {
  constexpr std::array known{200U, 201U, 204U, 304U, 400U, 401U, 403U, 404U, 405U, 412U, 413U, 417U, 422U, 431U, 501U};
  demand(std::ranges::find(known, answer.status) != known.end(), "an answer has a documented status");
  const auto id = answer.header("X-Correlation-Id");
  demand(id && !id->empty() && id->size() <= 64, "an answer has an id");
  demand(answer.header("Date").has_value(), "an answer has a date");
  demand(answer.status != 201 || sent.may_manage, "only who may manage stores");
  const auto type = answer.header("Content-Type").value_or("");
  if (type == "image/png") {
    demand(sent.may_see && (answer.status == 200 || answer.status == 304), "only who may see is shown a picture");
    demand(answer.body.empty() || answer.body.starts_with(png_signature), "a picture is a PNG");
  }
  if (answer.status >= 400 && !answer.body.empty()) {
    demand(type == "application/json" && answer.body.starts_with(R"({"error":{"code":")"), "a refusal has its form");
    demand(second::read_json(answer.body, 8).has_value(), "a refusal is JSON");
    demand(answer.body.size() < 1'000, "a refusal is short");
  }
}

tool::Service make_service() {
  static tool::AccessLog log;
  demand(log.open("/dev/null"), "a log is opened");
  auto& house = GuardedHouse::shared();
  tool::Service service;
  service.engine = &house.engine();
  service.store = &house.store();
  service.access = &house.access();
  service.log = &log;
  service.limits.header_bytes_max = 2'048;  // so that inputs of a few kilobytes reach it
  service.limits.header_lines_max = 30;
  service.limits.linger_bytes_max = 4'096;
  service.picture_bytes_max = Limits{}.picture_bytes_max;
  service.allowed_origins = {"https://example.org"};
  service.operator_routes = tool::OperatorRoutes::local;
  return service;
}

}  // namespace

void feed_http(BytesView input) {
  static const tool::Service service = make_service();
  static tool::LocalServer server(service);
  Sent sent;
  spell(input, sent);
  const auto came = server.exchange(sent.pieces);
  demand(came.has_value(), "a connection ends");
  demand(sent.may_see || came->find(png_signature) == came->npos, "no picture without a token");
  std::string_view rest = *came;
  bool closed = false;
  while (!rest.empty()) {
    demand(!closed, "nothing comes after the end");
    const Answer answer = take_answer(rest);
    if (answer.status == 100) continue;
    check_answer(answer, sent);
    closed = answer.header("Connection") == "close";
  }
}

}  // namespace locket::fuzz
