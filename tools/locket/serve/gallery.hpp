#pragma once

#include "locket/request.hpp"
#include "serve/service.hpp"

namespace locket::tool {

/// Answers `GET /gallery/imodels?after=ID&hidden=include`: the iModels that the caller's token may see, by id, a page
/// at a time; with `hidden=include` also those it may not, each with the reason. Guarded as a fetch is: token, rate
/// limit (one call a page), and a decision on each iModel.
/// Body: `{"imodels":[{"id","itwin_id","uploaded","visible","manage","why"}],"next":ID|null}`; `why` of hidden ones
/// only. A page may be short, even empty, and still have a `next`: at most `gallery_scanned_max` are looked at.
/// Any thread.
[[nodiscard]] Response gallery_list_answer(const Service& service, const Request& request);

/// Answers `GET /gallery/imodels/{id}`: what the caller's token may do with one iModel, and by which rule.
/// Body: `{"id","known","visible","manage","view_why","manage_why"}`. Any thread.
[[nodiscard]] Response gallery_entry_answer(const Service& service, const Request& request);

}  // namespace locket::tool
