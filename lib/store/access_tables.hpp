#pragma once

#include <vector>

#include "locket/access.hpp"
#include "locket/error.hpp"
#include "locket/guid.hpp"
#include "store/connection.hpp"
#include "store/digest.hpp"

namespace locket::store {

/// Replaces all access facts, within a write transaction. iModels that have a thumbnail and are not named keep their
/// iTwin; those that have none and are not named are forgotten.
/// Result: nothing; `access_document_invalid` where the document breaks a rule of the tables; or a `store_` code.
[[nodiscard]] Result<void> write_access(Connection& connection, const AccessDocument& document);

/// Reads the access facts, within one transaction, each list in the order of its keys and the tiers in theirs.
[[nodiscard]] Result<AccessDocument> read_access(Connection& connection);

/// The same with the iModels on which nothing is configured. One of these whose entry is damaged is no reason to read
/// no facts: it is left out and added to `left_out`.
[[nodiscard]] Result<AccessDocument> read_whole_access(Connection& connection, std::vector<Guid>& left_out);

/// The digest of access facts as `read_access` gives them, leaving out the iModels on which nothing is configured: it
/// proves them at the next reading. Never fails. Cost: linear.
[[nodiscard]] Checksum access_checksum(const AccessDocument& document) noexcept;

}  // namespace locket::store
