#include <png.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/jump_guard.hpp"
#include "codec/png_decoder.hpp"

namespace locket::codec {

namespace {

/// What libpng and its handlers share.
struct State {
  std::array<BytesView, 4> parts;  ///< what libpng gets to see, in its order
  std::size_t part = 0;
  std::uint32_t pixel_bytes = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  JumpGuard guard;
  std::array<char, 160> message{};
  bool input_ended = false;
  bool memory_ended = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { png_destroy_read_struct(&png, &info, nullptr); }
};

std::string_view text_of(png_const_charp message) noexcept { return message == nullptr ? "libpng failed" : message; }

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto& state = *static_cast<State*>(png_get_error_ptr(png));
  const std::string_view text = text_of(message).substr(0, state.message.size() - 1);
  std::copy(text.begin(), text.end(), state.message.begin());
  state.message[text.size()] = '\0';
  jump_out(state.guard);
}

void on_warning(png_structp, png_const_charp) {}  // whatever it could warn of was judged before

void read_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto& state = *static_cast<State*>(png_get_io_ptr(png));
  while (count > 0) {
    while (state.part < state.parts.size() && state.parts[state.part].empty()) ++state.part;
    if (state.part == state.parts.size()) {
      state.input_ended = true;
      png_error(png, "the input ended");
    }
    BytesView& part = state.parts[state.part];
    const std::size_t now = std::min(count, part.size());
    std::memcpy(out, part.data(), now);
    part = part.subspan(now);
    out += now;
    count -= now;
  }
}

void* take_memory(png_structp png, png_alloc_size_t bytes) {
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) static_cast<State*>(png_get_mem_ptr(png))->memory_ended = true;
  return memory;
}

void give_memory(png_structp, void* memory) { std::free(memory); }

Error failure_of(const State& state) {
  const std::string_view message(state.message.data());
  if (state.memory_ended) return {Code::out_of_memory, {}};
  if (state.input_ended) return {Code::picture_truncated, "IDAT: the compressed data ends before the picture"};
  return {Code::picture_data_invalid, "IDAT: libpng says \"" + std::string(message) + "\""};
}

/// Runs one step that calls libpng; gives the error when libpng left it.
template <class Step>
Result<void> run_step(State& state, Step step) {
  if (run_guarded(state.guard, step)) return {};
  return std::unexpected(failure_of(state));
}

void set_transformations(State& state, const PngLayout& layout, DeepSamples deep) {
  png_structp png = state.png;
  const bool alpha = layout.colour == PngColour::grey_alpha || layout.colour == PngColour::rgba ||
                     (!layout.transparency.empty() && layout.colour != PngColour::palette);
  if (layout.bit_depth == 16 && deep == DeepSamples::reduced) png_set_scale_16(png);
  if (layout.colour == PngColour::palette) {
    png_set_packing(png);
    png_set_check_for_invalid_index(png, 0);  // the palette is applied, and indices are checked, by ourselves
  } else if (layout.bit_depth < 8) {
    png_set_expand_gray_1_2_4_to_8(png);
  }
  if (alpha && layout.colour != PngColour::palette) {
    if (!layout.transparency.empty()) png_set_tRNS_to_alpha(png);
    png_set_gray_to_rgb(png);
  }
  if (layout.interlaced) png_set_interlace_handling(png);
}

