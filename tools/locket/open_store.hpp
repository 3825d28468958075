#pragma once

#include <memory>
#include <string>

#include "locket/store.hpp"
#include "program.hpp"

namespace locket::tool {

/// Whether a verb may make the store when there is none.
enum class Missing { make, refuse };

/// Whether a store's name is that of one on Ceph (`rados:POOL` or `rados:POOL/NAME`), not a file.
[[nodiscard]] bool is_on_ceph(const std::string& name);

/// Opens the store of a name: a file, or one on Ceph. One that had to be made is told on standard error. Result as
/// below.
[[nodiscard]] std::unique_ptr<Store> open_named_store(const std::string& name, Missing missing,
                                                      const Limits& limits = {});

/// Opens the store that `--store` names.
/// Result: the store; or nothing, after a complaint: the verb then ends with `ExitCode::unusable`.
[[nodiscard]] std::unique_ptr<Store> open_store(const Program& program, Missing missing, const Limits& limits = {});

/// Prints the library's warnings on standard error. Lives for the whole program. Any thread.
[[nodiscard]] LogSink& standard_error_log() noexcept;

}  // namespace locket::tool
