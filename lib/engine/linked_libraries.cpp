#include "codec/linked_libraries.hpp"

#include "crypto/linked_libraries.hpp"
#include "locket/rados_store.hpp"
#include "locket/redis_rate_limit.hpp"
#include "locket/version.hpp"
#include "policy/linked_libraries.hpp"
#include "store/linked_libraries.hpp"

namespace locket {

std::vector<LinkedLibrary> linked_libraries() {
  std::vector<LinkedLibrary> all;
  for (std::vector<LinkedLibrary> (*room)() :
       {codec::linked_libraries, crypto::linked_libraries, policy::linked_libraries, store::linked_libraries}) {
    for (LinkedLibrary& library : room()) all.push_back(std::move(library));
  }
  for (std::optional<LinkedLibrary> (*client)() : {redis_client_library, rados_client_library}) {
    if (auto library = client()) all.push_back(std::move(*library));
  }
  return all;
}

}  // namespace locket
