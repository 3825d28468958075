// Compares finished thumbnails with the float reference of the picture they were made from.
// Usage: quality SOURCE stretch|cover PNG...   prints, for each PNG: its path, the exact and the rounded PSNR in dB.
#include <cstdio>
#include <cstring>
#include <map>
#include <utility>

#include "picture.hpp"
#include "reference.hpp"

int main(int argument_count, char** arguments) {
  const bool cover = argument_count > 3 && std::strcmp(arguments[2], "cover") == 0;
  if (argument_count < 4 || (!cover && std::strcmp(arguments[2], "stretch") != 0)) {
    std::fprintf(stderr, "usage: quality SOURCE stretch|cover PNG...\n");
    return 2;
  }
  const bench::Geometry geometry = cover ? bench::Geometry::cover : bench::Geometry::stretch;
  const bench::Picture source = bench::read_picture(arguments[1]);
  std::map<std::pair<std::uint32_t, std::uint32_t>, bench::Reference> references;
  for (int i = 3; i < argument_count; ++i) {
    const bench::Picture picture = bench::read_picture(arguments[i]);
    const bench::Target target{picture.width_px, picture.height_px};
    auto& reference = references[{target.width_px, target.height_px}];
    if (reference.values.empty()) reference = bench::make_reference(source, geometry, target);
    const bench::Quality quality = bench::compare(picture, reference);
    std::printf("%s\t%.3f\t%.3f\n", arguments[i], quality.exact_db, quality.rounded_db);
  }
  return 0;
}
