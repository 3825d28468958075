#include "store/scrub.hpp"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crypto/sha256.hpp"
#include "store/access_tables.hpp"
#include "store/imodel_table.hpp"
#include "store/picture_table.hpp"
#include "store/state_row.hpp"

namespace locket::store {
namespace {

constexpr std::int64_t rows_at_once = 256;

class Scrubber {
 public:
  Scrubber(Connection& connection, const std::function<bool(std::uint64_t, std::uint64_t)>& progress)
      : connection_(connection), progress_(progress) {}

  Result<CheckReport> run();

 private:
  void add(std::string what, std::optional<Guid> imodel_id = std::nullopt) {
    report_.damaged.push_back({imodel_id, std::move(what)});
  }
  bool tell() { return !progress_ || progress_(report_.checked, total_); }
  Result<void> check_structure();
  Result<void> check_state();
  Result<void> check_access();
  Result<bool> check_pictures();
  Result<void> check_picture(const PictureKey& key);
  Result<void> check_imodels();
  void check_row(const SealedRow& sealed);

  Connection& connection_;
  const std::function<bool(std::uint64_t, std::uint64_t)>& progress_;
  CheckReport report_;
  std::uint64_t total_ = 0;
  std::unordered_map<std::int64_t, std::pair<std::int64_t, Checksum>> sound_;
};

/// Damage is what a check looks for; every other error ends it.
Result<void> unless_damage(const Error& error) {
  if (error.code == Code::store_corrupt) return {};
  return std::unexpected(error);
}

Result<void> Scrubber::check_structure() {
  auto statement = connection_.statement(Sql::integrity_check);
  while (true) {
    const auto row = statement.step();
    if (!row) {
      add(row.error().detail);
      return unless_damage(row.error());
    }
    if (!*row) return {};
    if (statement.text(0) != "ok") add("structure: " + std::string(statement.text(0)));
  }
}

Result<void> Scrubber::check_state() {
  const auto state = load_state(connection_);
  if (state) {
    total_ = static_cast<std::uint64_t>(state->pictures);
    return {};
  }
  add(state.error().detail);
  return unless_damage(state.error());
}

Result<void> Scrubber::check_access() {
  const auto document = read_access(connection_, false);
  if (!document) {
    add(document.error().detail);
    return unless_damage(document.error());
  }
  const auto state = load_state(connection_);
  if (state && access_checksum(*document) != state->access_xxh3) add("the access facts are damaged");
  return {};
}

Result<void> Scrubber::check_picture(const PictureKey& key) {
  const auto bytes = read_picture(connection_, key);
  if (!bytes) {
    add(bytes.error().detail);
    return unless_damage(bytes.error());
  }
  if (!*bytes || crypto::sha256((*bytes)->view()) != key.sha256) {
    add("picture " + std::to_string(key.picture_id) + " is not what was stored");
  } else {
    sound_.emplace(key.picture_id, std::pair(key.bytes, key.xxh3));
  }
  return {};
}

Result<bool> Scrubber::check_pictures() {
  std::int64_t after = 0;
  while (true) {
    std::vector<PictureKey> keys;
    {
      auto statement = connection_.statement(Sql::next_pictures);
      statement.bind(1, after).bind(2, rows_at_once);
      while (true) {
        const auto row = statement.step();
        if (!row) {
          add(row.error().detail);
          if (auto kept = unless_damage(row.error()); !kept) return std::unexpected(kept.error());
          return true;
        }
        if (!*row) break;
        PictureKey& key = keys.emplace_back();
        key.picture_id = statement.integer(0);
        key.bytes = statement.integer(3);
        if (!statement.copy(1, key.sha256) || !statement.copy(2, key.xxh3)) add("the entry of a picture is damaged");
      }
    }
    for (const PictureKey& key : keys) {
      if (auto checked = check_picture(key); !checked) return std::unexpected(checked.error());
      ++report_.checked;
      if (!tell()) return false;
    }
    if (keys.size() < static_cast<std::size_t>(rows_at_once)) return true;
    after = keys.back().picture_id;
  }
}

void Scrubber::check_row(const SealedRow& sealed) {
  const ImodelRow& row = sealed.row;
  if (!sealed.sound) return add("the entry of the iModel is damaged", row.imodel_id);
  if (!row.thumbnail) return;
  for (const Size size : {Size::small, Size::large}) {
    const PictureKey& key = row.thumbnail->picture(size);
    const auto found = sound_.find(key.picture_id);
    if (found == sound_.end() || found->second != std::pair(key.bytes, key.xxh3)) {
      add(size == Size::small ? "its small picture is damaged or missing" : "its large picture is damaged or missing",
          row.imodel_id);
    }
  }
}

Result<void> Scrubber::check_imodels() {
  std::optional<Guid> after;
  while (true) {
    const auto rows = next_imodel_rows(connection_, after, rows_at_once);
    if (!rows) {
      add(rows.error().detail);
      return unless_damage(rows.error());
    }
    for (const SealedRow& sealed : *rows) check_row(sealed);
    if (rows->size() < static_cast<std::size_t>(rows_at_once)) return {};
    after = rows->back().row.imodel_id;
  }
}

Result<CheckReport> Scrubber::run() {
  if (auto done = check_state(); !done) return std::unexpected(done.error());
  if (auto done = check_structure(); !done) return std::unexpected(done.error());
  if (auto done = check_access(); !done) return std::unexpected(done.error());
  const auto whole = check_pictures();
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return std::move(report_);
  if (auto done = check_imodels(); !done) return std::unexpected(done.error());
  return std::move(report_);
}

}  // namespace

Result<CheckReport> scrub(Connection& connection, const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
  return Scrubber(connection, progress).run();
}

}  // namespace locket::store
