#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/problem.hpp"
#include "engine/user_lookups.hpp"
#include "locket/engine.hpp"

namespace locket::engine {

/// A picture that is served without a store: the default one, with its entity tag.
struct FixedPicture {
  SharedBytes png;
  std::string etag;
};

/// Details of errors that more than one of the engine's calls gives.
inline constexpr std::string_view host_threw = "a part of the host threw an exception";
inline constexpr std::string_view no_policy = "this engine was made without policy parts";

/// The refused form of any stage. Cost: one move.
[[nodiscard]] inline std::unexpected<FetchRefusal> refused(Error error) {
  FetchRefusal refusal;
  refusal.error = std::move(error);
  return std::unexpected(std::move(refusal));
}

/// A refusal by what a store said. A host's own may give any code: one that names a fault of the caller's would be told
/// to a caller who has none, with the store's words, so it becomes `store_failed`.
[[nodiscard]] std::unexpected<FetchRefusal> refused_by_store(Error error);

/// The stages of both operations, one function each, in the order in which they run. Each takes what the stage before
/// it made. thumbnail_requests.cpp has what reads requests and makes responses, thumbnail_engine.cpp the rest. Calls
/// may come from any thread.
class ThumbnailEngine final : public Engine {
 public:
  /// Takes parts that `Engine::create` has checked, and both default pictures.
  ThumbnailEngine(const EngineParts& parts, EngineOptions options, FixedPicture small, FixedPicture large);

  Response handle(const Request& request) noexcept override;
  std::expected<UploadPermit, Response> open_upload(const Request& head) noexcept override;
  Response finish_upload(UploadPermit permit, BytesView body) noexcept override;
  std::expected<Admission, Response> admit_caller(const Request& request) noexcept override;
  Response problem(Code code, Method method) const noexcept override;
  std::expected<Fetched, FetchRefusal> fetch(const FetchQuestion& question) override;
  Result<Imported> import_picture(const Upload& upload) override;
  Result<ImportDraft> draft_import(const Upload& upload) override;

 private:
  template <class Value>
  using Stage = std::expected<Value, FetchRefusal>;
  using UploadTerms = UploadPermit::Terms;

  /// What the stages before the picture give: leave to see, and what is known of the iModel.
  struct Visible {
    Grant grant;
    ImodelEntry entry;
  };

  /// The iModel that is asked for. A text that is no id is looked up as well, under one that stands for it.
  struct Asked {
    std::optional<Guid> imodel_id;
    Guid looked_up;
  };

  Stage<Identity> identify(std::string_view token) const;
  Stage<Identity> identify_request(const Request& request) const;
  Stage<Admission> admit(const Identity& identity) const;
  Asked asked_for(std::string_view text) const;
  Result<std::optional<ImodelEntry>> look_up(std::string_view user, const Guid& imodel_id, std::uint64_t epoch) const;
  Stage<Visible> decide_view(const Admission& admission, const Asked& asked, std::uint64_t epoch) const;
  Stage<Visible> permit_view(const Admission& admission, const Asked& asked) const;
  Stage<ManageGrant> permit_manage(const Admission& admission, const Visible& visible) const;
  Stage<Fetched> fetch_as(const Identity& identity, const FetchQuestion& question) const;
  Stage<Fetched> deliver(const Visible& visible, Size size, std::string_view known_etags) const;
  Stage<Fetched> deliver_uploaded(const Visible& visible, const Location& location, std::string_view known_etags) const;
  Fetched deliver_default(const Visible& visible, Size size, std::string_view known_etags) const;

  Stage<Response> get_thumbnail(const Request& request, const Admission& admission) const;
  Stage<UploadPermit> permit_upload(const Request& request, const Admission& admission) const;
  Stage<Response> store_upload(const UploadPermit& permit, BytesView body);
  Stage<Receipt> upload(const UploadTerms& terms, const ManageGrant& grant, const Visible& visible, BytesView body);
  Stage<std::optional<std::uint64_t>> expected_revision(const UploadTerms& terms, const Visible& visible) const;
  Stage<Admission> admit_request(const Request& request) const;
  Stage<Response> answer(const Request& request);
  Response refuse(const FetchRefusal& refusal, ProblemContext context) const;
  /// The answer that needs no memory; its headers are left out where there is none for them.
  Response without_memory() const noexcept;
  /// Runs a call of the library's door: what a host's part throws becomes a 503, and so does a lack of memory.
  template <class Call>
  auto guarded(Call call, Method method) const noexcept;

  Result<Record> make_record(const Upload& upload, const Sha256& source_digest) const;
  void tell(const Admission& admission, const std::optional<Guid>& imodel_id, Permission permission,
            const Decision& decision) const noexcept;

  EngineParts parts_;
  EngineOptions options_;
  const std::uint64_t number_;  // of this engine, which no other in the process has
  std::string recipe_text_;
  FixedPicture default_small_;
  FixedPicture default_large_;
  Response unavailable_;
  mutable UserLookups lookups_;
};

}  // namespace locket::engine
