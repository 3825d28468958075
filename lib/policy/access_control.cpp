#include "locket/access.hpp"

namespace locket {
namespace {

constexpr Decision unknown_imodel(std::uint64_t revision) noexcept {
  return {.allowed = false, .rule = Rule::imodel_unknown, .level = Level::none, .revision = revision};
}

}  // namespace

std::expected<Grant, Decision> AccessControl::authorize_view(const Admission& admission,
                                                             const std::optional<ImodelFacts>& imodel) {
  // An unknown iModel is asked for as well, so that it costs what a forbidden one costs.
  const Decision decision = decide({admission.identity().user(), Permission::webview, imodel});
  if (!decision.allowed) return std::unexpected(decision);
  if (!imodel) return std::unexpected(unknown_imodel(decision.revision));
  return Grant(imodel->imodel_id, decision);
}

std::expected<ManageGrant, Decision> AccessControl::authorize_manage(const Admission& admission, const Grant& grant,
                                                                     const ImodelFacts& imodel) {
  // Leave to see one iModel says nothing of another.
  if (grant.imodel_id() != imodel.imodel_id) return std::unexpected(unknown_imodel(grant.decision().revision));
  const Decision decision = decide({admission.identity().user(), Permission::manage, imodel});
  if (!decision.allowed) return std::unexpected(decision);
  return ManageGrant(imodel.imodel_id, decision);
}

}  // namespace locket
