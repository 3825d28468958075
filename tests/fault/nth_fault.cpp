#include "fault/nth_fault.hpp"

namespace locket::fault {
namespace {

bool can_fail(Call call, Fault fault) {
  switch (fault) {
    case Fault::io_error: return true;
    case Fault::no_room:
      return call == Call::create || call == Call::write || call == Call::sync || call == Call::map_index ||
             call == Call::rename;
    // Not reads: SQLite takes what lies beyond the end of a file for zeros, and no disk says of a file's middle that it
    // is the end.
    case Fault::part: return call == Call::write;
    case Fault::none: return false;
  }
  return false;
}

}  // namespace

Fault NthFault::before(Call call) {
  if (!can_fail(call, fault_)) return Fault::none;
  ++calls_;
  return calls_ == nth_ || (calls_ > nth_ && lasts_ == Lasts::from_then_on) ? fault_ : Fault::none;
}

}  // namespace locket::fault
