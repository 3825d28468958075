#include "store/picture_set.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numeric>
#include <random>

#include "locket/rate_limit.hpp"
#include "locket/token.hpp"

namespace locket::bench {
namespace {

class AnyToken final : public TokenVerifier {
  Result<std::shared_ptr<const Claims>> check(std::string_view, UnixTime) override {
    return std::make_shared<const Claims>(Claims{"somebody", "a-client", {}});
  }
};

class NoLimit final : public RateLimiter {
  Result<RateDecision> charge(std::string_view, const Tier&, MonotonicTime) override { return RateDecision{true, 0}; }
};

class OpenAccess final : public AccessControl {
 public:
  std::shared_ptr<const Tier> tier_of(std::string_view) override { return std::make_shared<const Tier>(); }

 protected:
  Decision decide(const AccessQuestion&) noexcept override { return {true, Rule::itwin_owner, Level::itwin, 1}; }
};

}  // namespace

Folder::Folder() {
  path_ = (std::filesystem::temp_directory_path() / "locket-bench-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder for the benchmark");
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Guid imodel_id(std::uint64_t number) { return derive_guid(std::to_string(number)); }

Bytes picture_bytes(std::size_t size, std::uint64_t number) {
  std::mt19937_64 random(number);
  Bytes bytes(size);
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, std::min(sizeof word, size - at));
  }
  return bytes;
}

Record make_record(std::uint64_t number, std::size_t large_bytes, std::size_t small_bytes) {
  Record record;
  record.imodel_id = imodel_id(number);
  record.itwin_id = imodel_id(1'000'000'000);
  record.small = HashedBytes(SharedBytes(picture_bytes(small_bytes, 2 * number)));
  if (large_bytes > 0) {
    record.large = HashedBytes(SharedBytes(picture_bytes(large_bytes, 2 * number + 1)));
  }
  record.source_digest = record.small.sha256();
  record.recipe = to_string(Recipe());
  return record;
}

Grant grant_of(const Guid& imodel_id) {
  AnyToken tokens;
  NoLimit rates;
  OpenAccess access;
  const auto admission = rates.admit(tokens.verify("token", {}).value(), Tier{}, {});
  return access.authorize_view(admission.value(), ImodelFacts{imodel_id, {}}).value();
}

std::size_t fetch_large(Store& store, const Grant& grant) {
  const auto location = store.locate(grant, Size::large);
  const auto bytes = store.read(grant, **location);
  return (**bytes).size();
}

StoreOptions without_pictures() {
  StoreOptions options;
  options.limits.hot_picture_bytes_max = 0;
  return options;
}

StoreOptions without_memory() {
  StoreOptions options = without_pictures();
  options.limits.hot_imodel_bytes_max = 4'096;
  return options;
}

std::vector<std::uint32_t> shuffled(std::uint32_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  return order;
}

}  // namespace locket::bench
