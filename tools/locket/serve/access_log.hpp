#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "locket/guid.hpp"
#include "serve/route.hpp"
#include "serve/server_metrics.hpp"

namespace locket::tool {

/// One request, as the access log tells it. Never a token, a query or a path that a client made up.
struct AccessEntry {
  std::string_view correlation_id;
  std::string_view peer;
  MethodKind method = MethodKind::other;
  Route route = Route::unknown;
  std::optional<Guid> imodel_id;
  std::uint16_t status = 0;  ///< 0: the client was gone
  std::uint64_t bytes = 0;
  std::uint64_t duration_us = 0;
  std::string_view user;       ///< of the token; empty where none was accepted
  std::string_view client_id;  ///< the same
  std::string_view rule;       ///< that decided; empty where access was not decided
  std::string_view code;       ///< of the refusal; empty where there was none, or the transport refused by itself
  std::string_view why;        ///< what is wrong with the token, the picture or the request; may be empty
};

/// Writes one JSON object a line for each request. Lines are gathered and written at `flush` or when there are many.
/// Any thread.
class AccessLog {
 public:
  /// A log that is written nowhere.
  AccessLog() = default;
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  ~AccessLog();

  /// Writes to standard error (`-`) or at the end of a file from now on. Result: whether it could be opened.
  [[nodiscard]] bool open(const std::string& path);

  /// Opens the file anew, for one that was moved away. Result: whether it could; if not, the old one stays in use.
  bool reopen();

  /// Whether lines are written at all. Not while `open` runs.
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

  /// Takes one line.
  void write(const AccessEntry& entry);

  /// Writes out what was gathered.
  void flush();

 private:
  void flush_locked();

  std::mutex mutex_;
  std::string path_;
  std::string lines_;
  std::size_t waited_bytes_ = 0;  // how much of them could not be written before
  int descriptor_ = -1;
};

}  // namespace locket::tool
