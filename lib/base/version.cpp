#include "locket/version.hpp"

namespace locket {

std::string_view version() noexcept { return LOCKET_VERSION; }

}  // namespace locket
