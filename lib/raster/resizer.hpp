#pragma once

#include <cstdint>
#include <memory>

#include "base/image.hpp"
#include "locket/error.hpp"
#include "locket/picture.hpp"

namespace locket::raster {

/// The picture whose rows will come.
struct Source {
  PixelSize size;  ///< of the rows that come, before orientation
  RowFormat format = RowFormat::rgb;
  std::uint8_t orientation = 1;  ///< EXIF, 1 to 8; applied to what comes out
};

/// Both finished pictures, upright.
struct Images {
  Image small;
  Image large;
};

/// Makes both sizes of one picture in one pass over its rows. One thread.
class Resizer {
 public:
  virtual ~Resizer() = default;

  /// Takes the next rows, top to bottom. Fails with `argument_invalid` when more come than the source has.
  [[nodiscard]] virtual Result<void> push(const RowBatch& batch) = 0;

  /// Gives both pictures once every row was taken; `argument_invalid` before that.
  [[nodiscard]] virtual Result<Images> finish() = 0;
};

/// Makes a resizer for one source and one recipe. Fails with `argument_invalid` for a source without pixels, or
/// `out_of_memory`. Under `cover` memory does not follow the source's height; under `contain` and `stretch`
/// all rows that make one are held, which may be hundreds.
[[nodiscard]] Result<std::unique_ptr<Resizer>> make_resizer(const Source& source, const Recipe& recipe);

}  // namespace locket::raster
