#pragma once

#include <cstdint>
#include <functional>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Re-reads every picture, every key row and the access facts, compares all digests, and has the database engine prove
/// its structure. Inputs: a connection that reads; `progress`, told now and then, which stops the work by returning
/// false. Result: what was found; or the error that kept it from going on.
[[nodiscard]] Result<CheckReport> scrub(Connection& connection,
                                        const std::function<bool(std::uint64_t, std::uint64_t)>& progress);

}  // namespace locket::store
