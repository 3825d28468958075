#include "fault/ledger.hpp"

#include <sstream>

namespace locket::fault {
namespace {

constexpr std::uint64_t fresh_imodel = 999'999;  // used by no scenario

Version version_shown(const Store::Both& both, std::uint64_t imodel, const std::set<Version>& known, bool& half) {
  half = false;
  for (const Version version : known) {
    if (version == 0) continue;
    const Record& record = record_of(imodel, version);
    const bool small = sample::same(both.small, record.small);
    const bool large = sample::same(both.large, record.large);
    if (small && large) return version;
    half = half || small || large;
  }
  return 0;
}

}  // namespace

const Record& record_of(std::uint64_t imodel, Version version) {
  static std::map<std::pair<std::uint64_t, Version>, Record> known;
  const auto key = std::pair(imodel, version);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known
      .emplace(key, sample::record({.imodel = imodel, .version = version, .small_bytes = 500, .large_bytes = 17'000}))
      .first->second;
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
    auto known = ledger.possible(imodel);
    known.insert(allowed.begin(), allowed.end());
    const Version shown = *both ? version_shown(**both, imodel, known, half) : 0;
    if (*both && shown == 0) {
      verdict.note(half ? verdict.half : verdict.wrong, name + ": not one version");
    } else if (!allowed.contains(shown)) {
      verdict.note(verdict.lost, name + ": version " + std::to_string(shown) + " found");
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
  const auto report = (*store)->check(nullptr);
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
