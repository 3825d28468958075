#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "locket/access.hpp"
#include "locket/bytes.hpp"
#include "locket/clock.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/guid.hpp"
#include "locket/limits.hpp"
#include "locket/log.hpp"
#include "locket/picture.hpp"
#include "locket/rate_limit.hpp"
#include "locket/request.hpp"
#include "locket/store.hpp"
#include "locket/token.hpp"

namespace locket {

namespace engine {
class ThumbnailEngine;
}

/// Gives the access control that decides from the facts in a store and sees a change of any process at the next
/// request. Inputs: the store, which must outlive it; the limits by which the facts were parsed; where it is told that
/// changed facts can't be read (`access.unreadable`, with the reason) and then can (`access.readable`), which must
/// outlive it as well. Result: the access control, or why the facts could not be read.
[[nodiscard]] LOCKET_API Result<std::unique_ptr<AccessControl>> make_stored_access_control(Store& store,
                                                                                           const Limits& limits = {},
                                                                                           LogSink& log = silent_log());

struct FetchRefusal;

/// Where every access decision is told, for an audit, and every refusal with its reason. Calls may come from any
/// thread; those about one request come in the thread that handles it.
class LOCKET_API DecisionSink {
 public:
  virtual ~DecisionSink() = default;

  /// Takes one decision. The texts live only during the call; they are as the token had them: escape before printing.
  /// `imodel_id` is absent when the id was malformed. A fetch is one decision (webview); an upload two (webview,
  /// manage) when it is opened, and two once more when its body has come.
  virtual void decided(std::string_view user, std::string_view client_id, const std::optional<Guid>& imodel_id,
                       Permission permission, const Decision& decision) noexcept = 0;

  /// Takes why a request was refused, which its answer may not tell: what is wrong with a token, or where a picture is
  /// damaged. Told by `handle`, `open_upload`, `finish_upload` and `admit_caller` after the decisions; `fetch` gives it
  /// to its caller instead. The detail never holds a token, but it may hold what the caller sent: escape before
  /// printing. Lives only during the call. Not told where there is no memory left to answer with. The default does
  /// nothing.
  virtual void refused(const FetchRefusal& why) noexcept { static_cast<void>(why); }
};

/// What an engine is made of. All must outlive it; a host may replace each by its own.
struct EngineParts {
  Store* store = nullptr;
  TokenVerifier* tokens = nullptr;    ///< nothing: an engine that only imports
  RateLimiter* rates = nullptr;       ///< the same
  AccessControl* access = nullptr;    ///< the same
  const Clock* clock = nullptr;       ///< nothing: the machine's
  LogSink* log = nullptr;             ///< nothing: silent
  DecisionSink* decisions = nullptr;  ///< nothing: not told
};

struct EngineOptions {
  Recipe recipe{};
  Limits limits{};
  std::optional<Bytes> default_small{};                     ///< a PNG of 400x250 in place of the one that locket draws
  std::optional<Bytes> default_large{};                     ///< a PNG of 800x500
  std::string api_name = "iModels";                         ///< ITwinPlatform-RateLimited-API
  std::string get_operation_name = "get-imodel-thumbnail";  ///< ITwinPlatform-RateLimited-Operation
  std::string put_operation_name = "upload-imodel-thumbnail";  ///< the same, of an upload
};

/// One picture for `Engine::import_picture`.
struct Upload {
  Guid imodel_id;
  std::optional<Guid> itwin_id{};  ///< for an iModel not yet known
  BytesView bytes;                 ///< one PNG or JPEG file; must stay valid during the call
  std::string source_path{};
  bool force = false;              ///< render again what is stored unchanged
  std::optional<Recipe> recipe{};  ///< nothing: the engine's own
};

/// A picture on its way into the store: rendered, not yet stored.
struct ImportDraft {
  std::optional<Record> record;  ///< for `Store::put`; nothing: the same bytes with the same recipe are there already
  std::uint64_t revision = 0;    ///< of what is there already
};

/// How an import ended.
struct Imported {
  Receipt receipt;
  bool unchanged = false;  ///< the same bytes with the same recipe were there already
};

/// A fetch without HTTP words.
struct FetchQuestion {
  std::string_view token;  ///< without the word `Bearer`
  Guid imodel_id;
  Size size = Size::small;
  std::string_view known_etag{};  ///< nothing: always send the bytes
};

/// What a fetch gives.
struct Fetched {
  bool not_modified = false;  ///< `known_etag` still names the picture; then `png` is empty
  SharedBytes png;
  std::string etag;
  ThumbnailSource source = ThumbnailSource::none;
  Decision decision;
};

/// Why a fetch gave nothing.
struct FetchRefusal {
  Error error;
  std::uint32_t retry_after_s = 0;   ///< with `rate_limit_exceeded`
  std::string tier;                  ///< with `rate_limit_exceeded`
  std::string client_id;             ///< once the token is verified
  std::optional<Decision> decision;  ///< once access was decided
};

/// Leave to upload one picture: all checks that need none of its bytes have passed, and the call was charged to its
/// client. Made by `Engine::open_upload` and by nothing else; used up by `Engine::finish_upload`.
class UploadPermit {
 public:
  UploadPermit(UploadPermit&&) noexcept = default;
  UploadPermit& operator=(UploadPermit&&) noexcept = default;

