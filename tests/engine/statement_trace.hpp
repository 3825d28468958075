#pragma once

#include <string>
#include <vector>

namespace locket {

/// Sees every SQL statement of every connection that this process opens after `install`.
class StatementTrace {
 public:
  /// Watches connections from now on. To be called before a store is opened. Any number of times.
  static void install();

  /// Starts to keep what is run.
  StatementTrace();
  ~StatementTrace();
  StatementTrace(const StatementTrace&) = delete;
  StatementTrace& operator=(const StatementTrace&) = delete;

  /// The texts of the statements that ran since, values not put in. What SQLite runs to open a picture has no text.
  [[nodiscard]] std::vector<std::string> statements() const;
};

}  // namespace locket
