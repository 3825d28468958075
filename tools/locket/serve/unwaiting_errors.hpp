#pragma once

#include <streambuf>

namespace locket::tool {

/// Opens standard error once more, to write to it without waiting where that can be had: it is shared with others, who
/// may not want it to be told not to wait. Result: a descriptor of our own; or standard error's.
[[nodiscard]] int open_standard_error() noexcept;

/// Whether a descriptor takes some bytes now. Only standard error's own could still wait then.
[[nodiscard]] bool takes_more(int descriptor) noexcept;

/// While it lives, what `std::cerr` is told and its reader does not take at once is dropped: nobody waits for him. At
/// most one at a time. Any thread.
class UnwaitingErrors final : public std::streambuf {
 public:
  UnwaitingErrors();
  UnwaitingErrors(const UnwaitingErrors&) = delete;
  UnwaitingErrors& operator=(const UnwaitingErrors&) = delete;
  ~UnwaitingErrors() override;

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override;
  int_type overflow(int_type letter) override;

 private:
  int descriptor_;
  std::streambuf* before_;
};

}  // namespace locket::tool
