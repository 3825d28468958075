#include <cstddef>
#include <cstdio>
// jpeglib.h needs size_t and FILE to be there.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "codec/jpeg_decoder.hpp"
#include "codec/jump_guard.hpp"

namespace locket::codec {
namespace {

struct State {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  JumpGuard guard;
  Code code = Code::picture_data_invalid;
  std::array<char, JMSG_LENGTH_MAX> message{};
  int scans_max = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { jpeg_destroy_decompress(&jpeg); }  // cannot fail, and knows a structure that was never made
};

constexpr int stray_bytes_max = 16;

State& state_of(j_common_ptr jpeg) noexcept { return *static_cast<State*>(jpeg->client_data); }

Code code_of_error(int message) noexcept {
  switch (message) {
    case JERR_OUT_OF_MEMORY: return Code::out_of_memory;
    case JERR_NO_BACKING_STORE: return Code::picture_work_over_limit;
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY: return Code::picture_truncated;
    case JERR_BAD_LENGTH:
    case JERR_BAD_HUFF_TABLE:
    case JERR_DHT_INDEX:
    case JERR_DQT_INDEX:
    case JERR_DAC_INDEX:
    case JERR_DAC_VALUE:
    case JERR_BAD_COMPONENT_ID:
    case JERR_NO_QUANT_TABLE:
    case JERR_NO_HUFF_TABLE: return Code::picture_chunk_invalid;
    case JERR_BAD_SAMPLING:
    case JERR_BAD_MCU_SIZE: return Code::picture_header_invalid;
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL: return Code::picture_feature_unsupported;
    case JERR_EOI_EXPECTED: return Code::picture_chunk_order;
    default: return Code::picture_data_invalid;
  }
}

[[noreturn]] void leave(j_common_ptr jpeg, Code code) {
  State& state = state_of(jpeg);
  state.code = code;
  (*jpeg->err->format_message)(jpeg, state.message.data());
  jump_out(state.guard);
}

[[noreturn]] void on_error(j_common_ptr jpeg) { leave(jpeg, code_of_error(jpeg->err->msg_code)); }

/// Levels of 0 and above are news for the curious; -1 is a warning.
void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return;
    case JWRN_EXTRANEOUS_DATA:
      if (jpeg->err->msg_parm.i[0] <= stray_bytes_max) return;
      break;
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF: leave(jpeg, Code::picture_truncated);
    default: break;
  }
  leave(jpeg, Code::picture_data_invalid);
}

void print_nothing(j_common_ptr) {}

void start_source(j_decompress_ptr) {}

/// All there is was given at the start, so whoever asks for more has run past the end.
boolean fill_source(j_decompress_ptr jpeg) {
  ERREXIT(jpeg, JERR_INPUT_EOF);
  return FALSE;
}

void skip_source(j_decompress_ptr jpeg, long bytes) {
  if (bytes <= 0) return;
  if (static_cast<std::size_t>(bytes) > jpeg->src->bytes_in_buffer) ERREXIT(jpeg, JERR_INPUT_EOF);
  jpeg->src->next_input_byte += bytes;
  jpeg->src->bytes_in_buffer -= static_cast<std::size_t>(bytes);
}

void end_source(j_decompress_ptr) {}

/// The walk counted the scans; this counts what the decoder itself sees.
void watch_progress(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= state_of(jpeg).scans_max) return;
  jpeg->err->msg_code = JMSG_NOMESSAGE;
  leave(jpeg, Code::picture_work_over_limit);
}

void set_colours(jpeg_decompress_struct& jpeg) {
  switch (jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE: jpeg.out_color_space = JCS_GRAYSCALE; break;
    case JCS_CMYK:
    case JCS_YCCK: jpeg.out_color_space = JCS_CMYK; break;
    default: jpeg.out_color_space = JCS_RGB; break;
  }
}

/// Whether some coefficients of a progressive picture were begun and never brought to their full precision. Bands that
/// no scan names are zero, which is how some encoders leave out what is empty; the first coefficient must be there.
bool half_sent(const jpeg_decompress_struct& jpeg) noexcept {
  if (jpeg.progressive_mode == FALSE) return false;
  for (int component = 0; component < jpeg.num_components; ++component) {
    const int* const bits = jpeg.coef_bits[component];
    if (bits[0] != 0 || std::any_of(bits + 1, bits + DCTSIZE2, [](int missing) { return missing > 0; })) return true;
  }
  return false;
}

/// What is held for rows at least: of each component the samples of one row of units and of two rows beside it, and as
/// many as go together at the picture's width; what whoever reads the rows holds of them; and tables.
std::uint64_t row_memory_bytes(const jpeg_decompress_struct& jpeg) noexcept {
  constexpr std::uint64_t rows_for_each_factor = DCTSIZE + 2 + 1;
  constexpr std::uint64_t bytes_of_given_pixel = 4 + 3;  // as they come, and of CMYK as light
  constexpr std::uint64_t fixed_bytes = 131'072;
  const std::uint64_t columns =
      std::uint64_t{jpeg.image_width} + static_cast<unsigned>(DCTSIZE * jpeg.max_h_samp_factor);
  const std::uint64_t rows = rows_for_each_factor * static_cast<unsigned>(jpeg.num_components * jpeg.max_v_samp_factor);
  return columns * (rows + bytes_of_given_pixel) + fixed_bytes;
}

