#include "policy/linked_libraries.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace locket::policy {

std::vector<LinkedLibrary> linked_libraries() {
  return {{"nlohmann-json",
           std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + '.' + std::to_string(NLOHMANN_JSON_VERSION_MINOR) + '.' +
               std::to_string(NLOHMANN_JSON_VERSION_PATCH),
           ""}};
}

}  // namespace locket::policy
