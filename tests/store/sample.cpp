#include "store/sample.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "locket/rate_limit.hpp"
#include "locket/token.hpp"

namespace locket::sample {
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

Folder::Folder(const std::filesystem::path& parent) {
  std::string name = (parent / "locket-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

Guid id(std::uint64_t number) { return derive_guid(std::to_string(number)); }

SharedBytes bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes made(size);
  for (std::size_t at = 0; at < size; at += 8) {
    const std::uint64_t word = random();
    std::memcpy(made.data() + at, &word, std::min<std::size_t>(8, size - at));
  }
  return SharedBytes(std::move(made));
}

std::unique_ptr<Store> open(const std::string& path) { return std::move(open_store(path).value()); }

Record record(const Kind& kind) {
  Record made;
  made.imodel_id = id(kind.imodel);
  made.itwin_id = id(1'000'000'000);
  made.small = HashedBytes(bytes(kind.small_bytes, kind.imodel * 1'000'003 + kind.version * 2));
  made.large = HashedBytes(bytes(kind.large_bytes, kind.imodel * 1'000'003 + kind.version * 2 + 1));
  made.source_digest = made.large.sha256();
  made.source = {MediaType::jpeg, {1920, 1080}, 123'456, 6, true, true};
  made.recipe = "1 cover lanczos3 fast 00000000";
  made.source_path = "pictures/" + std::to_string(kind.imodel) + ".jpg";
  return made;
}

Grant grant(const Guid& imodel_id) {
  AnyToken tokens;
  NoLimit rates;
  OpenAccess access;
  const auto identity = tokens.verify("token", {});
  const auto admission = rates.admit(*identity, Tier{}, {});
  return *access.authorize_view(*admission, ImodelFacts{imodel_id, {}});
}

Result<std::optional<SharedBytes>> fetch(Store& store, const Guid& imodel_id, Size size) {
  const Grant leave = grant(imodel_id);
  const auto location = store.locate(leave, size);
  if (!location) return std::unexpected(location.error());
  if (!*location) return std::nullopt;
  return store.read(leave, **location);
}

bool same(const SharedBytes& left, const SharedBytes& right) {
  return left.size() == right.size() && std::memcmp(left.view().data(), right.view().data(), left.size()) == 0;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream whole;  // which reads by the block, as an iterator does not
  whole << file.rdbuf();
  return std::move(whole).str();
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace locket::sample
