// expect: no matching
#include "locket/locket.hpp"

locket::Identity forge() { return locket::Identity(); }
