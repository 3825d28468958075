#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace locket::tool {

/// A host and a port of it.
struct NetworkAddress {
  std::string host;
  std::uint16_t port = 0;
};

/// Reads `HOST:PORT`, with brackets around an IPv6 address, which the host then lacks.
/// Result: nothing where the text has another form.
[[nodiscard]] std::optional<NetworkAddress> parse_network_address(std::string_view text);

}  // namespace locket::tool
