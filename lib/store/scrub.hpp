#pragma once

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Re-reads every picture, every key row and the access facts, compares all digests, and has the database engine prove
/// its structure. Reads in short transactions, so that the log does not grow however long it takes; only the engine's
/// own walk is one. With a rate, that walk leaves out the pictures, whose pages are read one by one anyway.
/// Inputs: a connection that reads, outside of a transaction; how to go on. Result: what was found, so far when it was
/// stopped; or the error that kept it from going on.
[[nodiscard]] Result<CheckReport> scrub(Connection& connection, const CheckOptions& options);

}  // namespace locket::store
