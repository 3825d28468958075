#pragma once

#include "locket/request.hpp"
#include "serve/service.hpp"

namespace locket::tool {

/// Tells whether requests can be answered: 200, or 503 when the store can't be read. Any thread.
[[nodiscard]] Response health_answer(const Service& service);

}  // namespace locket::tool
