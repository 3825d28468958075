#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "locket/access.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/guid.hpp"
#include "locket/hashed_bytes.hpp"
#include "locket/limits.hpp"
#include "locket/log.hpp"
#include "locket/picture.hpp"

namespace locket {

/// The strong entity tag of a stored PNG, quotes included: the first 16 bytes of its digest in hexadecimal.
[[nodiscard]] LOCKET_API std::string to_etag(const Sha256& digest);

/// One finished thumbnail on its way into a store.
struct Record {
  Guid imodel_id;
  std::optional<Guid> itwin_id{};  ///< for an iModel not yet known; a known one keeps its iTwin
  HashedBytes small;
  HashedBytes large;
  Sha256 source_digest{};  ///< of the upload, so that an unchanged one is skipped
  SourceFacts source{};
  std::string recipe{};       ///< `to_string(Recipe)`
  std::string source_path{};  ///< where an import took it from; empty for an upload
  std::string uploaded_by{};  ///< the user of an upload; empty for an import
  std::optional<std::uint64_t>
      expected_revision{};                     ///< store only if the thumbnail still has it; 0: only if there is none
  std::optional<std::int64_t> updated_at_s{};  ///< Unix time, for a copy; nothing: now
};

/// Proof that a thumbnail is stored and durable.
struct Receipt {
  Guid imodel_id;
  std::uint64_t revision = 0;  ///< grows with every change of this iModel's thumbnail
  bool replaced = false;
};

/// Where one size of a stored thumbnail lies, without its bytes.
struct Location {
  Guid imodel_id;
  Size size = Size::small;
  std::int64_t picture_id = 0;  ///< the store's own key
  std::uint64_t bytes = 0;
  Sha256 digest{};
  std::uint64_t revision = 0;
};

/// What a store knows of one iModel.
struct ImodelEntry {
  ImodelFacts facts;
  bool uploaded = false;
};

/// Which iModels `Store::load_access` names.
enum class AccessScope : std::uint8_t {
  configured,  ///< those on which something is configured
  whole,       ///< all
};

/// Where a look-up looks.
enum class Lookup : std::uint8_t {
  stored,      ///< always into the store
  remembered,  ///< only at what memory is known to hold of the present state: that there is nothing tells nothing
};

/// One line of `Store::list`.
struct StoredThumbnail {
  ImodelFacts facts;
  std::uint64_t revision = 0;
  std::uint64_t small_bytes = 0;
  std::uint64_t large_bytes = 0;
  Sha256 source_digest{};
  std::string recipe;
  std::string source_path;
  std::int64_t updated_at_s = 0;  ///< Unix time
  SourceFacts source;
  std::string uploaded_by;
};

/// Checks a record by the rules of every store, for whoever writes one: both PNGs there, within
/// `Limits::stored_picture_bytes_max` and still those of which the digests were computed; each text within
/// `Limits::stored_text_bytes_max`; a source that there can be. Whether the bytes are PNGs of both sizes is not looked
/// at: for that vouches who made the record, as `Engine::draft_import` does.
/// Result: nothing; or `argument_invalid`, with what is wrong. Any thread. Cost: a checksum of each picture.
[[nodiscard]] LOCKET_API Result<void> check_record(const Record& record, const Limits& limits = {});

/// One failed import, remembered.
struct ImportFailure {
  std::string source_path;
  std::string code;  ///< `code_name`
  std::string reason;
  std::int64_t at_s = 0;  ///< Unix time
};

/// Checks a failed import by the rules of every store: each text within `Limits::stored_text_bytes_max`.
/// Result: nothing; or `argument_invalid`, with what is wrong. Any thread.
[[nodiscard]] LOCKET_API Result<void> check_import_failure(const ImportFailure& failure, const Limits& limits = {});

/// What a bounded memory of this process holds, and did since the store was opened.
struct MemoryStatistics {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

struct StoreStatistics {
  std::uint64_t imodels = 0;
  std::uint64_t thumbnails = 0;
  std::uint64_t pictures = 0;  ///< distinct PNGs
  std::uint64_t picture_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::uint64_t failures = 0;
  std::uint64_t access_revision = 0;
  std::vector<std::pair<std::string, std::uint64_t>> thumbnails_by_recipe;
  MemoryStatistics hot_pictures;
  MemoryStatistics hot_imodels;
};

/// One damaged picture found by `Store::check`.
struct Damage {
  std::optional<Guid> imodel_id;  ///< nothing where the damage is not of one iModel
  std::string what;
};

/// How `Store::check` goes on.
struct CheckOptions {
  /// Told now and then how many pictures are done, of how many; returning false stops. It may take its time: nothing
  /// of the store is held meanwhile.
  std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
  std::uint64_t bytes_per_s_max = 0;  ///< how fast to read, so that others have the disk; 0: as fast as it can
};

struct CheckReport {
  std::uint64_t checked = 0;  ///< pictures re-read
  std::vector<Damage> damaged;
};

struct StoreOptions {
  bool create = true;  ///< make the file when there is none
  Limits limits;
  LogSink* log = nullptr;  ///< must outlive the store; nothing: silent
  /// For how long a change that another process makes may go unseen here, a withdrawn permission as well. 0: every
  /// change is seen by the first call after it. More only pays where others write all the time. What this process
  /// changes is always seen at once.
  std::uint32_t staleness_ms_max = 0;
};

/// Keeps thumbnails and access facts. Calls may come from any thread; several processes may have one store open, but
/// not one object after a fork: the child opens its own.
/// After any error what was stored before is as it was. What a visitor or a progress function throws becomes
/// `internal_error`.
/// What is fetched often is answered from memory, within `Limits::hot_picture_bytes_max` and
/// `Limits::hot_imodel_bytes_max`: only what was proven when it was read, and only as long as nobody has changed it
/// (see `StoreOptions::staleness_ms_max`).
class LOCKET_API Store {
 public:
  virtual ~Store() = default;

