#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "locket/request.hpp"
#include "serve/page_asset.hpp"
#include "serve/route.hpp"

namespace locket::tool {

/// The answer to a request that never reached the engine: a status of HTTP itself, with a body of the same shape as the
/// engine's. `allow` fills the header `Allow` of a 405.
[[nodiscard]] Response transport_problem(std::uint16_t status, std::string_view allow = {});

/// An answer with a body of the program's own.
[[nodiscard]] Response text_answer(std::uint16_t status, std::string_view media_type, std::string_view text);

/// A compiled-in file, or 304 where `known_etags` (all values of If-None-Match, joined by commas) names it; under the
/// strictest content policy that a page of its own scripts and styles can live with.
[[nodiscard]] Response asset_answer(const EmbeddedFile& asset, std::string_view known_etags);

/// What a browser is told who asks before a request from another origin (CORS).
[[nodiscard]] Response preflight_answer(Route route, bool origin_allowed);

/// How an answer goes out.
struct AnswerFrame {
  bool head_only = false;           ///< the request was a HEAD
  bool close = false;               ///< the connection ends with it
  bool http_1_0 = false;            ///< the client speaks HTTP/1.0
  std::string_view correlation_id;  ///< checked or made by us
  std::string_view allowed_origin;  ///< the request's origin, or `*`; empty: no CORS headers
  bool varies_by_origin = false;
};

/// Whether the answer has bytes to send behind its head.
[[nodiscard]] bool has_body(const Response& response, const AnswerFrame& frame) noexcept;

/// Appends the answer's status line and header lines. Control bytes in a value become `?`. Any thread.
void append_head(std::string& out, const Response& response, const AnswerFrame& frame);

/// The correlation id to answer with: the client's, where it is 1 to 64 letters, digits and `-_.:`, else a new one.
[[nodiscard]] std::string correlation_id(std::string_view from_client);

}  // namespace locket::tool