void start(State& state, BytesView picture, const Limits& limits) {
  jpeg_decompress_struct& jpeg = state.jpeg;
  jpeg.err = jpeg_std_error(&state.errors);
  state.errors.error_exit = on_error;
  state.errors.emit_message = on_message;
  state.errors.output_message = print_nothing;
  jpeg.client_data = &state;
  jpeg_create_decompress(&jpeg);  // keeps err and client_data
  constexpr auto long_max = static_cast<std::uint64_t>(std::numeric_limits<long>::max());
  jpeg.mem->max_memory_to_use =
      static_cast<long>(std::clamp<std::uint64_t>(limits.decode_memory_bytes_max, 1, long_max));  // 0 would be no limit

  state.source.init_source = start_source;
  state.source.fill_input_buffer = fill_source;
  state.source.skip_input_data = skip_source;
  state.source.resync_to_restart = jpeg_resync_to_restart;
  state.source.term_source = end_source;
  state.source.next_input_byte = reinterpret_cast<const JOCTET*>(picture.data());
  state.source.bytes_in_buffer = picture.size();
  jpeg.src = &state.source;
  state.progress.progress_monitor = watch_progress;
  jpeg.progress = &state.progress;

  static_cast<void>(jpeg_read_header(&jpeg, TRUE));
  // Integers: of a picture's coefficients the same on every CPU. Of some that are far beyond 8 bits, as only damage or
  // intent brings, it is not: sums are limited to 16 bits where vectors hold them, and where none do they are not.
  jpeg.dct_method = JDCT_ISLOW;
  jpeg.do_block_smoothing = FALSE;
  set_colours(jpeg);
  // libjpeg keeps to its own limit only with what it holds of a picture in several scans.
  if (row_memory_bytes(jpeg) > limits.decode_memory_bytes_max) {
    leave(reinterpret_cast<j_common_ptr>(&jpeg), Code::picture_work_over_limit);
  }
  static_cast<void>(jpeg_start_decompress(&jpeg));
  if (half_sent(jpeg)) ERREXIT(&jpeg, JERR_INPUT_EOF);
}

template <class Step>
Result<void> run_step(State& state, Step step) {
  if (run_guarded(state.guard, step)) return {};
  if (state.code == Code::picture_work_over_limit) {
    return fail(state.code, "libjpeg: needs more memory or scans than a picture may take");
  }
  return fail(state.code, "libjpeg: " + std::string(state.message.data()));
}

class LibjpegDecoder final : public JpegDecoder {
 public:
  explicit LibjpegDecoder(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

  [[nodiscard]] JpegSamples samples() const noexcept override;
  Result<void> read_rows(std::uint8_t* rows, std::size_t stride_bytes, std::uint32_t count) override;
  Result<void> finish() override;

 private:
  std::unique_ptr<State> state_;
};

JpegSamples LibjpegDecoder::samples() const noexcept {
  const jpeg_decompress_struct& jpeg = state_->jpeg;
  if (jpeg.out_color_space == JCS_GRAYSCALE) return JpegSamples::grey;
  return jpeg.out_color_space == JCS_RGB ? JpegSamples::rgb : JpegSamples::cmyk_inverted;
}

Result<void> LibjpegDecoder::read_rows(std::uint8_t* rows, std::size_t stride_bytes, std::uint32_t count) {
  State* const state = state_.get();
  return run_step(*state, [state, rows, stride_bytes, count] {
    std::uint32_t done = 0;
    while (done < count) {
      std::array<JSAMPROW, 16> lines{};
      const std::uint32_t wanted = std::min<std::uint32_t>(count - done, lines.size());
      for (std::uint32_t i = 0; i < wanted; ++i) lines[i] = rows + (done + i) * stride_bytes;
      const std::uint32_t made = jpeg_read_scanlines(&state->jpeg, lines.data(), wanted);
      if (made == 0) ERREXIT(&state->jpeg, JERR_INPUT_EOF);  // never with a source that does not suspend
      done += made;
    }
  });
}

Result<void> LibjpegDecoder::finish() {
  State* const state = state_.get();
  return run_step(*state, [state] { static_cast<void>(jpeg_finish_decompress(&state->jpeg)); });
}

}  // namespace

Result<std::unique_ptr<JpegDecoder>> make_libjpeg_decoder(const JpegLayout& layout, const Limits& limits) {
  auto state = std::make_unique<State>();
  state->scans_max = static_cast<int>(std::min<std::uint32_t>(limits.jpeg_scans_max, 1'000'000));
  State* const held = state.get();
  const Limits* const bounds = &limits;
  const BytesView picture = layout.picture;
  Result<void> started = run_step(*state, [held, picture, bounds] { start(*held, picture, *bounds); });
  if (!started) return std::unexpected(std::move(started.error()));
  // Whoever reads the rows takes memory by the layout: two readers of one header must not differ.
  if (state->jpeg.output_width != layout.size.width_px || state->jpeg.output_height != layout.size.height_px) {
    return fail(Code::picture_header_invalid, "libjpeg: another size than the frame header's");
  }
  return std::make_unique<LibjpegDecoder>(std::move(state));
}

}  // namespace locket::codec
