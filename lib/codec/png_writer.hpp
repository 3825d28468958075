#pragma once

#include "base/image.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// Writes an image as a PNG that holds pixels only (IHDR, IDAT, IEND), as grey or colour, with or without alpha,
/// whichever is the smallest that loses nothing. There is no palette: of scaled pictures hardly any has so few colours.
/// Inputs: an image whose samples fill its size, given away so that its memory can serve for the file. Result: the
/// file's bytes; `argument_invalid` when they do not, `out_of_memory`. The same image and effort give the same bytes
/// everywhere. Any thread.
[[nodiscard]] Result<Bytes> write_png(Image image, Effort effort);

}  // namespace locket::codec
