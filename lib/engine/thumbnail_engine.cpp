#include "engine/thumbnail_engine.hpp"

#include <atomic>
#include <new>
#include <utility>

#include "base/guarded.hpp"
#include "base/log_text.hpp"
#include "crypto/sha256.hpp"
#include "engine/query.hpp"

namespace locket::engine {
namespace {

constexpr int rounds_max = 3;

// The n-th engine of the process.
std::uint64_t next_number() noexcept {
  static std::atomic<std::uint64_t> engines{0};
  return ++engines;
}

// A denial keeps its decision, so that a host can log why; the answer tells only the code.
std::unexpected<FetchRefusal> denied(Code code, const Decision& decision) {
  constexpr std::size_t longest_rule_bytes = 32;
  FetchRefusal refusal;
  refusal.error.code = decision.rule == Rule::facts_unavailable ? Code::access_unavailable : code;
  refusal.error.detail.reserve(longest_rule_bytes);  // so that no name is told from another by the time it takes
  refusal.error.detail = rule_name(decision.rule);
  refusal.decision = decision;
  return std::unexpected(std::move(refusal));
}

// A failed look-up denies with 503, whatever failed; the log still tells what it was.
std::unexpected<FetchRefusal> undecided(Error error) {
  if (status_of(error.code) == 503) return refused(std::move(error));
  return refused({Code::access_unavailable, std::string(code_name(error.code)) + ": " + error.detail});
}

}  // namespace

std::unexpected<FetchRefusal> refused_by_store(Error error) {
  if (status_of(error.code) >= 500) return refused(std::move(error));
  return refused({Code::store_failed, std::string(code_name(error.code)) + ": " + error.detail});
}

ThumbnailEngine::ThumbnailEngine(const EngineParts& parts, EngineOptions options, FixedPicture small,
                                 FixedPicture large)
    : parts_(parts),
      options_(std::move(options)),
      number_(next_number()),
      recipe_text_(to_string(options_.recipe)),
      default_small_(std::move(small)),
      default_large_(std::move(large)),
      unavailable_(to_response(Code::access_unavailable, {}, options_.limits)),
      lookups_(options_.limits.user_lookup_bytes_max) {}

auto ThumbnailEngine::identify(std::string_view token) const -> Stage<Identity> {
  auto identity = parts_.tokens->verify(token, parts_.clock->now());
  if (!identity) return refused(std::move(identity.error()));
  return std::move(*identity);
}

auto ThumbnailEngine::admit(const Identity& identity) const -> Stage<Admission> {
  const std::shared_ptr<const Tier> tier = parts_.access->tier_of(identity.client_id());
  if (!tier) return refused({Code::access_unavailable, "the tiers could not be read"});
  auto admission = parts_.rates->admit(identity, *tier, parts_.clock->monotonic_now());
  if (admission) return std::move(*admission);
  const RateRefusal& why = admission.error();
  if (why.unavailable) return refused({Code::rate_limiter_unavailable, why.reason});
  FetchRefusal refusal;
  refusal.error.code = Code::rate_limit_exceeded;
  refusal.retry_after_s = why.retry_after_s;
  refusal.tier = why.tier;
  refusal.client_id = identity.client_id();
  return std::unexpected(std::move(refusal));
}

auto ThumbnailEngine::asked_for(std::string_view text) const -> Asked {
  const std::optional<Guid> imodel_id = parse_guid(text);
  return {imodel_id, imodel_id ? *imodel_id : lookups_.stand_in(text)};
}

Result<std::optional<ImodelEntry>> ThumbnailEngine::look_up(std::string_view user, const Guid& imodel_id,
                                                            std::uint64_t epoch) const {
  const UserLookups::Question question = lookups_.ask(user, imodel_id, epoch);
  if (auto known = lookups_.find(question)) return *known;
  auto entry = parts_.store->find_imodel(imodel_id, Lookup::stored);
  if (entry) lookups_.keep(question, *entry);
  return entry;
}

// A malformed id, an unknown iModel and a hidden one take the same way through here: one look-up, one decision. What
// others have fetched answers only where the answer is not a denial, or the time would tell that there is such an
// iModel.
auto ThumbnailEngine::decide_view(const Admission& admission, const Asked& asked, std::uint64_t epoch) const
    -> Stage<Visible> {
  const std::string& user = admission.identity().user();
  auto entry = parts_.store->find_imodel(asked.looked_up, Lookup::remembered);
  const bool fetched_before = entry && entry->has_value();
  if (entry && !fetched_before) entry = look_up(user, asked.looked_up, epoch);
  if (!entry) return undecided(std::move(entry.error()));
  if (entry->has_value() && (*entry)->facts.imodel_id != asked.looked_up) {
    return refused({Code::access_unavailable, "the store told of another iModel than it was asked for"});
  }
  const bool known = asked.imodel_id.has_value() && entry->has_value();
  const std::optional<ImodelFacts> facts = known ? std::optional((*entry)->facts) : std::nullopt;
  auto grant = parts_.access->authorize_view(admission, facts);
  if (grant && known) return Visible{std::move(*grant), **entry};
  if (fetched_before) {
    auto again = look_up(user, asked.looked_up, epoch);
    if (!again) return undecided(std::move(again.error()));
  }
  return denied(Code::imodel_not_found, grant ? grant->decision() : grant.error());
}

// Where the store has changed meanwhile, what it told of the iModel and what it told of the user may be of two states,
// of which neither lets the user in.
auto ThumbnailEngine::permit_view(const Admission& admission, const Asked& asked) const -> Stage<Visible> {
  for (int round = 0; round < rounds_max; ++round) {
    const std::uint64_t epoch = parts_.store->content_epoch();
    auto visible = decide_view(admission, asked, epoch);
    if (visible && parts_.store->content_epoch() != epoch) continue;
    const auto decision = visible ? std::optional(visible->grant.decision()) : visible.error().decision;
    if (decision) tell(admission, asked.imodel_id, Permission::webview, *decision);
    return visible;
  }
  return refused({Code::access_unavailable, "the store changed again and again while it was asked"});
}

auto ThumbnailEngine::permit_manage(const Admission& admission, const Visible& visible) const -> Stage<ManageGrant> {
  auto grant = parts_.access->authorize_manage(admission, visible.grant, visible.entry.facts);
  tell(admission, visible.entry.facts.imodel_id, Permission::manage, grant ? grant->decision() : grant.error());
  if (grant) return std::move(*grant);
  return denied(Code::permission_insufficient, grant.error());
}

auto ThumbnailEngine::deliver(const Visible& visible, Size size, std::string_view known_etags) const -> Stage<Fetched> {
  if (!visible.entry.uploaded) return deliver_default(visible, size, known_etags);
  // Twice: when the picture is replaced between both look-ups, the second round finds the new one.
  for (int round = 0; round < 2; ++round) {
    auto location = parts_.store->locate(visible.grant, size);
    if (!location) return refused_by_store(std::move(location.error()));
    if (!location->has_value()) return deliver_default(visible, size, known_etags);
    auto fetched = deliver_uploaded(visible, **location, known_etags);
    if (!fetched || fetched->not_modified || !fetched->png.empty()) return fetched;
  }
  return refused({Code::store_busy, "the picture was replaced again and again while it was read"});
}

auto ThumbnailEngine::deliver_uploaded(const Visible& visible, const Location& location,
                                       std::string_view known_etags) const -> Stage<Fetched> {
  Fetched fetched;
  fetched.source = ThumbnailSource::uploaded;
  fetched.decision = visible.grant.decision();
  fetched.etag = to_etag(location.digest);
  fetched.not_modified = names_etag(known_etags, fetched.etag, true);
  if (fetched.not_modified) return fetched;
  auto bytes = parts_.store->read(visible.grant, location);
  if (!bytes) return refused_by_store(std::move(bytes.error()));
  if (bytes->has_value()) fetched.png = std::move(**bytes);
  return fetched;
}

Fetched ThumbnailEngine::deliver_default(const Visible& visible, Size size, std::string_view known_etags) const {
  const FixedPicture& picture = size == Size::small ? default_small_ : default_large_;
  Fetched fetched;
  fetched.source = ThumbnailSource::default_picture;
  fetched.decision = visible.grant.decision();
  fetched.etag = picture.etag;
  fetched.not_modified = names_etag(known_etags, picture.etag, true);
  if (!fetched.not_modified) fetched.png = picture.png;
  return fetched;
}

void ThumbnailEngine::tell(const Admission& admission, const std::optional<Guid>& imodel_id, Permission permission,
                           const Decision& decision) const noexcept {
  if (parts_.decisions == nullptr) return;
  const Identity& who = admission.identity();
  parts_.decisions->decided(who.user(), who.client_id(), imodel_id, permission, decision);
}

auto ThumbnailEngine::fetch_as(const Identity& identity, const FetchQuestion& question) const -> Stage<Fetched> {
  std::optional<Decision> decision;
  try {
    auto admission = admit(identity);
    if (!admission) return std::unexpected(std::move(admission.error()));
    auto visible = permit_view(*admission, {question.imodel_id, question.imodel_id});
    if (!visible) return std::unexpected(std::move(visible.error()));
    decision = visible->grant.decision();
    auto fetched = deliver(*visible, question.size, question.known_etag);
    if (!fetched) fetched.error().decision = decision;
    return fetched;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    auto refusal = refused({Code::access_unavailable, std::string(host_threw)});
    refusal.error().decision = decision;
    return refusal;
  }
}

std::expected<Fetched, FetchRefusal> ThumbnailEngine::fetch(const FetchQuestion& question) {
  try {
    if (parts_.tokens == nullptr) return refused({Code::argument_invalid, std::string(no_policy)});
    auto identity = identify(question.token);
    if (!identity) return std::unexpected(std::move(identity.error()));
    auto fetched = fetch_as(*identity, question);
    if (!fetched) fetched.error().client_id = identity->client_id();
    return fetched;
  } catch (...) {  // what a host's part threw was caught before
    return refused({Code::out_of_memory, {}});
  }
}

Result<Record> ThumbnailEngine::make_record(const Upload& upload, const Sha256& source_digest) const {
  const Recipe& recipe = upload.recipe ? *upload.recipe : options_.recipe;
  auto rendering = render(upload.bytes, recipe, options_.limits);
  if (!rendering) return std::unexpected(std::move(rendering.error()));
  Record record;
  record.imodel_id = upload.imodel_id;
  record.itwin_id = upload.itwin_id;
  record.small = HashedBytes(std::move(rendering->small));
  record.large = HashedBytes(std::move(rendering->large));
  record.source_digest = source_digest;
  record.source = rendering->source;
  record.recipe = to_string(recipe);
  record.source_path = upload.source_path;
  return record;
}

Result<ImportDraft> ThumbnailEngine::draft_import(const Upload& upload) {
  return locket::guarded([&]() -> Result<ImportDraft> {
    if (upload.bytes.size() > options_.limits.picture_bytes_max) {
      return fail(Code::picture_bytes_over_limit, "the file has " + std::to_string(upload.bytes.size()) +
                                                      " bytes, over the limit of " +
                                                      std::to_string(options_.limits.picture_bytes_max) + " bytes");
    }
    if (upload.recipe && !upload.recipe->is_valid()) {
      return fail(Code::argument_invalid, "no such fit, filter or effort");
    }
    const Sha256 source_digest = crypto::sha256(upload.bytes);
    ImportDraft draft;
    if (!upload.force) {
      auto stored = parts_.store->find_thumbnail(upload.imodel_id);
      // An entry that is damaged says nothing of what is stored; storing it anew mends it.
      const bool damaged = !stored && stored.error().code == Code::store_corrupt;
      if (!stored && !damaged) return std::unexpected(std::move(stored.error()));
      const std::string recipe_text = upload.recipe ? to_string(*upload.recipe) : recipe_text_;
      if (!damaged && stored->has_value() && (*stored)->source_digest == source_digest &&
          (*stored)->recipe == recipe_text) {
        draft.revision = (*stored)->revision;
        return draft;
      }
    }
    auto record = make_record(upload, source_digest);
    if (!record) return std::unexpected(std::move(record.error()));
    draft.record = std::move(*record);
    return draft;
  });
}

Result<Imported> ThumbnailEngine::import_picture(const Upload& upload) {
  auto draft = draft_import(upload);
  if (!draft) return std::unexpected(std::move(draft.error()));
  if (!draft->record) return Imported{{upload.imodel_id, draft->revision, false}, true};
  auto receipt = locket::guarded([&] { return parts_.store->put(*draft->record); });
  if (!receipt) return std::unexpected(std::move(receipt.error()));
  return Imported{*receipt, false};
}

}  // namespace locket::engine
