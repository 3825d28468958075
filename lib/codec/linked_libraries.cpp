#include "codec/linked_libraries.hpp"

#include <libdeflate.h>
#include <png.h>

namespace locket::codec {
namespace {

constexpr const char* built_with = "as built with; it can't tell what is linked";

}  // namespace

std::vector<LinkedLibrary> linked_libraries() {
  std::vector<LinkedLibrary> libraries{{"libpng", png_get_libpng_ver(nullptr), ""},
                                       {"libdeflate", LIBDEFLATE_VERSION_STRING, built_with}};
#ifdef LOCKET_JPEG_VERSION
  libraries.push_back({"libjpeg-turbo", LOCKET_JPEG_VERSION, built_with});
#else
  libraries.push_back({"libjpeg-turbo", "none", "JPEG pictures are refused by this build"});
#endif
#ifdef LOCKET_ICC_VERSION
  libraries.push_back({"Little CMS", LOCKET_ICC_VERSION, built_with});
#else
  libraries.push_back({"Little CMS", "none", "colour profiles are ignored by this build"});
#endif
  return libraries;
}

}  // namespace locket::codec
