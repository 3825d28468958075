#include <algorithm>
#include <fstream>
#include <iterator>

#include "fuzz_target.hpp"
#include "locket/store.hpp"
#include "scratch_folder.hpp"

namespace locket::fuzz {
namespace {

constexpr std::size_t block_bytes = 64;

Record make_record(std::uint8_t number) {
  Record record;
  record.imodel_id.bytes[3] = number;
  record.itwin_id = Guid{};
  record.small = HashedBytes(SharedBytes(Bytes(100 + number, std::byte{7})));
  record.large = HashedBytes(SharedBytes(Bytes(20'000, std::byte{number})));
  record.recipe = "r";
  return record;
}

/// A sound store as one file, and where in it anything is written.
struct SoundFile {
  Bytes bytes;
  std::vector<std::size_t> blocks;  // offsets of those that are not all zeros
};

SoundFile make_sound_file() {
  const ScratchFolder folder;
  const std::string path = folder.path("sound.locket");
  {
    auto store = open_store(path);
    demand(store.has_value(), "a store is made");
    for (std::uint8_t number = 1; number <= 3; ++number)
      demand((*store)->put(make_record(number)).has_value(), "a picture is stored");
    AccessDocument document;
    document.organizations = {{Guid{}, {"admin"}, {{"account", PermissionSet::from_bits(1)}}}};
    document.itwins = {{Guid{},
                        Guid{},
                        {"owner"},
                        {{"viewer", PermissionSet::from_bits(1)}},
                        {{"g", {"alice"}}},
                        {{"", "g", {"viewer"}}}}};
    document.tiers = {{"community", {{500, 60}}}};
    document.clients = {{"client", "community"}};
    demand((*store)->replace_access(document).has_value(), "access facts are stored");
  }
  SoundFile file;
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const BytesView bytes = as_bytes(text);
  file.bytes.assign(bytes.begin(), bytes.end());
  for (std::size_t at = 0; at + block_bytes <= file.bytes.size(); at += block_bytes) {
    const auto block = BytesView(file.bytes).subspan(at, block_bytes);
    if (std::ranges::any_of(block, [](std::byte byte) { return byte != std::byte{0}; })) file.blocks.push_back(at);
  }
  return file;
}

/// A whole file as it is; or the sound one with pieces written over it: block, place in it, count of bytes, the bytes.
Bytes to_file(BytesView input) {
  if (as_text(input).starts_with("SQLite format 3")) return {input.begin(), input.end()};
  static const SoundFile sound = make_sound_file();
  Bytes file = sound.bytes;
  InputReader reader(input);
  while (!reader.rest().empty()) {
    const std::size_t place = sound.blocks[reader.take_word() % sound.blocks.size()] + reader.take_byte() % block_bytes;
    for (unsigned left = 1 + reader.take_byte() % 32, at = 0; at < left && place + at < file.size(); ++at) {
      file[place + at] = static_cast<std::byte>(reader.take_byte());
    }
  }
  return file;
}

bool is_store_code(Code code) { return code_name(code).starts_with("store_"); }

void read_everything(Store& store) {
  std::vector<Guid> found;
  const auto listed = store.list([&](const StoredThumbnail& thumbnail) {
    found.push_back(thumbnail.facts.imodel_id);
    return found.size() < 100;
  });
  demand(listed || is_store_code(listed.error().code), "a store's fault has a store's code");
  for (const Guid& imodel_id : found) {
    static_cast<void>(store.find_imodel(imodel_id));
    static_cast<void>(store.find_thumbnail(imodel_id));
    const auto both = store.read_for_operator(imodel_id);
    demand(both || is_store_code(both.error().code), "a store's fault has a store's code");
  }
  const auto access = store.load_access(AccessScope::whole);
  demand(access || is_store_code(access.error().code) || access.error().code == Code::access_document_invalid,
         "access facts are whole or refused");
  static_cast<void>(store.access_revision());
  static_cast<void>(store.statistics());
  static_cast<void>(store.failures());
  const auto checked = store.check({.progress = [](std::uint64_t, std::uint64_t) { return true; }});
  demand(checked || is_store_code(checked.error().code), "a store's fault has a store's code");
}

}  // namespace

void feed_store_file(BytesView input) {
  static const ScratchFolder folder;
  folder.clear();
  const std::string path = folder.write("fuzz.locket", to_file(input));
  StoreOptions options;
  options.create = false;
  auto store = open_store(path, options);
  if (!store) {
    demand(is_store_code(store.error().code), "a store's fault has a store's code");
    return;
  }
  read_everything(**store);
  const Record record = make_record(9);
  const auto receipt = (*store)->put(record);
  demand(receipt || is_store_code(receipt.error().code), "a store's fault has a store's code");
  if (!receipt) return;
  const auto both = (*store)->read_for_operator(record.imodel_id);
  demand(!both || (both->has_value() && std::ranges::equal((*both)->small.view(), record.small.view())),
         "what was acknowledged is right or known to be damaged");
}

}  // namespace locket::fuzz
