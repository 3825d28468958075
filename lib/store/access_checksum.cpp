#include <cstdint>

#include "store/access_tables.hpp"

namespace locket::store {
namespace {

using Document = AccessDocument;

std::int64_t count(std::size_t size) { return static_cast<std::int64_t>(size); }

void add_texts(Sealer& sealer, const std::vector<std::string>& texts) {
  sealer.add(count(texts.size()));
  for (const std::string& text : texts) sealer.add(std::string_view(text));
}

void add_roles(Sealer& sealer, const std::vector<Document::Role>& roles) {
  sealer.add(count(roles.size()));
  for (const auto& role : roles) sealer.add(std::string_view(role.id)).add(std::int64_t{role.permissions.bits()});
}

void add_itwin(Sealer& sealer, const Document::Itwin& itwin) {
  sealer.add(itwin.id).add(itwin.organization_id);
  add_texts(sealer, itwin.owners);
  add_roles(sealer, itwin.roles);
  sealer.add(count(itwin.groups.size()));
  for (const auto& group : itwin.groups) {
    sealer.add(std::string_view(group.id));
    add_texts(sealer, group.members);
  }
  sealer.add(count(itwin.members.size()));
  for (const auto& member : itwin.members) {
    sealer.add(std::string_view(member.user)).add(std::string_view(member.group));
    add_texts(sealer, member.roles);
  }
}

void add_imodel(Sealer& sealer, const Document::Imodel& imodel) {
  sealer.add(imodel.id).add(imodel.itwin_id).add(static_cast<std::int64_t>(imodel.mode));
  sealer.add(count(imodel.granted.size()));
  for (const auto& granted : imodel.granted) {
    sealer.add(std::string_view(granted.to)).add(std::int64_t{granted.permissions.bits()});
  }
}

}  // namespace

Checksum access_checksum(const AccessDocument& document) noexcept {
  Sealer sealer;
  sealer.add(count(document.organizations.size()));
  for (const auto& organization : document.organizations) {
    sealer.add(organization.id);
    add_texts(sealer, organization.administrators);
    add_roles(sealer, organization.roles);
  }
  sealer.add(count(document.itwins.size()));
  for (const auto& itwin : document.itwins) add_itwin(sealer, itwin);
  std::int64_t configured = 0;
  for (const auto& imodel : document.imodels) {
    if (imodel.mode == ImodelMode::none) continue;
    add_imodel(sealer, imodel);
    ++configured;
  }
  sealer.add(configured);
  sealer.add(count(document.tiers.size()));
  for (const Tier& tier : document.tiers) {
    sealer.add(std::string_view(tier.name)).add(count(tier.windows.size()));
    for (const RateWindow& window : tier.windows) {
      sealer.add(std::int64_t{window.calls}).add(std::int64_t{window.seconds});
    }
  }
  sealer.add(count(document.clients.size()));
  for (const auto& client : document.clients) {
    sealer.add(std::string_view(client.id)).add(std::string_view(client.tier));
  }
  return sealer.checksum();
}

}  // namespace locket::store