void start(State& state, const PngLayout& layout, DeepSamples deep) {
  state.png =
      png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning, &state, take_memory, give_memory);
  if (state.png != nullptr) state.info = png_create_info_struct(state.png);
  if (state.info == nullptr) {
    state.memory_ended = true;
    jump_out(state.guard);
  }
  png_set_read_fn(state.png, &state, read_bytes);
  png_set_user_limits(state.png, layout.size.width_px, layout.size.height_px);
  png_set_chunk_cache_max(state.png, 1);
  png_set_chunk_malloc_max(state.png, 65'536);
  // The data was proven with the largest window. The one of its header may be too small, which other readers let pass.
  png_set_option(state.png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  png_read_info(state.png, state.info);
  set_transformations(state, layout, deep);
  png_read_update_info(state.png, state.info);
  const std::uint32_t sample_bytes = png_get_bit_depth(state.png, state.info) == 16 ? 2 : 1;
  state.pixel_bytes = png_get_channels(state.png, state.info) * sample_bytes;
}

class LibpngDecoder final : public PngDecoder {
 public:
  explicit LibpngDecoder(const PngLayout& layout) : size_(layout.size), interlaced_(layout.interlaced) {
    const bool palette = layout.colour == PngColour::palette;
    state_.parts = {layout.header_part, palette ? layout.palette_part : BytesView{},
                    palette ? BytesView{} : layout.transparency_part, layout.data_part};
  }

  /// Reads the header and takes the memory for a batch.
  Result<void> open(const PngLayout& layout, const Limits& limits, DeepSamples deep) {
    State* const state = &state_;
    const PngLayout* const wanted = &layout;
    const Result<void> started = run_step(state_, [state, wanted, deep] { start(*state, *wanted, deep); });
    if (!started) return started;
    row_bytes_ = std::size_t{size_.width_px} * state_.pixel_bytes;
    batch_rows_ = interlaced_ ? size_.height_px : std::min(size_.height_px, batch_rows_of(row_bytes_));
    if (row_bytes_ > limits.decode_memory_bytes_max / batch_rows_) {
      return fail(Code::picture_work_over_limit, "decoding takes more memory than a picture may take");
    }
    rows_.resize(row_bytes_ * batch_rows_);
    return {};
  }

  [[nodiscard]] std::uint32_t pixel_bytes() const noexcept override { return state_.pixel_bytes; }

  Result<RowBatch> next_rows() override {
    const std::uint32_t rows = std::min(batch_rows_, size_.height_px - next_y_);
    const Result<void> read = rows == 0 ? Result<void>{} : interlaced_ ? read_whole() : read_batch(rows);
    if (!read) return std::unexpected(read.error());
    next_y_ += rows;
    return RowBatch{.first = rows_.data(), .stride_bytes = row_bytes_, .rows = rows};
  }

 private:
  Result<void> read_batch(std::uint32_t rows) {
    png_structp const png = state_.png;
    std::uint8_t* const first = rows_.data();
    const std::size_t stride = row_bytes_;
    return run_step(state_, [png, first, stride, rows] {
      for (std::uint32_t y = 0; y < rows; ++y) png_read_row(png, first + y * stride, nullptr);
    });
  }

  Result<void> read_whole() {
    png_structp const png = state_.png;
    std::uint8_t* const first = rows_.data();
    const std::size_t stride = row_bytes_;
    const std::uint32_t rows = size_.height_px;
    return run_step(state_, [png, first, stride, rows] {
      for (int passes = png_set_interlace_handling(png); passes > 0; --passes) {
        for (std::uint32_t y = 0; y < rows; ++y) png_read_row(png, first + y * stride, nullptr);
      }
    });
  }

  State state_;
  PixelSize size_;
  bool interlaced_;
  std::size_t row_bytes_ = 0;
  std::uint32_t batch_rows_ = 0;
  std::uint32_t next_y_ = 0;
  std::vector<std::uint8_t> rows_;
};

}  // namespace

Result<std::unique_ptr<PngDecoder>> make_libpng_decoder(const PngLayout& layout, const Limits& limits,
                                                        DeepSamples deep) {
  if (Result<void> proven = prove_png_data(layout); !proven) return std::unexpected(std::move(proven.error()));
  auto decoder = std::make_unique<LibpngDecoder>(layout);
  if (Result<void> opened = decoder->open(layout, limits, deep); !opened)
    return std::unexpected(std::move(opened.error()));
  return decoder;
}

}  // namespace locket::codec
