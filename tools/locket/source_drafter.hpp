#pragma once

#include <functional>
#include <optional>

#include "import_item.hpp"
#include "locket/engine.hpp"
#include "locket/store.hpp"

namespace locket::tool {

/// How the import of one source ended: stored, stored before and unchanged, failed, or passed over.
struct ImportOutcome {
  std::optional<Error> failure{};
  bool remembered = false;  ///< the failure is on the store's list
  bool unchanged = false;
  bool passed_over = false;  ///< because it is gone, was named before, or is no news
  std::optional<Guid> imodel_id{};
  bool is_imodel_file = false;
  bool imodel_id_is_own = false;       ///< taken from within an iModel file
  std::optional<Guid> own_itwin_id{};  ///< taken from within an iModel file, not where the store keeps another
};

/// What a source came to before anything was stored.
struct DraftedSource {
  ImportOutcome outcome{};
  std::optional<Record> record{};  ///< for `Store::put`; nothing after a failure, and where nothing changed
};

/// How sources are read.
struct ImportSettings {
  Limits limits{};
  bool derive_ids = false;   ///< make an id of a file's name where that is no GUID
  bool force = false;        ///< render again what is stored unchanged
  bool may_be_gone = false;  ///< a source that is no longer there when it is opened is passed over
};

/// Turns sources into drafts: opens, reads, and renders what is not stored unchanged. Any thread.
class SourceDrafter {
 public:
  /// Takes an iModel's id for the source that is read; an error when the source must not have it.
  using Claim = std::function<Result<void>(const Guid&)>;

  /// Both must outlive this object.
  SourceDrafter(Engine& engine, Store& store, const ImportSettings& settings)
      : engine_(engine), store_(store), settings_(settings) {}

  /// The id that a source has by what is known before it is opened; nothing where its content may tell another.
  [[nodiscard]] std::optional<Guid> known_id(const ImportItem& item) const;

  /// Opens, reads and renders one source. `claim` is called once, as soon as its id is known and before it is decoded.
  /// Never fails otherwise than by the outcome's `failure`.
  [[nodiscard]] DraftedSource draft(const ImportItem& item, const Claim& claim) const;

 private:
  [[nodiscard]] Result<void> draft_open(const ImportItem& item, const Claim& claim, DraftedSource& drafted) const;
  [[nodiscard]] Result<void> draft_picture(const SourceFile& file, const ImportItem& item, const Claim& claim,
                                           DraftedSource& drafted) const;
  [[nodiscard]] Result<void> draft_imodel_file(const SourceFile& file, const ImportItem& item, const Claim& claim,
                                               DraftedSource& drafted) const;
  [[nodiscard]] bool keeps_another_itwin(const Guid& imodel_id, const Guid& itwin_id) const;
  [[nodiscard]] Result<void> draft_bytes(const ImportItem& item, const Upload& upload, DraftedSource& drafted) const;

  Engine& engine_;
  Store& store_;
  const ImportSettings& settings_;
};

}  // namespace locket::tool
