#include <algorithm>
#include <string>

#include "codec/png_writer.hpp"
#include "decoded_png.hpp"
#include "fuzz_target.hpp"
#include "png_judge.hpp"

namespace locket::fuzz {

void feed_png_writer(BytesView input) {
  constexpr RowFormat formats[] = {RowFormat::grey, RowFormat::rgb, RowFormat::rgba};
  InputReader reader(input);
  Image image{.size = {1 + reader.take_word() % 700, 1 + reader.take_byte() % 40},
              .format = formats[reader.take_byte() % 3],
              .samples = {}};
  const Effort effort = reader.take_byte() % 2 == 0 ? Effort::fast : Effort::small;
  const BytesView pattern = reader.rest();
  image.samples.resize(image.row_bytes() * image.size.height_px);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = pattern.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(pattern[i % pattern.size()]);
  }
  const auto png = codec::write_png(image, effort);
  demand(png.has_value(), "every image is written");
  const auto read = codec::judge_png(*png);
  demand(read.has_value(), "libpng reads what is written");
  demand(read->size == image.size && read->samples == codec::to_rgba(image), "libpng sees the same pixels");
  for (const std::string& name : codec::chunk_names(*png)) {
    demand(name == "IHDR" || name == "PLTE" || name == "tRNS" || name == "IDAT" || name == "IEND",
           "only pixels are written");
  }
}

}  // namespace locket::fuzz
