#include "decoded_picture.hpp"
#include "fuzz_target.hpp"
#include "jpeg_judge.hpp"

namespace locket::fuzz {
namespace {

void compare_decoders(BytesView file, const Limits& limits) {
  const auto verdicts = codec::judge_jpeg(file, limits);
  if (!verdicts) return;
  const auto& [streamed, plain, judged, sane_coefficients] = *verdicts;
  demand(streamed.has_value() == plain.has_value(), "both kernels take the same pictures");
  demand(verdicts->taken_alike(), "both decoders take the same pictures");
  if (!judged || !streamed) return;
  demand(*streamed == *plain, "both kernels give the same pixels");
  demand(!sane_coefficients || *streamed == *judged, "both decoders give the same pixels");
}

}  // namespace

void feed_jpeg_reader(BytesView input) {
  // The start decides the reader, so it is given; the fuzzer is to find the rest.
  Bytes file{std::byte{0xFF}, std::byte{0xD8}, std::byte{0xFF}};
  const bool has_start = input.size() >= 3 && std::equal(file.begin(), file.end(), input.begin());
  if (!has_start) file.insert(file.end(), input.begin(), input.end());
  const BytesView whole = has_start ? input : BytesView(file);
  Limits limits;
  limits.picture_pixels_max = 300'000;
  limits.buffered_picture_pixels_max = 100'000;
  limits.decode_memory_bytes_max = 8'000'000;
  limits.jpeg_scans_max = 20;
  compare_decoders(whole, limits);
  const auto picture = codec::decode_picture(whole, limits);
  if (!picture) {
    demand(code_name(picture.error().code).starts_with("picture_"), "a picture's fault has a picture's code");
    return;
  }
  const PixelSize size = picture->header.facts.size;
  demand(picture->image.size == size, "every row comes");
  demand(std::uint64_t{size.width_px} * size.height_px <= limits.picture_pixels_max, "the limit of pixels is kept");
  const auto again = codec::decode_picture(whole, limits);
  demand(again && again->image.samples == picture->image.samples, "the same file gives the same pixels");
}

}  // namespace locket::fuzz
