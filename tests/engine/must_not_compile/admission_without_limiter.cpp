// expect: private
#include "locket/locket.hpp"

locket::Admission forge(locket::Identity identity) { return locket::Admission(identity); }
