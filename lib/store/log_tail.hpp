#pragma once

#include "store/connection.hpp"

namespace locket::store {

/// Cuts off what lies in the write-ahead log behind the last commit: what a commit wrote whose sync then failed. Left
/// there it would be taken for committed by whoever recovers the log, though the disk may not hold it, and whatever is
/// committed behind it would be lost with it.
/// Input: a connection without a transaction, under the write lock. Result: whether it is done; if not, the log is as
/// it was, and harmless as long as this connection is open, because the log's index ends at the last commit.
[[nodiscard]] bool cut_log_tail(Connection& connection) noexcept;

}  // namespace locket::store
