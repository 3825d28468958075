#include "rados/record_proof.hpp"

#include <utility>

namespace locket::rados {

Result<ProvenRecord> prove(const Record& record, const Limits& limits) {
  if (auto checked = check_record(record, limits); !checked) return std::unexpected(std::move(checked.error()));
  const auto head = [](const HashedBytes& png, std::uint64_t offset) {
    return PictureHead{offset, png.size(), png.sha256(), png.checksum()};
  };
  ProvenRecord proven{{}, head(record.small, 0), head(record.large, record.small.size())};
  proven.bytes.reserve(record.small.size() + record.large.size());
  proven.bytes += as_text(record.small.view());
  proven.bytes += as_text(record.large.view());
  return proven;
}

}  // namespace locket::rados
