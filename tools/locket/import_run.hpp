#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "failure_register.hpp"
#include "import_source.hpp"
#include "locket/engine.hpp"

namespace locket::tool {

/// How the import of one picture ended: stored, stored before and unchanged, or failed.
struct ImportOutcome {
  std::optional<Error> failure;
  bool unchanged = false;
};

/// How an import is done.
struct ImportSettings {
  Limits limits;
  unsigned jobs = 1;   ///< pictures at once
  bool force = false;  ///< render again what is stored unchanged
};

/// Imports pictures, several at once, and tells each outcome.
/// Inputs: the engine; where failures are noted; the items, which must stay unchanged; the settings; `tell`, which is
/// called once for each item that was begun, by one thread at a time and in the order of the items; `stop`, asked
/// before each item: true ends the run, what was begun is finished. Memory: the files of `jobs` pictures at once.
void import_pictures(Engine& engine, FailureRegister& failures, const std::vector<ImportItem>& items,
                     const ImportSettings& settings,
                     const std::function<void(const ImportItem&, const ImportOutcome&)>& tell,
                     const std::function<bool()>& stop);

}  // namespace locket::tool
