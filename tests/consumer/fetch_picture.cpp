// A program outside the tree: imports one picture and fetches it through the policy, with nothing but the public
// headers. Prints `STATUS WIDTHxHEIGHT` of both sizes and the status that a stranger gets.
// Usage: fetch_picture PICTURE STORE

#include <fstream>
#include <iostream>
#include <iterator>
#include <locket/locket.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view imodel = "2b382042-4a92-46a4-a3cf-db4b77085489";
constexpr std::string_view access_json = R"({
  "organizations": [{"id": "33333333-3333-4333-8333-333333333333", "administrators": []}],
  "itwins": [{"id": "11111111-1111-4111-8111-111111111111", "organization_id": "33333333-3333-4333-8333-333333333333",
              "owners": [], "roles": [{"id": "viewer", "permissions": ["imodels_webview"]}], "groups": [],
              "members": [{"user": "alice", "roles": ["viewer"]}]}],
  "imodels": [], "tiers": [], "clients": []})";

template <class Value>
Value must(locket::Result<Value> result) {
  if (!result)
    throw std::runtime_error(std::string(locket::code_name(result.error().code)) + ": " + result.error().detail);
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("can't read ") + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string token_for(const locket::SigningKey& key, std::string_view user) {
  locket::TokenRequest request;
  request.user = user;
  request.client_id = "example";
  return must(key.sign(locket::make_claims(request, locket::system_clock().now())));
}

// A big-endian number of a PNG's header.
unsigned number_at(std::string_view png, std::size_t offset) {
  unsigned number = 0;
  for (const char c : png.substr(offset, 4)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void ask(locket::Engine& engine, const std::string& token, std::string_view query) {
  const std::string authorization = "Bearer " + token;
  const locket::HeaderView headers[] = {{"Authorization", authorization}};
  locket::Request request;
  request.imodel_id = imodel;
  request.query = query;
  request.headers = headers;
  const locket::Response response = engine.handle(request);
  std::cout << response.status;
  const std::string_view body = locket::as_text(response.body.view());
  if (response.status == 200) std::cout << ' ' << number_at(body, 16) << 'x' << number_at(body, 20);
  std::cout << '\n';
}

void run(const char* picture_path, const char* store_path) {
  const auto store = must(locket::open_store(store_path));
  const auto key = must(locket::SigningKey::generate(locket::Algorithm::es256));
  const auto tokens = must(locket::make_jwks_token_verifier({}, locket::make_static_key_source(key.to_jwks())));
  const auto rates = locket::make_memory_rate_limiter();
  must(store->replace_access(must(locket::parse_access_document(access_json))));
  const auto access = must(locket::make_stored_access_control(*store));
  locket::EngineParts parts;
  parts.store = store.get();
  parts.tokens = tokens.get();
  parts.rates = rates.get();
  parts.access = access.get();
  const auto engine = must(locket::Engine::create(parts));

  const std::string picture = read_file(picture_path);
  locket::Upload upload;
  upload.imodel_id = *locket::parse_guid(imodel);
  upload.itwin_id = locket::parse_guid("11111111-1111-4111-8111-111111111111");
  upload.bytes = locket::as_bytes(picture);
  must(engine->import_picture(upload));

  ask(*engine, token_for(key, "alice"), "");
  ask(*engine, token_for(key, "alice"), "size=large");
  ask(*engine, token_for(key, "mallory"), "");
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: fetch_picture PICTURE STORE\n";
    return 2;
  }
  try {
    run(words[1], words[2]);
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
