#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/limits.hpp"

namespace locket {

/// The two sizes of a thumbnail.
enum class Size : std::uint8_t { small, large };

struct PixelSize {
  std::uint32_t width_px = 0;
  std::uint32_t height_px = 0;

  bool operator==(const PixelSize&) const = default;
};

inline constexpr PixelSize small_size{400, 250};
inline constexpr PixelSize large_size{800, 500};

/// The pixels of a size. Never fails.
[[nodiscard]] constexpr PixelSize size_px(Size size) noexcept { return size == Size::small ? small_size : large_size; }

/// The media types that are accepted.
enum class MediaType : std::uint8_t { png, jpeg };

/// How a picture of another shape fills 16:10.
enum class Fit : std::uint8_t {
  cover,    ///< the largest centred part of that shape
  contain,  ///< the whole picture, padded with the background
  stretch,  ///< the whole picture, each axis scaled on its own
};

/// Which kernel resamples.
enum class Filter : std::uint8_t { lanczos3, mitchell, catmull_rom, triangle, box };

/// How hard the PNG writer presses.
enum class Effort : std::uint8_t {
  fast,   ///< for stores that change
  small,  ///< for stores that are written once
};

/// A colour in sRGB, not premultiplied.
struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  std::uint8_t alpha = 0;

  bool operator==(const Colour&) const = default;
};

/// How a thumbnail is made. The same input and the same recipe give the same bytes, on every CPU and thread count; but
/// for a damaged or made-up JPEG of a rare kind (CMYK, RGB as it is, unusual sampling, several sequential scans) with
/// coefficients beyond what a picture's can be: libjpeg-turbo, which decodes these kinds, limits such in vectors only.
struct Recipe {
  Fit fit = Fit::cover;
  Filter filter = Filter::lanczos3;
  Effort effort = Effort::fast;
  Colour background{};  ///< what `contain` pads with; transparent by default

  /// Whether each part is a value of its enumeration. Never fails.
  [[nodiscard]] constexpr bool is_valid() const noexcept {
    return fit <= Fit::stretch && filter <= Filter::box && effort <= Effort::small;
  }

  bool operator==(const Recipe&) const = default;
};

/// Changes whenever the same recipe gives other bytes; stored with each thumbnail.
inline constexpr std::uint32_t renderer_version = 7;

/// The recipe and the renderer's version as one short text (`7 cover lanczos3 fast 00000000`), equal exactly when both
/// are. Any thread.
[[nodiscard]] LOCKET_API std::string to_string(const Recipe& recipe);

/// What the text of a recipe says.
struct NamedRecipe {
  std::uint32_t renderer_version = 0;
  Recipe recipe;
};

/// Reads what `to_string(Recipe)` wrote, by this version of the renderer or another; nothing for any other text.
/// Any thread.
[[nodiscard]] LOCKET_API std::optional<NamedRecipe> parse_recipe(std::string_view text);

/// What is known of an uploaded picture once it was read.
struct SourceFacts {
  MediaType media_type = MediaType::png;
  PixelSize size{};              ///< as stored in the file, before its orientation is applied
  std::uint64_t bytes = 0;       ///< of the whole file
  std::uint8_t orientation = 1;  ///< EXIF, 1 to 8
  bool buffered = false;         ///< interlaced, progressive or in several scans: was decoded whole
  bool profile_ignored = false;  ///< held a colour profile that could not be used

  /// Whether there can be such a picture: one of the media types, and an orientation of EXIF. Never fails.
  [[nodiscard]] constexpr bool is_valid() const noexcept {
    return (media_type == MediaType::png || media_type == MediaType::jpeg) && orientation >= 1 && orientation <= 8;
  }
};

/// One thumbnail, both sizes, as PNG files.
struct Rendering {
  SharedBytes small;
  SharedBytes large;
  SourceFacts source;

  /// The PNG of a size; shares the bytes.
  [[nodiscard]] const SharedBytes& png(Size size) const noexcept { return size == Size::small ? small : large; }
};

/// Tells the kind of a picture by its first bytes (8 for PNG, 3 for JPEG), or nothing. Allocates nothing. Any thread.
[[nodiscard]] LOCKET_API std::optional<MediaType> sniff_media_type(BytesView upload) noexcept;

/// Renders one picture into both PNGs (400x250 and 800x500), which hold pixels only: nothing of the upload's metadata.
/// Inputs: the bytes of one PNG or JPEG file, the recipe, the limits. Every limit is checked on the file's header
/// before memory that depends on it is taken.
/// Result: both PNGs; or an error whose code starts with `picture_` (`out_of_memory` when memory ran out,
/// `argument_invalid` when there can be no such recipe).
/// Lifetime: nothing refers to `upload` afterwards. Any thread; keeps no state between calls.
/// Cost: linear in the source's pixels. Under `cover` memory does not follow the height of the picture; under `contain`
/// and `stretch` up to hundreds of its rows make one and are held, at the largest width 105 MB. What is interlaced,
/// progressive or in several scans is decoded whole besides.
[[nodiscard]] LOCKET_API Result<Rendering> render(BytesView upload, const Recipe& recipe = {},
                                                  const Limits& limits = {});

}  // namespace locket
