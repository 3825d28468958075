#pragma once

#include <cstdint>
#include <span>

#include "locket/error.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Written into the header of each store: "loKT" in ASCII.
inline constexpr std::uint32_t application_id = 0x6C6F4B54;

/// The version of the tables that this build reads and writes.
inline constexpr std::uint32_t schema_version = 1;

/// One step forward of the tables, from a version to the next, which its script also writes into the file.
struct Migration {
  std::uint32_t from = 0;
  const char* script = nullptr;
};

/// Makes all tables in a new, empty database file, in write-ahead mode, durably. Result: nothing; or the error.
[[nodiscard]] Result<void> create_schema(Connection& connection);

/// Compares what the file says of itself with what this build knows.
/// Result: the file's version, at most `schema_version`; or `store_foreign` or `store_newer`. Changes nothing.
[[nodiscard]] Result<std::uint32_t> read_schema_version(Connection& connection);

/// Proves that the tables and indexes are exactly those of this version, so that no trigger, view or changed rule of a
/// stranger's hand is in the file. Result: nothing; or `store_corrupt`. Changes nothing.
[[nodiscard]] Result<void> verify_schema(Connection& connection);

/// Brings an older file forward in one transaction: all steps or none.
/// Inputs: the connection, under the write lock; the steps, in order of their versions; the version to reach.
/// Result: nothing; or `store_failed` where a step is missing, or the error of a step; the file is then as it was.
[[nodiscard]] Result<void> migrate(Connection& connection, std::span<const Migration> steps, std::uint32_t target);

/// The steps that lead to `schema_version`. Static.
[[nodiscard]] std::span<const Migration> migrations() noexcept;

}  // namespace locket::store
