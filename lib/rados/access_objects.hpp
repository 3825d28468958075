#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "locket/log.hpp"
#include "locket/store.hpp"
#include "rados/access_piece.hpp"
#include "rados/access_watch.hpp"
#include "rados/facts_writer.hpp"
#include "rados/pool.hpp"

namespace locket::rados {

/// What is done before a change of the facts takes effect, with an iModel that they no longer name and its iTwin.
using Unname = std::function<Result<void>(const Guid& imodel_id, const Guid& itwin_id)>;

/// The access facts of a store: a root object that lists pieces, and pieces that never change. The root is replaced in
/// one operation if it still has the revision that was seen, so all facts change at once, and what did not change is
/// not written. Its map lists pieces that may be nobody's, so that they are swept away even after a crash. Any thread.
class AccessObjects {
 public:
  /// Reads nothing yet. Both must outlive it; `log` is told of damage that a replacement got rid of.
  AccessObjects(Space& space, LogSink& log) : space_(space), log_(log), watch_(space) {}

  /// Makes the root of a new store, unless there is one. Result: an error where there is none and none may be made. A
  /// damaged root is none, for a replacement mends it.
  [[nodiscard]] Result<void> open(bool create);

  /// The present revision.
  [[nodiscard]] Result<std::uint64_t> revision() { return watch_.revision(); }

  /// The iTwin of an iModel that the facts name; nothing for one that they do not name. `revision` is set to that of
  /// the facts that were asked.
  [[nodiscard]] Result<std::optional<Guid>> find_named(const Guid& imodel_id, std::uint64_t& revision);

  /// The facts, without the iModels on which nothing is configured.
  [[nodiscard]] Result<Store::Access> load();

  /// All iModels that the facts name, in the order of their ids.
  [[nodiscard]] Result<NamedImodels> load_named();

  /// Reads everything anew, whatever is in memory. Result: what is damaged, in words.
  [[nodiscard]] Result<std::vector<std::string>> check();

  /// Replaces the facts. Inputs: a document that `check_access_document` takes; `unname`, which is called for each
  /// iModel that is no longer named. Result: the new revision. What is damaged or missing is written anew; where an old
  /// list of iModels is, `unname` is not called for those that only it named. Cost: one reading of each piece that
  /// stays as it is, one writing of each that does not.
  [[nodiscard]] Result<std::uint64_t> replace(const AccessDocument& document, const Unname& unname);

 private:
  /// A step that changes entries of an object's map.
  using ChangeEntries = WriteOperation& (WriteOperation::*)(std::span<const std::string>);

  /// A manifest, and those of its pieces that were needed.
  struct Facts {
    Manifest manifest;
    std::mutex mutex;
    std::vector<std::shared_ptr<const NamedImodels>> named;
  };

  /// What a replacement replaces.
  struct Replaceable {
    std::shared_ptr<Facts> facts;
    std::string revision;             ///< the attribute, as it is; empty for none
    std::vector<std::string> pieces;  ///< where the root is damaged: all that lie there
    bool is_lost = false;             ///< nothing can be told of the old facts
  };

  [[nodiscard]] Result<std::shared_ptr<Facts>> present();
  [[nodiscard]] Result<std::shared_ptr<Facts>> read_root();
  [[nodiscard]] Result<std::shared_ptr<Facts>> read_root_after(const Facts& seen);
  [[nodiscard]] Result<Replaceable> replaceable();
  [[nodiscard]] Result<Replaceable> damaged_root();
  [[nodiscard]] Result<std::unordered_set<std::string>> unsound(const std::vector<FactsWriter::Taken>& taken);
  [[nodiscard]] Result<std::optional<std::string>> read_piece(const std::string& name);
  [[nodiscard]] Result<std::shared_ptr<const NamedImodels>> shard(Facts& facts, std::size_t index);
  [[nodiscard]] Result<std::optional<AccessDocument>> try_load(const Manifest& manifest);
  [[nodiscard]] Result<bool> unname_dropped(Facts& old, const NamedImodels& now, const Unname& unname);
  [[nodiscard]] Result<void> write_pieces(const std::vector<Piece>& pieces);
  [[nodiscard]] Result<bool> replace_root(const std::string& old_revision, const Manifest& made,
                                          std::span<const std::string> dropped);
  [[nodiscard]] int change_notes(std::span<const std::string> names, ChangeEntries change);
  void sweep(const Manifest& manifest, std::vector<std::string> noted);

  void tell(std::string_view damage);

  Space& space_;
  LogSink& log_;
  AccessWatch watch_;
  std::mutex mutex_;
  std::shared_ptr<Facts> facts_;
  std::unordered_map<std::string, std::shared_ptr<const ItwinFacts>> itwins_;  // by the names of their pieces
};

}  // namespace locket::rados
