#pragma once

#include <string>

#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/store.hpp"
#include "rados/thumbnail_head.hpp"

namespace locket::rados {

/// A record whose digests were proven against its bytes: both PNGs one after the other, and their heads.
struct ProvenRecord {
  std::string bytes;
  PictureHead small;
  PictureHead large;
};

/// Proves a record: sizes within the limits, SHA-256 of both pictures as stated. Result: what is to be written; or
/// `argument_invalid`. Cost: two digests and a copy of each picture.
[[nodiscard]] Result<ProvenRecord> prove(const Record& record, const Limits& limits);

}  // namespace locket::rados
