#include "source_drafter.hpp"

#include <exception>
#include <string>
#include <utility>

#include "locket/imodel_file.hpp"

namespace locket::tool {
namespace {

std::unexpected<Error> no_id(bool is_imodel_file) {
  return fail(Code::argument_invalid,
              is_imodel_file ? "no iModel id: neither the file nor its name tells one; give --id or --derive-ids"
                             : "no iModel id: the file's name is no GUID; give --id or --derive-ids, or a .tsv list");
}

}  // namespace

std::optional<Guid> SourceDrafter::known_id(const ImportItem& item) const {
  if (item.imodel_id) return item.imodel_id;
  if (kind_by_name(item.relative) != SourceKind::picture) return std::nullopt;
  return id_by_name(item.relative, settings_.derive_ids);
}

DraftedSource SourceDrafter::draft(const ImportItem& item, const Claim& claim) const {
  DraftedSource drafted;
  try {
    Result<void> done = item.fault ? Result<void>(std::unexpected(*item.fault)) : draft_open(item, claim, drafted);
    if (!done) drafted.outcome.failure = std::move(done.error());
  } catch (const std::exception& failure) {
    drafted.outcome.failure = Error{Code::out_of_memory, failure.what()};
  }
  if (drafted.outcome.failure) drafted.record.reset();
  return drafted;
}

Result<void> SourceDrafter::draft_open(const ImportItem& item, const Claim& claim, DraftedSource& drafted) const {
  const SourceKind kind = kind_by_name(item.relative);
  if (kind == SourceKind::picture) drafted.outcome.imodel_id = known_id(item);
  auto file = item.root->open_file(item.relative);
  if (!file) {
    drafted.outcome.passed_over = settings_.may_be_gone && item.root->is_missing(item.relative);
    if (drafted.outcome.passed_over) return {};
    return std::unexpected(std::move(file.error()));
  }
  if (kind == SourceKind::picture) return draft_picture(*file, item, claim, drafted);
  if (kind == SourceKind::imodel_file) return draft_imodel_file(*file, item, claim, drafted);
  auto start = file->read_start();
  if (!start) return std::unexpected(std::move(start.error()));
  return is_imodel_file(*start) ? draft_imodel_file(*file, item, claim, drafted)
                                : draft_picture(*file, item, claim, drafted);
}

Result<void> SourceDrafter::draft_picture(const SourceFile& file, const ImportItem& item, const Claim& claim,
                                          DraftedSource& drafted) const {
  drafted.outcome.imodel_id = item.imodel_id ? item.imodel_id : id_by_name(item.relative, settings_.derive_ids);
  if (!drafted.outcome.imodel_id) return no_id(false);
  if (auto claimed = claim(*drafted.outcome.imodel_id); !claimed) return claimed;
  auto bytes = file.read_whole({settings_.limits.picture_bytes_max, Code::picture_bytes_over_limit});
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  Upload upload;
  upload.imodel_id = *drafted.outcome.imodel_id;
  upload.itwin_id = item.itwin_id;
  upload.bytes = *bytes;
  return draft_bytes(item, upload, drafted);
}

Result<void> SourceDrafter::draft_imodel_file(const SourceFile& file, const ImportItem& item, const Claim& claim,
                                              DraftedSource& drafted) const {
  ImportOutcome& outcome = drafted.outcome;
  outcome.is_imodel_file = true;
  if (auto whole = item.root->prove_written_back(item.relative); !whole) return whole;
  bool named = false;
  const auto name = [&](const SavedView& view) -> Result<void> {
    outcome.imodel_id_is_own = !item.imodel_id && view.imodel_id;
    outcome.imodel_id = item.imodel_id ? item.imodel_id : view.imodel_id;
    if (!outcome.imodel_id) outcome.imodel_id = id_by_name(item.relative, settings_.derive_ids);
    if (!outcome.imodel_id) return no_id(true);
    if (!item.itwin_id && view.itwin_id && !keeps_another_itwin(*outcome.imodel_id, *view.itwin_id)) {
      outcome.own_itwin_id = view.itwin_id;
    }
    return claim(*outcome.imodel_id);
  };
  const auto draft = [&](const SavedView& view) -> Result<void> {
    // All views of a file are of one iModel, whose id is claimed once.
    if (!std::exchange(named, true)) {
      if (auto claimed = name(view); !claimed) return claimed;
    }
    Upload upload;
    upload.imodel_id = *outcome.imodel_id;
    upload.itwin_id = item.itwin_id ? item.itwin_id : view.itwin_id;
    upload.bytes = view.picture;
    return draft_bytes(item, upload, drafted);
  };
  // A draft is the judge, so that each view is decoded once.
  const auto view = read_saved_view(file.descriptor(), settings_.limits, draft);
  if (!view) return std::unexpected(view.error());
  return file.prove_unchanged();
}

bool SourceDrafter::keeps_another_itwin(const Guid& imodel_id, const Guid& itwin_id) const {
  const auto known = store_.find_imodel(imodel_id);
  return known && *known && (*known)->facts.itwin_id != itwin_id;
}

Result<void> SourceDrafter::draft_bytes(const ImportItem& item, const Upload& upload, DraftedSource& drafted) const {
  if (!upload.itwin_id) {
    // The store would say the same, but only after the picture was rendered.
    const auto known = store_.find_imodel(upload.imodel_id);
    if (!known) return std::unexpected(known.error());
    if (!*known) return fail(Code::argument_invalid, "an unknown iModel, and no iTwin is given: add --itwin");
  }
  Upload whole = upload;
  whole.source_path = item.root->path_of(item.relative);
  whole.force = settings_.force;
  whole.recipe = item.recipe;
  auto draft = engine_.draft_import(whole);
  if (!draft) return std::unexpected(std::move(draft.error()));
  drafted.outcome.unchanged = !draft->record;
  drafted.record = std::move(draft->record);
  return {};
}

}  // namespace locket::tool
