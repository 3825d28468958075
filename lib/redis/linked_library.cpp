#include <hiredis/hiredis.h>

#include "locket/redis_rate_limit.hpp"

namespace locket {

std::optional<LinkedLibrary> redis_client_library() {
  return LinkedLibrary{
      "hiredis",
      std::to_string(HIREDIS_MAJOR) + '.' + std::to_string(HIREDIS_MINOR) + '.' + std::to_string(HIREDIS_PATCH), ""};
}

}  // namespace locket
