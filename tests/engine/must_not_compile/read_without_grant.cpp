// expect: no matching|too few arguments|no known conversion
#include "locket/locket.hpp"

auto skip(locket::Store& store, const locket::Location& location) { return store.read(location); }
