#pragma once

#include <cstdint>

namespace locket::policy {

/// How often this thread has taken memory with `operator new` since it began, in this test program.
[[nodiscard]] std::uint64_t allocations_of_this_thread() noexcept;

}  // namespace locket::policy
