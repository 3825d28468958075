#include <rados/librados.h>

#include "locket/rados_store.hpp"

namespace locket {

std::optional<LinkedLibrary> rados_client_library() {
  int major = 0;
  int minor = 0;
  int extra = 0;
  rados_version(&major, &minor, &extra);
  return LinkedLibrary{"librados", std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(extra),
                       ""};
}

}  // namespace locket
