#pragma once

#include <memory>

#include "locket/store.hpp"
#include "program.hpp"

namespace locket::tool {

/// Whether a verb may make the store when there is none.
enum class Missing { make, refuse };

/// Opens the store that `--store` names.
/// Result: the store; or nothing, after a complaint: the verb then ends with `ExitCode::unusable`.
[[nodiscard]] std::unique_ptr<Store> open_store(const Program& program, Missing missing, const Limits& limits = {});

/// Prints the library's warnings on standard error. Lives for the whole program. Any thread.
[[nodiscard]] LogSink& standard_error_log() noexcept;

}  // namespace locket::tool