  /// Stores both sizes in one transaction, replacing what was there, and returns only when they are durable.
  /// Fails with `argument_invalid` when the iModel is unknown and no iTwin is given, or as `check_record` does, by the
  /// limits that the store was opened with;
  /// with `precondition_failed` when `expected_revision` is given and is not the stored one; or with a `store_` code.
  [[nodiscard]] virtual Result<Receipt> put(const Record& record) = 0;

  /// What is known of an iModel; nothing when it is unknown. Looking into the store runs the same statement whether the
  /// iModel is known or not. Only what was fetched with a grant comes into memory, never what was only asked for.
  [[nodiscard]] virtual Result<std::optional<ImodelEntry>> find_imodel(const Guid& imodel_id,
                                                                       Lookup lookup = Lookup::stored) = 0;

  /// A number that stands for all that is stored: while it stays the same nobody, in any process, has changed anything
  /// (but see `StoreOptions::staleness_ms_max`), and what is read after the call is of this state or of a later one.
  /// One that was given for another state, also of another file behind the same object, must not come again. 0: it
  /// can't be told, as on Ceph; then a decision that a change overtakes may rest on two states. Cost: about 10 ns.
  [[nodiscard]] virtual std::uint64_t content_epoch() noexcept { return 0; }

  /// Where a thumbnail lies; nothing when none was stored. Touches no picture bytes.
  [[nodiscard]] virtual Result<std::optional<Location>> locate(const Grant& grant, Size size) = 0;

  /// Reads a picture's bytes and proves them against the digest that was stored with them.
  /// Fails with `store_corrupt` when they differ: damaged bytes are never returned. When the picture was replaced
  /// since `location` was made, the bytes of the old one or nothing come back, never a mixture.
  [[nodiscard]] virtual Result<std::optional<SharedBytes>> read(const Grant& grant, const Location& location) = 0;

  /// Replaces all access facts in one transaction. A document that `check_access_document` refuses, by the limits that
  /// the store was opened with, is refused with its error.
  /// iModels that have a thumbnail and are not named keep their iTwin, with nothing configured on them. An entry that
  /// is damaged stays so, and hidden. Result: the new revision.
  [[nodiscard]] virtual Result<std::uint64_t> replace_access(const AccessDocument& document) = 0;

  /// The access facts and their revision.
  struct Access {
    AccessDocument document;
    std::uint64_t revision = 0;
    std::vector<Guid> left_out{};  ///< as `list` names them: nothing is configured on these, and they are damaged
  };

