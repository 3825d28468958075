#include "fault/child_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace locket::fault {

ChildProcess::ChildProcess(const std::function<bool(const Tell&)>& work) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("no child");
  if (process_ == 0) {
    close(ends[0]);
    bool good = false;
    try {
      good = work([&ends](std::uint64_t number) {
        if (write(ends[1], &number, sizeof number) != sizeof number) _exit(2);  // the parent is gone
      });
    } catch (...) {
    }
    _exit(good ? 0 : 1);
  }
  close(ends[1]);
  pipe_ = ends[0];
  fcntl(pipe_, F_SETFL, O_NONBLOCK);
}

ChildProcess::~ChildProcess() {
  if (!ended_) kill();
  close(pipe_);
}

void ChildProcess::kill() {
  ::kill(process_, SIGKILL);
  wait();
}

bool ChildProcess::is_running() {
  if (!ended_) ended_ = waitpid(process_, &status_, WNOHANG) == process_;
  return !ended_;
}

int ChildProcess::wait() {
  while (is_running()) {
    told();  // a child that has much to tell must not wait for a full pipe
    usleep(1'000);
  }
  told();
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

const std::vector<std::uint64_t>& ChildProcess::told() {
  std::array<std::uint64_t, 512> numbers{};
  while (true) {
    const ssize_t count = read(pipe_, numbers.data(), sizeof numbers);
    if (count <= 0) return told_;
    told_.insert(told_.end(), numbers.begin(), numbers.begin() + count / static_cast<ssize_t>(sizeof numbers[0]));
  }
}

}  // namespace locket::fault
