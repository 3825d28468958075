#include "rados/access_piece.hpp"

#include <algorithm>

#include "crypto/checksum.hpp"
#include "crypto/sha256.hpp"
#include "rados/wire.hpp"

namespace locket::rados {
namespace {

using Document = AccessDocument;

constexpr std::string_view any_manifest_format = "locket access ";
constexpr std::string_view manifest_format = "locket access 1";

void add_names(Encoder& encoder, const std::vector<std::string>& names) {
  encoder.add(std::uint64_t{names.size()});
  for (const std::string& name : names) encoder.add(std::string_view(name));
}

std::vector<std::string> names_of(Decoder& decoder) {
  std::vector<std::string> names(decoder.count());
  for (std::string& name : names) name = decoder.text();
  return names;
}

PermissionSet permissions_of(Decoder& decoder) {
  return PermissionSet::from_bits(static_cast<std::uint32_t>(decoder.integer()));
}

void add_roles(Encoder& encoder, const std::vector<Document::Role>& roles) {
  encoder.add(std::uint64_t{roles.size()});
  for (const auto& role : roles) encoder.add(std::string_view(role.id)).add(std::uint64_t{role.permissions.bits()});
}

std::vector<Document::Role> roles_of(Decoder& decoder) {
  std::vector<Document::Role> roles(decoder.count());
  for (auto& role : roles) {
    role.id = decoder.text();
    role.permissions = permissions_of(decoder);
  }
  return roles;
}

Document::Itwin itwin_of(Decoder& decoder) {
  Document::Itwin itwin;
  itwin.id = decoder.guid();
  itwin.organization_id = decoder.guid();
  itwin.owners = names_of(decoder);
  itwin.roles = roles_of(decoder);
  itwin.groups.resize(decoder.count());
  for (auto& group : itwin.groups) {
    group.id = decoder.text();
    group.members = names_of(decoder);
  }
  itwin.members.resize(decoder.count());
  for (auto& member : itwin.members) {
    member.user = decoder.text();
    member.group = decoder.text();
    member.roles = names_of(decoder);
  }
  return itwin;
}

Document::Imodel imodel_of(Decoder& decoder) {
  Document::Imodel imodel;
  imodel.id = decoder.guid();
  imodel.itwin_id = decoder.guid();
  imodel.mode = static_cast<ImodelMode>(decoder.integer());
  imodel.granted.resize(decoder.count());
  for (auto& granted : imodel.granted) {
    granted.to = decoder.text();
    granted.permissions = permissions_of(decoder);
  }
  return imodel;
}

// What stands before the checksum at the end; nothing when it is damaged.
std::optional<std::string_view> sealed_part(std::string_view text) {
  crypto::Checksum stored{};
  if (text.size() < stored.size()) return std::nullopt;
  const std::string_view sealed = text.substr(0, text.size() - stored.size());
  Decoder(text.substr(sealed.size())).raw(stored);
  if (crypto::checksum(as_bytes(sealed)) != stored) return std::nullopt;
  return sealed;
}

}  // namespace

std::string encode_rest(const AccessDocument& document) {
  Encoder encoder;
  encoder.add(std::uint64_t{document.organizations.size()});
  for (const auto& organization : document.organizations) {
    encoder.add(organization.id);
    add_names(encoder, organization.administrators);
    add_roles(encoder, organization.roles);
  }
  encoder.add(std::uint64_t{document.tiers.size()});
  for (const Tier& tier : document.tiers) {
    encoder.add(std::string_view(tier.name)).add(std::uint64_t{tier.windows.size()});
    for (const RateWindow& window : tier.windows) {
      encoder.add(std::uint64_t{window.calls}).add(std::uint64_t{window.seconds});
    }
  }
  encoder.add(std::uint64_t{document.clients.size()});
  for (const auto& client : document.clients) {
    encoder.add(std::string_view(client.id)).add(std::string_view(client.tier));
  }
  return encoder.text();
}

bool decode_rest(std::string_view text, AccessDocument& document) {
  Decoder decoder(text);
  document.organizations.resize(decoder.count());
  for (auto& organization : document.organizations) {
    organization.id = decoder.guid();
    organization.administrators = names_of(decoder);
    organization.roles = roles_of(decoder);
  }
  document.tiers.resize(decoder.count());
  for (Tier& tier : document.tiers) {
    tier.name = decoder.text();
    tier.windows.resize(decoder.count());
    for (RateWindow& window : tier.windows) {
      window.calls = static_cast<std::uint32_t>(decoder.integer());
      window.seconds = static_cast<std::uint32_t>(decoder.integer());
    }
  }
  document.clients.resize(decoder.count());
  for (auto& client : document.clients) {
    client.id = decoder.text();
    client.tier = decoder.text();
  }
  return decoder.finished();
}

std::string encode(const ItwinFacts& facts) {
  const Document::Itwin& itwin = facts.itwin;
  Encoder encoder;
  encoder.add(itwin.id).add(itwin.organization_id);
  add_names(encoder, itwin.owners);
  add_roles(encoder, itwin.roles);
  encoder.add(std::uint64_t{itwin.groups.size()});
  for (const auto& group : itwin.groups) {
    encoder.add(std::string_view(group.id));
    add_names(encoder, group.members);
  }
  encoder.add(std::uint64_t{itwin.members.size()});
  for (const auto& member : itwin.members) {
    encoder.add(std::string_view(member.user)).add(std::string_view(member.group));
    add_names(encoder, member.roles);
  }
  encoder.add(std::uint64_t{facts.imodels.size()});
  for (const auto& imodel : facts.imodels) {
    encoder.add(imodel.id).add(imodel.itwin_id).add(static_cast<std::uint64_t>(imodel.mode));
    encoder.add(std::uint64_t{imodel.granted.size()});
    for (const auto& granted : imodel.granted) {
      encoder.add(std::string_view(granted.to)).add(std::uint64_t{granted.permissions.bits()});
    }
  }
  return encoder.text();
}

std::optional<ItwinFacts> decode_itwin(std::string_view text) {
  Decoder decoder(text);
  ItwinFacts facts;
  facts.itwin = itwin_of(decoder);
  facts.imodels.resize(decoder.count());
  for (auto& imodel : facts.imodels) imodel = imodel_of(decoder);
  if (!decoder.finished()) return std::nullopt;
  return facts;
}

std::string encode(const NamedImodels& named) {
  Encoder encoder;
  encoder.add(std::uint64_t{named.size()});
  for (const auto& [imodel_id, itwin_id] : named) encoder.add(imodel_id).add(itwin_id);
  return encoder.text();
}

std::optional<NamedImodels> decode_named(std::string_view text) {
  Decoder decoder(text);
  NamedImodels named(decoder.count());
  for (auto& [imodel_id, itwin_id] : named) {
    imodel_id = decoder.guid();
    itwin_id = decoder.guid();
  }
  if (!decoder.finished()) return std::nullopt;
  return named;
}

std::string encode(const Manifest& manifest) {
  Encoder encoder;
  encoder.add(manifest_format).add(manifest.revision).add(std::string_view(manifest.rest));
  encoder.add(std::uint64_t{manifest.itwins.size()});
  for (const auto& [id, name] : manifest.itwins) encoder.add(id).add(std::string_view(name));
  add_names(encoder, manifest.named);
  const crypto::Checksum checksum = crypto::checksum(as_bytes(encoder.text()));
  encoder.add_raw(checksum);
  return encoder.text();
}

std::optional<Manifest> decode_manifest(std::string_view text) {
  const auto sealed = sealed_part(text);
  if (!sealed) return std::nullopt;
  Decoder decoder(*sealed);
  if (decoder.text() != manifest_format) return std::nullopt;
  Manifest manifest;
  manifest.revision = decoder.integer();
  manifest.rest = decoder.text();
  manifest.itwins.resize(decoder.count());
  for (auto& [id, name] : manifest.itwins) {
    id = decoder.guid();
    name = decoder.text();
  }
  manifest.named = names_of(decoder);
  if (!decoder.finished()) return std::nullopt;
  return manifest;
}

bool is_another_form(std::string_view text) {
  const auto sealed = sealed_part(text);
  if (!sealed) return false;
  const std::string_view form = Decoder(*sealed).text();
  return form.starts_with(any_manifest_format) && form != manifest_format;
}

std::size_t shard_of(const Guid& imodel_id, std::size_t shards) noexcept { return GuidHash()(imodel_id) % shards; }

std::string piece_name(std::string_view what, std::uint64_t revision, std::string_view text) {
  const auto digest = crypto::sha256(as_bytes(text));
  const BytesView bytes(reinterpret_cast<const std::byte*>(digest.data()), digest.size());
  return std::string(what) + '.' + hex_of(revision) + '.' + hex_of(bytes);
}

bool is_proven(std::string_view name, std::string_view text) {
  const auto digest = crypto::sha256(as_bytes(text));
  const BytesView bytes(reinterpret_cast<const std::byte*>(digest.data()), digest.size());
  return name.substr(name.rfind('.') + 1) == hex_of(bytes);
}

std::optional<std::uint64_t> revision_of(std::string_view piece_name) {
  const auto last = piece_name.rfind('.');
  if (last == std::string_view::npos || last < 17) return std::nullopt;
  std::uint64_t revision = 0;
  if (!read_hex(piece_name.substr(last - 16, 16), revision)) return std::nullopt;
  return revision;
}

void sort_entries(AccessDocument& document) {
  std::ranges::sort(document.organizations, {}, &Document::Organization::id);
  for (auto& organization : document.organizations) {
    std::ranges::sort(organization.administrators);
    std::ranges::sort(organization.roles, {}, &Document::Role::id);
  }
  std::ranges::sort(document.itwins, {}, &Document::Itwin::id);
  for (auto& itwin : document.itwins) {
    std::ranges::sort(itwin.owners);
    std::ranges::sort(itwin.roles, {}, &Document::Role::id);
    std::ranges::sort(itwin.groups, {}, &Document::Group::id);
    for (auto& group : itwin.groups) std::ranges::sort(group.members);
    // Users first, then groups.
    std::ranges::sort(itwin.members, {}, [](const Document::Member& member) {
      return std::tuple(member.user.empty(), std::string_view(member.user), std::string_view(member.group));
    });
    for (auto& member : itwin.members) std::ranges::sort(member.roles);
  }
  std::ranges::sort(document.imodels, {}, &Document::Imodel::id);
  for (auto& imodel : document.imodels) std::ranges::sort(imodel.granted, {}, &Document::Granted::to);
  std::ranges::sort(document.clients, {}, &Document::Client::id);
}

}  // namespace locket::rados
