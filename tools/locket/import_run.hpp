#pragma once

#include <cstdint>
#include <functional>

#include "failure_register.hpp"
#include "source_drafter.hpp"
#include "source_finder.hpp"

namespace locket::tool {

/// What an import works with; all must outlive it.
struct ImportParts {
  Engine& engine;
  Store& store;
  FailureRegister* failures = nullptr;  ///< where failures are noted; nothing: nowhere
};

/// How an import goes about its work.
struct ImportPace {
  unsigned jobs = 1;     ///< sources that are read and rendered at once
  bool dry_run = false;  ///< store nothing
};

/// Finds sources and hands each to the sink, in the order in which they are told.
using ImportProducer = std::function<void(const ImportSink&)>;

/// Where an import tells how it goes. Each is called by one thread at a time.
struct ImportListener {
  std::function<void(const ImportItem&, const ImportOutcome&)>
      tell;                         ///< in the order of the sources; not of one passed over
  std::function<void()> pass_over;  ///< as of `ImportSink`
  std::function<bool()> stop;       ///< asked before each source: true ends the run, what was begun is finished
};

/// How an import ended.
struct ImportEnd {
  bool stopped = false;                ///< sources were left
  std::optional<Error> store_fault{};  ///< why the store takes nothing more: the import ended early
};

/// Imports sources: one thread finds them, `jobs` read and render, and some more store, which share the syncs
/// of the disk.
/// Of two sources with one iModel id the first counts, also where it fails, the other is a failure; the same file once
/// more is passed over. What is told as stored is durable.
/// Memory: a few hundred sources that were found, the files of `jobs` pictures, and the thumbnails of those and of
/// those that wait for the disk; and 32 to 64 bytes for each iModel id, of which there may be `imodels_max`.
[[nodiscard]] ImportEnd import_sources(const ImportParts& parts, const ImportSettings& settings, const ImportPace& pace,
                                       const ImportProducer& produce, const ImportListener& listener);

inline constexpr std::size_t imodels_max = 6'000'000;

}  // namespace locket::tool
