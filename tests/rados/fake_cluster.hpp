#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace locket {

/// A cluster in this process's memory that stands behind the calls of librados, for what a real one can't be made to
/// do: a change between two calls, an answer that is lost, a notice that comes late. It keeps the limits of a real one:
/// 65,535 steps and 90 MiB an operation.
struct FakeCluster {
  /// The one there is. For one test at a time.
  static FakeCluster& get();

  /// Forgets all objects, hooks and faults.
  void reset();

  /// Ends every watch that there is, and tells those who watched.
  void lose_watches();

  /// Ends every watch that there is, and tells nobody.
  void forget_watches();

  /// Called before a call (`stat`, `read`, `look` for a read of several things, `write`, `watch`, `notify`) on an
  /// object, without a lock; not from within itself.
  std::function<void(std::string_view what, std::string_view object)> before;
  /// What a call (`look`, `watch`) answers without doing anything; 0: it is done.
  std::function<int(std::string_view what, std::string_view object)> failure;
  /// What every telling answers, without anybody being told; 0: all are told.
  int notify_result = 0;
  /// Whether a telling never ends, and nobody is told.
  bool notify_hangs = false;
  /// Whether each watch has one more notice under way when it ends.
  bool late_notices = false;
  /// Whether the pool has no room: what needs more is refused, or waited for where that was not asked for.
  bool full = false;
  /// What was done that a caller of librados must not do.
  std::vector<std::string> faults;
};

}  // namespace locket
