#include "codec/linked_libraries.hpp"

#include "crypto/linked_libraries.hpp"
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
  return all;
}

}  // namespace locket
