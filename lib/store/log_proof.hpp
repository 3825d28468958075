#pragma once

#include <string>

#include "locket/error.hpp"

namespace locket::store {

/// Looks for damage in a write-ahead log that is about to be recovered. What follows a page that is not what was
/// written is dropped by the recovery without a word, as after a power cut, which leaves one commit behind such a page
/// at most: each is synced before the next begins. Two or more were acknowledged, and would be lost. The same behind
/// the damaged head of the log, as long as its salts or its sums still tell whose pages follow. Input: the path of
/// the log. Only under the write lock and where nobody else has the store open, when no log is being written. Result:
/// nothing, also where there is no log; `store_corrupt` with how many commits are cut off, the log untouched;
/// `store_io_failed` or `out_of_memory` when it can't be read. Cost: reads the log once, or
/// twice where its head is damaged. Source: sqlite.org/fileformat2.html, section 4.
[[nodiscard]] Result<void> prove_log(const std::string& path);

}  // namespace locket::store
