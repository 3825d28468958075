#include "rados/imodel_objects.hpp"

#include <algorithm>
#include <cerrno>

#include "locket/clock.hpp"
#include "rados/wire.hpp"

namespace locket::rados {
namespace {

constexpr const char* head_attribute = "head";
constexpr const char* revision_attribute = "revision";
constexpr std::size_t ids_at_once = 4'000'000;
constexpr std::size_t slice_ids = 256;
constexpr int rounds_max = 10;

Error damaged(const Guid& imodel_id, std::string_view what) {
  return {Code::store_corrupt, std::string(what) + " of iModel " + to_string(imodel_id) + " is damaged"};
}

std::optional<ThumbnailHead> head_of(const Attributes& attributes, const Guid& imodel_id) {
  const auto text = attributes.find(head_attribute);
  const auto revision = attributes.find(revision_attribute);
  if (text == attributes.end() || revision == attributes.end()) return std::nullopt;
  auto head = decode_head(text->second, imodel_id);
  if (head && hex_of(head->revision) != revision->second) return std::nullopt;
  return head;
}

bool is_proven(BytesView bytes, const PictureHead& picture) {
  return bytes.size() == picture.bytes && crypto::checksum(bytes) == picture.checksum;
}

std::uint64_t bytes_of(const ThumbnailHead& head) { return head.small.bytes + head.large.bytes; }

}  // namespace

Result<std::optional<ThumbnailHead>> ImodelObjects::head(const Guid& imodel_id) {
  Attributes attributes;
  const int result = space_.read(to_string(imodel_id), attributes, 0, {});
  if (result == -ENOENT) return std::nullopt;
  if (result < 0) return std::unexpected(rados_error(result, "reading the entry of an iModel"));
  auto head = head_of(attributes, imodel_id);
  if (!head) return std::unexpected(damaged(imodel_id, "the entry"));
  return head;
}

Result<std::optional<SharedBytes>> ImodelObjects::picture(const Location& location) {
  auto memory = std::make_shared_for_overwrite<std::byte[]>(location.bytes);
  const std::span<std::byte> bytes(memory.get(), location.bytes);
  Attributes attributes;
  const int result =
      space_.read(to_string(location.imodel_id), attributes, static_cast<std::uint64_t>(location.picture_id), bytes);
  if (result == -ENOENT) return std::nullopt;
  if (result < 0) return std::unexpected(rados_error(result, "reading a picture"));
  const auto head = head_of(attributes, location.imodel_id);
  if (!head) return std::unexpected(damaged(location.imodel_id, "the entry"));
  const PictureHead& picture = head->picture(location.size);
  if (!head->uploaded || head->revision != location.revision || picture.sha256 != location.digest ||
      picture.bytes != location.bytes || picture.offset != static_cast<std::uint64_t>(location.picture_id)) {
    return std::nullopt;
  }
  const BytesView read(memory.get(), static_cast<std::size_t>(result));
  if (!is_proven(read, picture)) return std::unexpected(damaged(location.imodel_id, "a picture"));
  return SharedBytes(std::move(memory), read);
}

// What was seen only tells how much room to take: the head and the bytes that are read belong together, whichever they
// are. One that is replaced all the time is replaced before each reading, so there is more room from the second on.
Result<std::optional<ImodelObject>> ImodelObjects::both(const Guid& imodel_id, ThumbnailHead seen) {
  for (int round = 0; round < rounds_max; ++round) {
    if (!seen.uploaded) return std::nullopt;
    const std::uint64_t wanted = bytes_of(seen);
    const std::uint64_t room = round == 0 ? wanted : wanted + wanted / 4;
    auto memory = std::make_shared_for_overwrite<std::byte[]>(room);
    Attributes attributes;
    const int result = space_.read(to_string(imodel_id), attributes, 0, {memory.get(), room});
    if (result == -ENOENT) return std::nullopt;
    if (result < 0) return std::unexpected(rados_error(result, "reading both pictures"));
    const auto head = head_of(attributes, imodel_id);
    if (!head) return std::unexpected(damaged(imodel_id, "the entry"));
    if (!head->uploaded || bytes_of(*head) > room) {
      seen = *head;
      continue;
    }
    const BytesView read(memory.get(), std::min<std::size_t>(static_cast<std::size_t>(result), bytes_of(*head)));
    const BytesView small = read.first(std::min<std::size_t>(read.size(), head->small.bytes));
    const BytesView large = read.subspan(small.size());
    if (!is_proven(small, head->small)) return std::unexpected(damaged(imodel_id, "the small picture"));
    if (!is_proven(large, head->large)) return std::unexpected(damaged(imodel_id, "the large picture"));
    return ImodelObject{*head, SharedBytes(memory, small), SharedBytes(memory, large)};
  }
  return fail(Code::store_busy, "the picture was replaced again and again while it was read");
}

Result<bool> ImodelObjects::replace(const Guid& imodel_id, const std::optional<ThumbnailHead>& seen,
                                    const ThumbnailHead& made, std::optional<std::string_view> bytes) {
  WriteOperation writing;
  if (seen) {
    writing.require(revision_attribute, hex_of(seen->revision));
  } else {
    writing.create();
  }
  if (bytes) writing.write(*bytes);
  writing.set(revision_attribute, hex_of(made.revision)).set(head_attribute, encode(made, imodel_id));
  const int written = space_.operate(to_string(imodel_id), writing);
  if (written == -EEXIST || written == -ECANCELED || written == -ENOENT) return false;
  if (written < 0) return std::unexpected(rados_error(written, "writing a thumbnail"));
  return true;
}

Result<bool> ImodelObjects::replace_damaged(const Guid& imodel_id, ThumbnailHead made) {
  Attributes attributes;
  const int read = space_.read(to_string(imodel_id), attributes, 0, {});
  if (read == -ENOENT) return false;
  if (read < 0) return std::unexpected(rados_error(read, "reading the entry of an iModel"));
  if (head_of(attributes, imodel_id)) return false;
  // An attribute that is not there compares as an empty one.
  const auto told = attributes.find(revision_attribute);
  const std::string seen = told != attributes.end() ? told->second : std::string();
  // Nobody changes an iModel a thousand times a second, so no revision that was told comes again.
  std::uint64_t last_revision = static_cast<std::uint64_t>(system_clock().now().seconds) * 1'000;
  if (std::uint64_t readable = 0; read_hex(seen, readable)) last_revision = readable;
  made.revision = last_revision + 1;
  WriteOperation writing;
  writing.require(revision_attribute, seen);
  writing.write({}).set(revision_attribute, hex_of(made.revision)).set(head_attribute, encode(made, imodel_id));
  const int written = space_.operate(to_string(imodel_id), writing);
  if (written == -ECANCELED) return false;
  if (written < 0) return std::unexpected(rados_error(written, "writing over a damaged entry"));
  return true;
}

Result<void> ImodelObjects::for_each_slice(std::optional<Guid> after,
                                           const std::function<bool(const std::vector<Guid>&)>& visit) {
  for (bool more = true; more;) {
    std::vector<Guid> ids;  // the smallest that come after, kept as a heap with the largest of them on top
    more = false;
    auto listed = space_.names([&](std::string_view name) {
      const auto id = parse_guid(name);
      if (!id || (after && *id <= *after)) return true;
      if (ids.size() == ids_at_once) {
        more = true;
        if (*id > ids.front()) return true;
        std::ranges::pop_heap(ids);
        ids.pop_back();
      }
      ids.push_back(*id);
      std::ranges::push_heap(ids);
      return true;
    });
    if (!listed) return listed;
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());  // a listing may tell one twice while data moves
    for (std::size_t at = 0; at < ids.size(); at += slice_ids) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), at + slice_ids));
      if (!visit({first, last})) return {};
    }
    if (!ids.empty()) after = ids.back();
  }
  return {};
}

}  // namespace locket::rados
