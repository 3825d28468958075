#pragma once

#include <string>

#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/store.hpp"
#include "rados/thumbnail_head.hpp"

namespace locket::rados {

/// A record that was proven: both PNGs one after the other, and their heads.
struct ProvenRecord {
  std::string bytes;
  PictureHead small;
  PictureHead large;
};

/// Proves a record (`check_record`). Result: what is to be written; or `argument_invalid`. Cost: a checksum and a copy
/// of each picture.
[[nodiscard]] Result<ProvenRecord> prove(const Record& record, const Limits& limits);

}  // namespace locket::rados