 private:
  friend class engine::ThumbnailEngine;
  struct Terms {
    std::uint64_t engine = 0;
    Admission admission;
    Guid imodel_id;
    MediaType declared = MediaType::png;
    std::optional<std::string> if_match;
    std::optional<std::string> if_none_match;
  };
  explicit UploadPermit(std::unique_ptr<const Terms> terms) noexcept : terms_(std::move(terms)) {}

  std::unique_ptr<const Terms> terms_;  // nothing: it was used up
};

/// Ties the stages together. Calls may come from any thread.
class LOCKET_API Engine {
 public:
  /// Makes an engine. Fails with `argument_invalid` when a part is missing, the recipe holds what is no value of its
  /// enumerations, or a default picture is not a whole PNG of its size.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> create(const EngineParts& parts, EngineOptions options = {});

  virtual ~Engine() = default;

  /// Answers one request of the thumbnail operations, whatever it holds. Never throws, never fails otherwise.
  [[nodiscard]] virtual Response handle(const Request& request) noexcept = 0;

  /// The first half of a PUT, for a transport that would rather refuse before it takes the body: every check that needs
  /// no bytes, in the same order.
  /// Input: the request without its body; `body_bytes` as the transport was told it, or 0 when it does not know.
  /// Result: leave to send the body; or the answer. Charges the client once. Never throws.
  [[nodiscard]] virtual std::expected<UploadPermit, Response> open_upload(const Request& head) noexcept = 0;

  /// The second half: asks for leave once more, since the body may have been long under way, renders, and stores.
  /// The token is not looked at again: it held when the upload began. Charges nothing. Inputs: the permit (one that was
  /// used already, or moved elsewhere, is a 500 and stores nothing); the whole body, valid during the call.
  /// Never throws. Cost: a render.
  [[nodiscard]] virtual Response finish_upload(UploadPermit permit, BytesView body) noexcept = 0;

  /// The first checks of every operation (token, then rate limit), for a host that adds operations of its own.
  /// Result: the admission, for an `AccessControl`; or the answer. Charges the client once. Never throws.
  [[nodiscard]] virtual std::expected<Admission, Response> admit_caller(const Request& request) noexcept = 0;

  /// The exact answer of a failure, for a transport that has to refuse by itself. A 503 asks to wait for a second.
  /// Never throws.
  [[nodiscard]] virtual Response problem(Code code, Method method) const noexcept = 0;

  /// The guarded fetch for those who need no HTTP words; the same stages in the same order.
  /// Result: the picture; or why not, with the code that `handle` would answer by. What a part of the host throws is
  /// `access_unavailable`, or what its own base class makes of it. Never throws.
  [[nodiscard]] virtual std::expected<Fetched, FetchRefusal> fetch(const FetchQuestion& question) = 0;

  /// Renders and stores a picture for the operator, without a caller's policy; returns when it is durable.
  /// Fails with a `picture_` or `store_` code, or with `argument_invalid` where the recipe is none, a text too long, or
  /// the iModel unknown and no iTwin given; the store is then unchanged.
  [[nodiscard]] virtual Result<Imported> import_picture(const Upload& upload) = 0;

  /// The first half of `import_picture`, for those who import many: renders and stores nothing, so that processors
  /// work on the next picture while others wait for the disk. `Store::put` of the record is the other half.
  /// Fails with a `picture_` or `store_` code, or with `argument_invalid` where the recipe is none. A picture that is
  /// stored unchanged is not decoded; where what is remembered of it is damaged it is rendered, and storing it mends
  /// that.
  [[nodiscard]] virtual Result<ImportDraft> draft_import(const Upload& upload) = 0;
};

}  // namespace locket
