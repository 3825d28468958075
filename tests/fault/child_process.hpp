#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace locket::fault {

/// A child of this process that does some work and tells of its progress in numbers, and that can be killed at any
/// moment. What it told before its death is never lost.
class ChildProcess {
 public:
  /// Tells the parent a number.
  using Tell = std::function<void(std::uint64_t)>;

  /// Forks. `work` must end by itself or by the kill; when it returns false or throws, the child ends with code 1.
  explicit ChildProcess(const std::function<bool(const Tell&)>& work);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Ends it with a signal that can't be caught.
  void kill();
  /// Waits for its end. Result: its exit code, or 128 and the signal.
  int wait();
  /// Whether it has not ended yet.
  [[nodiscard]] bool is_running();
  /// All numbers that it has told so far.
  const std::vector<std::uint64_t>& told();

 private:
  pid_t process_;
  int pipe_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::vector<std::uint64_t> told_;
};

}  // namespace locket::fault
