// expect: cannot convert|no viable conversion
#include "locket/locket.hpp"

auto skip(locket::Store& store, const locket::Decision& decision, const locket::Location& location) {
  return store.read(decision, location);
}
