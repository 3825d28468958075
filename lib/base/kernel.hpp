#pragma once

#include <cstdint>

namespace locket {

/// Which form of an inner loop runs. Both give the same bytes.
enum class Kernel : std::uint8_t {
  automatic,  ///< the fastest that this CPU has
  plain,      ///< without vector instructions of our own; the one that the others are judged by
};

/// What the process runs on: `plain` when the environment variable LOCKET_KERNEL is exactly that at the first call,
/// else `automatic`; a set-user-id process ignores the variable. The same answer for the life of the process, so it
/// costs one load after the first call. Never fails. Any thread.
[[nodiscard]] Kernel chosen_kernel() noexcept;

}  // namespace locket
