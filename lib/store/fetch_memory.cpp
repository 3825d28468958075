#include "store/fetch_memory.hpp"

namespace locket::store {
namespace {

// What an entry takes beside its value: list, table and heap, rounded up.
constexpr std::uint64_t row_cost_bytes = 384;
constexpr std::uint64_t picture_overhead_bytes = 256;

}  // namespace

void FetchMemory::keep(const ImodelRow& row, ContentEpoch epoch) noexcept {
  if (epoch != unknown_epoch) rows_.keep(row.imodel_id, {row, epoch}, row_cost_bytes);
}

void FetchMemory::keep(const PictureKey& key, const SharedBytes& bytes) noexcept {
  pictures_.keep(key.sha256, bytes, bytes.size() + picture_overhead_bytes);
}

std::optional<std::uint64_t> FetchMemory::access_revision(ContentEpoch epoch) const noexcept {
  PublishedWords<2>::Words words;
  if (epoch == unknown_epoch || !access_.read(words) || words[0] != epoch.number) return std::nullopt;
  return words[1];
}

void FetchMemory::keep_access_revision(std::uint64_t revision, ContentEpoch epoch) noexcept {
  if (epoch != unknown_epoch) access_.publish({epoch.number, revision});
}

}  // namespace locket::store
