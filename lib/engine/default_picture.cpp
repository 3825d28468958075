#include "engine/default_picture.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace locket::engine {
namespace {

/// A point in a plane of 800x500 units, whichever size is drawn.
struct Point {
  int x;
  int y;
};

struct Shade {
  std::uint8_t red;
  std::uint8_t green;
  std::uint8_t blue;
};

constexpr Shade ground{238, 241, 244};
constexpr Shade shadow{224, 229, 234};
constexpr Shade roof{203, 212, 221};
constexpr Shade left_wall{176, 188, 200};
constexpr Shade right_wall{152, 166, 180};

// Samples per pixel and axis: 16 levels of coverage make the slanted edges smooth.
constexpr int samples_per_axis = 4;

// Sample places are the centres of a grid inside each pixel: odd multiples of 1/(2 * samples) of a pixel, so that all
// places are whole numbers of 1/scale units.
constexpr int scale = 2 * samples_per_axis;

/// The samples of one row that lie in a polygon, by their number from the left edge of the picture.
struct Run {
  std::int64_t first;
  std::int64_t last;

  /// How many of them lie in a pixel.
  [[nodiscard]] int inside(int pixel_x) const noexcept {
    const std::int64_t left = std::int64_t{pixel_x} * samples_per_axis;
    return static_cast<int>(
        std::max<std::int64_t>(std::min(last, left + samples_per_axis - 1) - std::max(first, left) + 1, 0));
  }
};

std::int64_t floor_divided(std::int64_t number, std::int64_t by) {
  return number / by - (number % by != 0 && (number < 0) != (by < 0) ? 1 : 0);
}

// A convex polygon, its corners clockwise, cut by a row of samples: each edge bounds the run from one side.
Run run_of(std::span<const Point> corners, int sample_row, int units_per_pixel) {
  const std::int64_t y = std::int64_t{2 * sample_row + 1} * units_per_pixel;
  Run run{0, std::int64_t{large_size.width_px} * samples_per_axis - 1};
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point a = corners[i];
    const Point b = corners[(i + 1) % corners.size()];
    // A sample is inside where rise * x <= reach, x = (2 * number + 1) * units_per_pixel.
    const std::int64_t rise = b.y - a.y;
    const std::int64_t reach = (b.x - a.x) * (y - std::int64_t{a.y} * scale) + rise * a.x * scale;
    const std::int64_t step = 2 * rise * units_per_pixel;
    const std::int64_t left = reach - rise * units_per_pixel;
    if (rise > 0) run.last = std::min(run.last, floor_divided(left, step));
    if (rise < 0) run.first = std::max(run.first, -floor_divided(left, -step));
    if (rise == 0 && reach < 0) run.last = -1;
  }
  return run;
}

std::uint8_t mixed(std::uint8_t below, std::uint8_t above, int covered) {
  constexpr int whole = samples_per_axis * samples_per_axis;
  return static_cast<std::uint8_t>((below * (whole - covered) + above * covered + whole / 2) / whole);
}

void fill(Image& image, std::span<const Point> corners, Shade shade) {
  const int units_per_pixel = static_cast<int>(large_size.width_px / image.size.width_px);
  const auto [left, right] = std::ranges::minmax(corners, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(corners, {}, &Point::y);
  for (int y = top.y / units_per_pixel; y <= bottom.y / units_per_pixel; ++y) {
    std::array<Run, samples_per_axis> runs{};
    for (int row = 0; row < samples_per_axis; ++row) {
      runs[static_cast<std::size_t>(row)] = run_of(corners, y * samples_per_axis + row, units_per_pixel);
    }
    for (int x = left.x / units_per_pixel; x <= right.x / units_per_pixel; ++x) {
      int covered = 0;
      for (const Run& run : runs) covered += run.inside(x);
      if (covered == 0) continue;
      std::uint8_t* pixel = image.samples.data() + static_cast<std::size_t>(y) * image.row_bytes() +
                            static_cast<std::size_t>(x) * channels_of(image.format);
      pixel[0] = mixed(pixel[0], shade.red, covered);
      pixel[1] = mixed(pixel[1], shade.green, covered);
      pixel[2] = mixed(pixel[2], shade.blue, covered);
    }
  }
}

/// A block seen from above one corner: `foot` is its lowest point, `half` half its width on the ground.
struct Block {
  Point foot;
  int half;
  int height;
};

void draw(Image& image, const Block& block) {
  const auto [x, y] = block.foot;
  const int half = block.half;
  const int rise = half / 2;  // the usual two-to-one slope of such drawings
  const int top = y - block.height;
  const std::array<Point, 4> cast{{{x, y}, {x + half, y - rise}, {x + 2 * half, y}, {x + half, y + rise}}};
  const std::array<Point, 4> left{{{x - half, top - rise}, {x, top}, {x, y}, {x - half, y - rise}}};
  const std::array<Point, 4> right{{{x, top}, {x + half, top - rise}, {x + half, y - rise}, {x, y}}};
  const std::array<Point, 4> lid{{{x - half, top - rise}, {x, top - 2 * rise}, {x + half, top - rise}, {x, top}}};
  fill(image, cast, shadow);
  fill(image, left, left_wall);
  fill(image, right, right_wall);
  fill(image, lid, roof);
}

}  // namespace

Image draw_default_picture(Size size) {
  Image image{.size = size_px(size), .format = RowFormat::rgb, .samples = {}};
  image.samples.resize(image.row_bytes() * image.size.height_px);
  for (std::size_t i = 0; i < image.samples.size(); i += 3) {
    image.samples[i] = ground.red;
    image.samples[i + 1] = ground.green;
    image.samples[i + 2] = ground.blue;
  }
  // Back to front, so that the nearer blocks cover the farther ones.
  constexpr std::array<Block, 4> blocks{
      {{{400, 300}, 72, 150}, {{294, 338}, 64, 70}, {{512, 346}, 68, 110}, {{404, 388}, 56, 46}}};
  for (const Block& block : blocks) draw(image, block);
  return image;
}

}  // namespace locket::engine
