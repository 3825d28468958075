#pragma once

#include <new>

#include "locket/error.hpp"

namespace locket {

/// Does some work that gives a `Result`, and turns whatever it throws into an error. Result: that of the work, else
/// `out_of_memory` or `internal_error`. Needs no memory of its own.
template <class Work>
auto guarded(Work work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error{Code::out_of_memory, {}});
  } catch (...) {
    return std::unexpected(Error{Code::internal_error, {}});
  }
}

}  // namespace locket
