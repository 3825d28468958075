#include "serve/unwaiting_errors.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

namespace locket::tool {

// A file must not be opened once more: what is written at its end and what at the other's place would overwrite each
// other. A socket can't be, but says truly whether it takes more.
int open_standard_error() noexcept {
  struct stat facts{};
  if (::fstat(STDERR_FILENO, &facts) != 0 || !(S_ISFIFO(facts.st_mode) || S_ISCHR(facts.st_mode))) return STDERR_FILENO;
  const int own = ::open("/proc/self/fd/2", O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return own >= 0 ? own : STDERR_FILENO;
}

bool takes_more(int descriptor) noexcept {
  pollfd state{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLOUT) != 0;
}

UnwaitingErrors::UnwaitingErrors() : descriptor_(open_standard_error()), before_(std::cerr.rdbuf(this)) {}

UnwaitingErrors::~UnwaitingErrors() {
  std::cerr.rdbuf(before_);
  if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
}

// All is told as written: a stream that once failed would never write again.
std::streamsize UnwaitingErrors::xsputn(const char* text, std::streamsize count) {
  if (takes_more(descriptor_)) (void)!::write(descriptor_, text, static_cast<std::size_t>(count));
  return count;
}

UnwaitingErrors::int_type UnwaitingErrors::overflow(int_type letter) {
  if (traits_type::eq_int_type(letter, traits_type::eof())) return traits_type::not_eof(letter);
  const char one = traits_type::to_char_type(letter);
  xsputn(&one, 1);
  return letter;
}

}  // namespace locket::tool
