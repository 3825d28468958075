#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"

namespace locket {

enum class Method : std::uint8_t { get, head, put, other };

/// One header line as the transport read it; the name in any case, the value without blanks around it.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// A request, free of any transport. Only views: everything must stay valid during the call.
struct Request {
  Method method = Method::get;
  std::string_view imodel_id{};  ///< the path segment `{id}`, as it came, not decoded
  std::string_view query{};      ///< what follows `?`, as it came, not decoded
  std::span<const HeaderView> headers{};
  BytesView body{};
  std::uint64_t body_bytes = 0;  ///< of the whole body, where the transport stopped reading at the limit
};

/// One header line of an answer.
struct Header {
  std::string_view name;  ///< one of locket's own names: static, ASCII
  std::string value;

  bool operator==(const Header&) const = default;
};

/// Where the picture of an answer came from.
enum class ThumbnailSource : std::uint8_t { none, default_picture, uploaded };

/// The answer to a request. `body` is shared with the engine's memory and never copied. That of an error is there for
/// HEAD as well; a transport sends none then (RFC 9110, section 9.3.2).
struct Response {
  std::uint16_t status = 500;
  std::vector<Header> headers;
  SharedBytes body;
  ThumbnailSource source = ThumbnailSource::none;

  /// The value of a header (name in any case), or nothing. Lives as long as the response.
  [[nodiscard]] LOCKET_API std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// Whether a list of entity tags (`If-None-Match`, `If-Match`; several lines are joined by commas) names `etag`, RFC
/// 9110 section 13.1. A `*` that stands alone names every one. For a transport that has resources of its own. Inputs:
/// the list; a strong tag without a comma; `weak`: a `W/` in front does not matter (If-None-Match). Never fails,
/// allocates nothing. Any thread. Cost: linear.
[[nodiscard]] LOCKET_API bool names_etag(std::string_view list, std::string_view etag, bool weak) noexcept;

}  // namespace locket
