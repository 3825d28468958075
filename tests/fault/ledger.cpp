#include "fault/ledger.hpp"

#include <cstring>
#include <sstream>

namespace locket::fault {
namespace {

constexpr std::uint64_t fresh_imodel = 999'999;  // used by no scenario

SharedBytes marked(std::size_t size, std::uint64_t seed, Version version) {
  const SharedBytes noise = sample::bytes(size, seed);
  Bytes bytes(noise.view().begin(), noise.view().end());
  std::memcpy(bytes.data(), &version, sizeof version);
  return SharedBytes(std::move(bytes));
}

}  // namespace

Record make_record(std::uint64_t imodel, Version version) {
  Record record = sample::record({.imodel = imodel, .version = version, .small_bytes = 1, .large_bytes = 1});
  record.small = HashedBytes(marked(500, imodel * 1'000'003 + version * 2, version));
  record.large = HashedBytes(marked(17'000, imodel * 1'000'003 + version * 2 + 1, version));
  return record;
}

const Record& record_of(std::uint64_t imodel, Version version) {
  static std::map<std::pair<std::uint64_t, Version>, Record> known;
  const auto key = std::pair(imodel, version);
  const auto found = known.find(key);
  return found != known.end() ? found->second : known.emplace(key, make_record(imodel, version)).first->second;
}

Version version_in(const SharedBytes& picture) {
  Version version = 0;
  if (picture.size() >= sizeof version) std::memcpy(&version, picture.view().data(), sizeof version);
  return version;
}

std::optional<Version> version_of(const Store::Both& both, std::uint64_t imodel, bool* half) {
  const Version small = version_in(both.small);
  const Version large = version_in(both.large);
  const bool whole = sample::same(both.small, make_record(imodel, small).small) &&
                     sample::same(both.large, make_record(imodel, large).large);
  if (half != nullptr) *half = whole && small != large;
  if (!whole || small != large) return std::nullopt;
  return small;
}

void Ledger::start_with(std::uint64_t imodel, Version version) { before_[imodel] = version; }

void Ledger::begin(std::uint64_t imodel, Version version, std::size_t moment) {
  changes_.push_back({imodel, version, moment});
}

void Ledger::end(bool acknowledged, std::size_t moment) {
  changes_.back().acknowledged = acknowledged;
  changes_.back().ended = moment;
}

std::set<std::uint64_t> Ledger::imodels() const {
  std::set<std::uint64_t> all;
  for (const auto& [imodel, version] : before_) all.insert(imodel);
  for (const Change& change : changes_) all.insert(change.imodel);
  return all;
}

std::set<Version> Ledger::possible(std::uint64_t imodel, std::size_t moment) const {
  const auto before = before_.find(imodel);
  std::set<Version> found = {before == before_.end() ? 0 : before->second};
  for (const Change& change : changes_) {
    if (change.imodel != imodel || change.begun >= moment) continue;
    if (change.acknowledged && change.ended <= moment) found.clear();
    found.insert(change.version);
  }
  return found;
}

Version Ledger::acknowledged(std::uint64_t imodel) const {
  const auto before = before_.find(imodel);
  Version found = before == before_.end() ? 0 : before->second;
  for (const Change& change : changes_) {
    if (change.imodel == imodel && change.acknowledged) found = change.version;
  }
  return found;
}

void Verdict::note(std::uint64_t& count, const std::string& what) {
  ++count;
  if (first.empty()) first = what;
}

Verdict& Verdict::operator+=(const Verdict& other) {
  looked_at += other.looked_at;
  lost += other.lost;
  half += other.half;
  wrong += other.wrong;
  unsound += other.unsound;
  stuck += other.stuck;
  if (first.empty()) first = other.first;
  return *this;
}

std::string Verdict::str() const {
  std::ostringstream text;
  text << looked_at << " iModels read, lost " << lost << ", half " << half << ", wrong bytes " << wrong << ", unsound "
       << unsound << ", stuck " << stuck;
  if (!first.empty()) text << "; the first: " << first;
  return text.str();
}

void compare(Store& store, const Ledger& ledger, Demand demand, Verdict& verdict, std::size_t moment) {
  for (const std::uint64_t imodel : ledger.imodels()) {
    ++verdict.looked_at;
    const auto allowed =
        demand == Demand::exact ? std::set{ledger.acknowledged(imodel)} : ledger.possible(imodel, moment);
    const auto both = store.read_for_operator(sample::id(imodel));
    const std::string name = "iModel " + std::to_string(imodel);
    if (!both) {
      verdict.note(verdict.lost, name + ": " + std::string(code_name(both.error().code)) + " " + both.error().detail);
      continue;
    }
    bool half = false;
    const auto shown = *both ? version_of(**both, imodel, &half) : Version{0};
    if (!shown) {
      verdict.note(half ? verdict.half : verdict.wrong, name + ": not one version");
    } else if (!allowed.contains(*shown)) {
      verdict.note(verdict.lost, name + ": version " + std::to_string(*shown) + " found");
    }
  }
}

void examine(const std::string& path, const Ledger& ledger, Verdict& verdict, std::size_t moment) {
  const auto store = open_store(path);
  if (!store) {
    verdict.note(verdict.stuck, "opening: " + std::string(code_name(store.error().code)) + " " + store.error().detail);
    return;
  }
  compare(**store, ledger, Demand::possible, verdict, moment);
  const auto report = (*store)->check({});
  if (!report || !report->damaged.empty()) {
    verdict.note(verdict.unsound, report ? report->damaged.front().what : report.error().detail);
  }
  const Record& fresh = record_of(fresh_imodel, 1);
  const auto receipt = (*store)->put(fresh);
  const auto read = (*store)->read_for_operator(fresh.imodel_id);
  if (!receipt || !read || !*read || !sample::same((*read)->large, fresh.large)) {
    verdict.note(verdict.stuck, "the next import: " + (receipt ? "" : receipt.error().detail));
  }
}

}  // namespace locket::fault
