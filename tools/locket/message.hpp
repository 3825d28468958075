#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exit_code.hpp"
#include "locket/error.hpp"

namespace locket::tool {

/// A text for a person's terminal: control characters and bytes that are no UTF-8 are shown as `\x1b`.
[[nodiscard]] std::string printable(std::string_view text);

/// A count with its thousands set apart: `5,242,880`.
[[nodiscard]] std::string grouped(std::uint64_t count);

/// A count with its noun: `1 file`, `5,242 files`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

/// What a person can do about a failure, in one sentence; empty where nothing helps.
[[nodiscard]] std::string_view advice_on(Code code) noexcept;

/// Prints `locket: MESSAGE` on standard error.
void complain(std::string_view message);

/// Prints what failed, why, and what to do about it, on standard error.
/// Input: what was attempted (`can't open the store FILE`); the error.
void complain(std::string_view attempt, const Error& error);

}  // namespace locket::tool
