#include "base/kernel.hpp"

#include <cstdlib>
#include <string_view>

namespace locket {

Kernel chosen_kernel() noexcept {
  static const Kernel kernel = [] {
    const char* const name = secure_getenv("LOCKET_KERNEL");
    return name != nullptr && std::string_view(name) == "plain" ? Kernel::plain : Kernel::automatic;
  }();
  return kernel;
}

}  // namespace locket
