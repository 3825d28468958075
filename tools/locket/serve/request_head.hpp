#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "locket/request.hpp"
#include "serve/server_limits.hpp"
#include "serve/server_metrics.hpp"

namespace locket::tool {

/// Reads one request; an upload's body grows in it.
using Parser = boost::beast::http::request_parser<boost::beast::http::vector_body<unsigned char>>;

/// Looks at Boost's kind of view as the library's. Lives as long as the text.
[[nodiscard]] inline std::string_view view(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

/// The method, as the metrics tell it apart.
[[nodiscard]] MethodKind kind_of(boost::beast::http::verb verb) noexcept;

/// The method, as the engine tells it apart.
[[nodiscard]] Method method_of(MethodKind kind) noexcept;

/// What HTTP itself asks of a head that could be parsed (RFC 9112), and the limit of its lines.
/// Result: 0, or the status of the refusal. Never fails.
[[nodiscard]] std::uint16_t head_fault(const Parser& parser, const ServerLimits& limits) noexcept;

/// The values of all lines of one name, in their order and joined by commas, as RFC 9110 section 5.3 allows for lists.
[[nodiscard]] std::string joined_field(const Parser& parser, boost::beast::http::field name);

/// Fills `headers` with views of all header lines, in their order. They live as long as the parser.
void collect_headers(const Parser& parser, std::vector<HeaderView>& headers);

}  // namespace locket::tool
