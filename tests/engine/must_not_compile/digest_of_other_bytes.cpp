// expect: no match|no matching|no viable
#include "locket/locket.hpp"

void pretend(locket::Record& record, const locket::SharedBytes& bytes, const locket::Sha256& digest) {
  record.small = locket::HashedBytes(bytes, digest);
}