  /// Reads the access facts, with the iModels of the scope. With `AccessScope::whole` there may be iModels among them
  /// whose iTwin the facts do not name, as imported ones are at first; `replace_access` takes no such document. One on
  /// which nothing is configured and whose entry is damaged is left out, named and told to the log; any other damage is
  /// `store_corrupt`.
  [[nodiscard]] virtual Result<Access> load_access(AccessScope scope) = 0;

  /// A number that changes whenever any process changed the access facts. Cheap: asked at every request.
  [[nodiscard]] virtual Result<std::uint64_t> access_revision() = 0;

  /// Calls `visit` for every stored thumbnail, in the order of the iModels' ids, until it returns false.
  /// Result: the iModels that were left out because their entries are damaged, in order, each told to the log (all zero
  /// stands for those whose ids can't be read); or, where the list could not be read to its end, the error, `visit`
  /// having seen some of what comes before.
  [[nodiscard]] virtual Result<std::vector<Guid>> list(const std::function<bool(const StoredThumbnail&)>& visit) = 0;

  /// Calls `visit` for every known iModel, with or without a thumbnail, in the order of their ids, from the first after
  /// `after`, until it returns false. A damaged entry is told to the log and left out.
  [[nodiscard]] virtual Result<void> list_imodels(const std::optional<Guid>& after,
                                                  const std::function<bool(const ImodelEntry&)>& visit) = 0;

  /// The stored thumbnail of one iModel, for the operator; nothing when there is none. `store_corrupt` where `list`
  /// would leave it out.
  [[nodiscard]] virtual Result<std::optional<StoredThumbnail>> find_thumbnail(const Guid& imodel_id) = 0;

  /// Both PNGs of a thumbnail.
  struct Both {
    SharedBytes small;
    SharedBytes large;
  };

  /// Reads both PNGs for the operator (`export`, `gallery`), without a caller's policy. Proven as by `read`.
  [[nodiscard]] virtual Result<std::optional<Both>> read_for_operator(const Guid& imodel_id) = 0;

  /// Forgets an iModel's thumbnail, or what damage left of it; the iModel itself and its access facts stay. Only where
  /// its entry is damaged and nothing is configured on it, nobody can tell its iTwin: then it is unknown until it is
  /// stored again with one, or the facts name it. Result: whether there was one.
  [[nodiscard]] virtual Result<bool> remove(const Guid& imodel_id) = 0;

  /// Re-reads everything and compares every digest, a few pictures at a time, while others read and write; of what is
  /// changed meanwhile, either state counts. With a rate, the engine's own walk leaves out the pages of the pictures,
  /// which are read and compared all the same.
  [[nodiscard]] virtual Result<CheckReport> check(const CheckOptions& options) = 0;

  /// Counts.
  [[nodiscard]] virtual Result<StoreStatistics> statistics() = 0;

  /// Remembers that an import failed, or, with an empty code, that it no longer does. Fails as `check_import_failure`
  /// does, or with a `store_` code.
  [[nodiscard]] virtual Result<void> remember_failure(const ImportFailure& failure) = 0;

  /// The failed imports, by path.
  [[nodiscard]] virtual Result<std::vector<ImportFailure>> failures() = 0;

  /// Forgets all failed imports, also where the list of them is damaged.
  [[nodiscard]] virtual Result<void> forget_failures() = 0;

  /// Copies the whole store into a new file while it is in use, verifies the copy, and renames it into place.
  /// A file that stands there is replaced only when it is a store, sound or not, without a log beside it, and only when
  /// the copy is proven; anything else is `store_foreign` or `store_open_failed` and stays as it is.
  [[nodiscard]] virtual Result<void> backup(const std::string& path) = 0;
};

/// Opens or makes a store in one SQLite file.
/// Inputs: the path, of about 500 bytes at most, for that is SQLite's limit; the options. Result: the store; or
/// `store_open_failed`, `store_foreign`, `store_newer`, `store_read_only`, `store_corrupt`, `store_busy` (another
/// process writes and does not end), `store_full`, `store_io_failed` or `out_of_memory`, with the reason, the file
/// untouched; or `argument_invalid` for no path, a `Limits::stored_picture_bytes_max` over 64 MiB or a
/// `Limits::stored_text_bytes_max` over 1 MiB.
[[nodiscard]] LOCKET_API Result<std::unique_ptr<Store>> open_store(const std::string& path,
                                                                   const StoreOptions& options = {});

}  // namespace locket
