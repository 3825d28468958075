#pragma once

#include "crypto/checksum.hpp"

namespace locket::store {

// What proves a row and a picture's bytes, under the names that the tables use.
using crypto::Checksum;
using crypto::checksum;
using crypto::Sealer;

}  // namespace locket::store
