#include <algorithm>
#include <string>

#include "decoded_png.hpp"
#include "fuzz_target.hpp"
#include "guarded_house.hpp"

namespace locket::fuzz {
namespace {

void check_stored(const SharedBytes& png, PixelSize size) {
  const codec::DecodedPng read = codec::decode_with_libpng(png.view());
  demand(read.size == size, "a stored picture has its size");
  demand(read.warnings.empty(), "libpng has nothing to say of a stored picture");
  for (const std::string& name : codec::chunk_names(png.view())) {
    demand(name == "IHDR" || name == "PLTE" || name == "tRNS" || name == "IDAT" || name == "IEND",
           "nothing of the upload but pixels is stored");
  }
}

}  // namespace

void feed_import(BytesView input) {
  GuardedHouse& house = GuardedHouse::shared();
  Upload upload;
  upload.imodel_id = parse_guid(empty_id).value();
  upload.bytes = input;
  upload.force = true;
  const auto imported = house.engine().import_picture(upload);
  if (!imported) {
    demand(code_name(imported.error().code).starts_with("picture_"), "a picture's fault has a picture's code");
    return;
  }
  const auto both = house.store().read_for_operator(upload.imodel_id);
  demand(both && both->has_value(), "what was acknowledged is there");
  check_stored((*both)->small, small_size);
  check_stored((*both)->large, large_size);
  if (input.size() % 16 != 0) return;  // a second rendering takes as long as the first
  const auto again = render(input, {}, {});
  demand(again && std::ranges::equal(again->small.view(), (*both)->small.view()) &&
             std::ranges::equal(again->large.view(), (*both)->large.view()),
         "the same upload gives the same bytes");
}

}  // namespace locket::fuzz
