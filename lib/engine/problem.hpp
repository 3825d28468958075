#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/request.hpp"

namespace locket::engine {

/// The operation that a problem answers; its name stands in some bodies and headers.
enum class Operation : std::uint8_t { get_thumbnail, put_thumbnail };

/// What an answer needs to know beyond the code.
struct ProblemContext {
  Operation operation = Operation::get_thumbnail;
  std::string_view quoted;    ///< the caller's text that one detail quotes; escaped and cut here
  std::string_view api_name;  ///< the four of a 429; one that is empty has no header
  std::string_view operation_name;
  std::string_view tier;
  std::string_view client_id;
  std::uint32_t retry_after_s = 0;  ///< of a 429; with 503: 0 for no header
};

/// The one exit of every failure: turns a code into the exact answer of the iModels API, by one table.
/// Inputs: any code; what its body quotes; the limits. Result: status, headers and JSON body, nothing of the caller's
/// but the quoted text, escaped. Cost: a few allocations. Any thread. May throw `std::bad_alloc`.
[[nodiscard]] Response to_response(Code code, const ProblemContext& context, const Limits& limits);

/// The status of a code, by the same table. Never fails.
[[nodiscard]] std::uint16_t status_of(Code code) noexcept;

}  // namespace locket::engine
