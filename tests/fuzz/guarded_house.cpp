#include "guarded_house.hpp"

#include "codec/png_writer.hpp"
#include "fuzz_target.hpp"

namespace locket::fuzz {
namespace {

constexpr std::string_view access_json = R"({
  "organizations": [{"id": "aaaaaaaa-0000-4000-8000-000000000001", "administrators": []}],
  "itwins": [{"id": "bbbbbbbb-0000-4000-8000-000000000001", "organization_id": "aaaaaaaa-0000-4000-8000-000000000001",
     "roles": [{"id": "viewer", "permissions": ["imodels_webview"]},
               {"id": "manager", "permissions": ["imodels_webview", "imodels_manage"]}],
     "members": [{"user": "alice", "roles": ["viewer"]}, {"user": "max", "roles": ["manager"]}]}],
  "imodels": [{"id": "11111111-1111-4111-8111-111111111111", "itwin_id": "bbbbbbbb-0000-4000-8000-000000000001"},
              {"id": "33333333-3333-4333-8333-333333333333", "itwin_id": "bbbbbbbb-0000-4000-8000-000000000001"}],
  "tiers": [{"name": "free", "limits": []}]
})";

template <class Value>
Value must(Result<Value> result, std::string_view what) {
  demand(result.has_value(), what);
  return std::move(*result);
}

Bytes flat_picture(PixelSize size) {
  const std::size_t samples = std::size_t{size.width_px} * size.height_px;
  const Image image{
      .size = size, .format = RowFormat::grey, .samples = std::vector<std::uint8_t>(samples, std::uint8_t{9})};
  return must(codec::write_png(image, Effort::fast), "a picture is written");
}

std::string make_bearer(const SigningKey& key, std::string user) {
  TokenRequest request;
  request.user = std::move(user);
  request.client_id = "client";
  request.expires_in_s = 30 * 86'400;
  return "Bearer " + must(key.sign(make_claims(request, system_clock().now())), "a token is signed");
}

}  // namespace

GuardedHouse& GuardedHouse::shared() {
  static GuardedHouse house;
  return house;
}

GuardedHouse::GuardedHouse() {
  key_ = std::make_unique<SigningKey>(must(SigningKey::generate(Algorithm::es256), "a key is made"));
  store_ = must(open_store(folder_.path("fuzz.locket")), "a store is made");
  demand(store_->replace_access(must(parse_access_document(access_json), "the document is good")).has_value(),
         "the access facts are stored");
  tokens_ = must(make_jwks_token_verifier({}, make_static_key_source(key_->to_jwks())), "the keys are good");
  rates_ = make_memory_rate_limiter();
  access_ = must(make_stored_access_control(*store_), "the access facts are read");
  EngineParts parts;
  parts.store = store_.get();
  parts.tokens = tokens_.get();
  parts.rates = rates_.get();
  parts.access = access_.get();
  EngineOptions options;
  options.limits.picture_pixels_max = 100'000;
  options.limits.buffered_picture_pixels_max = 50'000;
  options.default_small = flat_picture(small_size);  // to draw them takes longer than a thousand requests
  options.default_large = flat_picture(large_size);
  engine_ = must(Engine::create(parts, options), "an engine is made");
  const Bytes png = flat_picture({16, 10});
  Upload upload;
  upload.imodel_id = parse_guid(shown_id).value();
  upload.bytes = png;
  demand(engine_->import_picture(upload).has_value(), "a picture is stored");
  alice_ = make_bearer(*key_, "alice");
  max_ = make_bearer(*key_, "max");
  mallory_ = make_bearer(*key_, "mallory");
}

const std::string& GuardedHouse::bearer_of(std::string_view user) const {
  if (user == "alice") return alice_;
  return user == "max" ? max_ : mallory_;
}

}  // namespace locket::fuzz
