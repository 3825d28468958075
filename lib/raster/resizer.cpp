#include "raster/resizer.hpp"

#include <limits>
#include <new>
#include <optional>

#include "raster/finished_image.hpp"
#include "raster/geometry.hpp"
#include "raster/halver.hpp"
#include "raster/linear_rows.hpp"
#include "raster/row_kernels.hpp"
#include "raster/scaled_picture.hpp"

namespace locket::raster {
namespace {

/// Several target rows are made of the same source rows while these are near; but each further pair costs memory.
constexpr std::uint32_t pairs_at_once = 4;

/// Whether the small picture is made out of the large one's rows. Below this ratio the source is so small that making
/// it straight from there costs little, and the grid of the large picture would be too coarse.
bool is_halved(const Source& source, const Recipe& recipe) {
  const auto reduces_enough = [](const Axis& axis) { return 2 * axis.step_parts >= 3 * axis.pixel_parts; };
  const Frame large = frame_of(source, recipe.fit, Size::large);
  return recipe.filter == Filter::lanczos3 && reduces_enough(large.across) && reduces_enough(large.down);
}

/// The small picture out of the large one.
class HalvedPicture {
 public:
  HalvedPicture(const RowKernels& kernels, const Source& source, const Recipe& recipe)
      : frame_(frame_of(source, recipe.fit, Size::small)),
        image_(kernels, source, recipe, Size::small, frame_),
        halver_(kernels, {frame_.across.target_px, frame_.down.target_px}, channels_of(source.format)) {}

  void take(const Band& band) {
    halver_.take(band);
    for (auto row = halver_.next_row(); row.first != nullptr; row = halver_.next_row()) image_.put(row, next_++);
  }

  Image take() noexcept { return image_.take(); }

 private:
  Frame frame_;
  FinishedImage image_;
  Halver halver_;
  std::uint32_t next_ = 0;
};

class StreamingResizer final : public Resizer {
 public:
  StreamingResizer(const RowKernels& kernels, const Source& source, const Recipe& recipe)
      : height_px_(source.size.height_px),
        large_(kernels, source, recipe, Size::large, is_halved(source, recipe) ? halving_margin_px : 0) {
    if (is_halved(source, recipe)) {
      halved_.emplace(kernels, source, recipe);
    } else {
      small_.emplace(kernels, source, recipe, Size::small, 0);
    }
    constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    LinearRows::Part part{none, 0, none, 0, 0};
    large_.claim(part);
    if (small_) small_->claim(part);
    part.held_row_pairs += pairs_at_once - 1;
    rows_.emplace(kernels, source.size, source.format, part);
    large_.begin(part, rows_->width());
    if (small_) small_->begin(part, rows_->width());
  }

  Result<void> push(const RowBatch& batch) override {
    if (batch.rows > height_px_ - taken_) return fail(Code::argument_invalid, "more rows than the picture has");
    large_.copy(batch, taken_);
    if (small_) small_->copy(batch, taken_);
    for (RowBatch left = batch; left.rows > 0;) {
      const std::uint32_t taken = rows_->take(left);
      left.rows -= taken;
      left.first += taken * left.stride_bytes;
      taken_ += taken;
      if (rows_->pairs() % pairs_at_once == 0 || taken_ == height_px_) advance();
    }
    return {};
  }

  Result<Images> finish() override {
    if (taken_ != height_px_ || finished_) return fail(Code::argument_invalid, "the picture is not complete");
    finished_ = true;
    return Images{small_ ? small_->take() : halved_->take(), large_.take()};
  }

 private:
  void advance() {
    while (const Band* band = large_.advance(*rows_)) {
      if (halved_) halved_->take(*band);
    }
    while (small_ && small_->advance(*rows_) != nullptr) {
    }
  }

  std::uint32_t height_px_;
  ScaledPicture large_;
  std::optional<ScaledPicture> small_;   ///< straight from the source
  std::optional<HalvedPicture> halved_;  ///< or out of the large one
  std::optional<LinearRows> rows_;
  std::uint32_t taken_ = 0;
  bool finished_ = false;
};

bool acceptable(const Source& source) {
  const auto side = [](std::uint32_t whole_px) { return whole_px >= 1 && whole_px <= side_px_max; };
  return side(source.size.width_px) && side(source.size.height_px) && source.orientation >= 1 &&
         source.orientation <= 8;
}

}  // namespace

Result<std::unique_ptr<Resizer>> make_resizer(const Source& source, const Recipe& recipe) {
  if (!acceptable(source)) return fail(Code::argument_invalid, "a source that can not be");
  try {
    return std::make_unique<StreamingResizer>(chosen_kernels(), source, recipe);
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);  // without a text: it would need memory itself
  }
}

}  // namespace locket::raster
