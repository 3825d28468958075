#include "serve/answer.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <random>

namespace locket::tool {
namespace {

constexpr std::size_t correlation_id_chars_max = 64;

std::string_view reason_of(std::uint16_t status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

struct TransportProblem {
  std::uint16_t status;
  std::string_view code;
  std::string_view message;
};

constexpr std::array problems{
    TransportProblem{400, "BadRequest", "The request is not valid HTTP."},
    TransportProblem{404, "ResourceNotFound", "There is nothing at this path."},
    TransportProblem{405, "MethodNotAllowed", "The method is not allowed for this resource."},
    TransportProblem{408, "RequestTimeout", "The request did not arrive in time."},
    TransportProblem{417, "ExpectationFailed", "Only the expectation '100-continue' can be met."},
    TransportProblem{431, "RequestHeadersTooLarge", "The request's header lines are too many or too long."},
    TransportProblem{501, "NotImplemented", "The transfer coding is not supported."},
    TransportProblem{503, "ServiceUnavailable", "The service is temporarily unavailable. Try again later."},
};

bool is_correlation_char(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
         letter == '-' || letter == '_' || letter == '.' || letter == ':';
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const std::size_t begin = out.size();
  out.append(value);
  // What comes from a token or a document has been cleaned by the engine; a line must not end early even so.
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; }, '?');
  out.append("\r\n");
}

// The time of day changes once a second, and every answer tells it.
std::string_view date_text() {
  thread_local std::time_t told = -1;
  thread_local std::array<char, 40> text{};
  const std::time_t now = std::time(nullptr);
  if (now != told) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    told = now;
  }
  return text.data();
}

}  // namespace

Response transport_problem(std::uint16_t status, std::string_view allow) {
  const auto* const found = std::ranges::find(problems, status, &TransportProblem::status);
  const TransportProblem& problem = found != problems.end() ? *found : problems.front();
  std::string body = R"({"error":{"code":")";
  body.append(problem.code).append(R"(","message":")").append(problem.message).append("\"}}");
  Response response = text_answer(problem.status, "application/json", body);
  if (!allow.empty()) response.headers.push_back({"Allow", std::string(allow)});
  return response;
}

Response text_answer(std::uint16_t status, std::string_view media_type, std::string_view text) {
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", std::string(media_type)});
  response.headers.push_back({"Cache-Control", "no-store"});
  const BytesView bytes = as_bytes(text);
  response.body = SharedBytes(Bytes(bytes.begin(), bytes.end()));
  return response;
}

Response asset_answer(const EmbeddedFile& asset, std::string_view known_etags) {
  Response response;
  response.status = 200;
  response.headers.push_back({"Content-Type", std::string(media_type_of(asset))});
  response.headers.push_back({"ETag", std::string(asset.etag)});
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.headers.push_back(
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  response.body = SharedBytes(nullptr, as_bytes(asset.bytes));
  if (names_etag(known_etags, asset.etag, true)) {
    response.status = 304;
    response.body = {};
  }
  return response;
}

Response preflight_answer(Route route, bool origin_allowed) {
  Response response;
  response.status = 204;
  response.headers.push_back({"Allow", std::string(allowed_methods(route))});
  if (!origin_allowed) return response;
  response.headers.push_back({"Access-Control-Allow-Methods", std::string(allowed_methods(route))});
  response.headers.push_back(
      {"Access-Control-Allow-Headers",
       "Authorization, Accept, Content-Type, If-Match, If-None-Match, Prefer, X-Correlation-Id"});
  response.headers.push_back({"Access-Control-Max-Age", "600"});
  return response;
}

bool has_body(const Response& response, const AnswerFrame& frame) noexcept {
  return !frame.head_only && response.status != 204 && response.status != 304 && !response.body.empty();
}

void append_head(std::string& out, const Response& response, const AnswerFrame& frame) {
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_of(response.status)).append("\r\n");
  bool length_told = response.status == 204 || response.status == 304;
  for (const Header& header : response.headers) {
    append_line(out, header.name, header.value);
    length_told = length_told || header.name == "Content-Length";
  }
  if (!length_told) append_line(out, "Content-Length", std::to_string(response.body.size()));
  append_line(out, "Date", date_text());
  append_line(out, "X-Correlation-Id", frame.correlation_id);
  append_line(out, "X-Content-Type-Options", "nosniff");
  if (!frame.allowed_origin.empty()) {
    append_line(out, "Access-Control-Allow-Origin", frame.allowed_origin);
    append_line(out, "Access-Control-Expose-Headers",
                "ETag, ITwinPlatform-RateLimited-API, ITwinPlatform-RateLimited-Application, "
                "ITwinPlatform-RateLimited-Operation, ITwinPlatform-RateLimited-Tier, Retry-After, WWW-Authenticate, "
                "X-Correlation-Id, X-Thumbnail-Source");
  }
  if (frame.varies_by_origin) append_line(out, "Vary", "Origin");
  if (frame.close) {
    append_line(out, "Connection", "close");
  } else if (frame.http_1_0) {
    append_line(out, "Connection", "keep-alive");
  }
  out.append("\r\n");
}

std::string correlation_id(std::string_view from_client) {
  const bool good = !from_client.empty() && from_client.size() <= correlation_id_chars_max &&
                    std::ranges::all_of(from_client, is_correlation_char);
  if (good) return std::string(from_client);
  thread_local std::mt19937_64 random = [] {
    std::random_device entropy;
    std::seed_seq seed{entropy(), entropy(), entropy(), entropy()};
    return std::mt19937_64(seed);
  }();
  constexpr std::string_view digits = "0123456789abcdef";
  std::string made;
  for (int half = 0; half < 2; ++half) {
    std::uint64_t bits = random();
    for (int i = 0; i < 16; ++i, bits >>= 4) made.push_back(digits[bits & 15]);
  }
  return made;
}

}  // namespace locket::tool
