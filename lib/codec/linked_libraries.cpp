#include "codec/linked_libraries.hpp"

#include <isa-l.h>
#include <libdeflate.h>
#include <png.h>

#include <string>

namespace locket::codec {
namespace {

std::string isal_version() {
  return std::to_string(ISAL_MAJOR_VERSION) + '.' + std::to_string(ISAL_MINOR_VERSION) + '.' +
         std::to_string(ISAL_PATCH_VERSION);
}

}  // namespace

std::vector<LinkedLibrary> linked_libraries() {
  return {{"libpng", png_get_libpng_ver(nullptr), ""},
          {"libdeflate", LIBDEFLATE_VERSION_STRING, "as built with; it can't tell what is linked"},
          {"ISA-L", isal_version(), "as built with; it can't tell what is linked"}};
}

}  // namespace locket::codec
