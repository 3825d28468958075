#include "codec/zlib_stream.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace locket::codec {

struct ZlibStream::State {
  inflate_state inflate;
  std::array<std::uint8_t, 2> header;
  std::size_t header_bytes = 0;
};

ZlibStream::ZlibStream() : state_(std::make_unique_for_overwrite<State>()) {
  isal_inflate_init(&state_->inflate);
  state_->inflate.crc_flag = ISAL_ZLIB_NO_HDR_VER;  // the header is read here, since ISA-L lets wrong ones pass
}

ZlibStream::~ZlibStream() = default;

bool ZlibStream::ended() const noexcept { return state_->inflate.block_state == ISAL_BLOCK_FINISH; }

/// RFC 1950, section 2.2.
Result<void> ZlibStream::take_header(BytesView& input) {
  State& state = *state_;
  while (state.header_bytes < state.header.size()) {
    if (input.empty()) return {};
    state.header[state.header_bytes++] = std::to_integer<std::uint8_t>(input.front());
    input = input.subspan(1);
  }
  const auto [method, flags] = state.header;
  const unsigned window_bits = (method >> 4) + 8U;
  if ((method & 15U) != 8 || window_bits > 15 || (method * 256U + flags) % 31 != 0) {
    return fail(Code::picture_data_invalid, "a wrong zlib header");
  }
  if ((flags & 0x20U) != 0) return fail(Code::picture_data_invalid, "the zlib stream asks for a dictionary");
  state.inflate.hist_bits = window_bits;
  return {};
}

Result<std::size_t> ZlibStream::inflate(BytesView& input, std::span<std::uint8_t> out) {
  constexpr std::size_t piece_max = std::numeric_limits<std::int32_t>::max();
  if (state_->header_bytes < state_->header.size()) {
    if (Result<void> header = take_header(input); !header) return std::unexpected(std::move(header.error()));
    if (state_->header_bytes < state_->header.size()) return 0;
  }
  inflate_state& inflate = state_->inflate;
  std::size_t written = 0;
  while (!ended() && written < out.size()) {
    const std::size_t in_piece = std::min(input.size(), piece_max);
    const std::size_t out_piece = std::min(out.size() - written, piece_max);
    inflate.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(input.data()));  // only read
    inflate.avail_in = static_cast<std::uint32_t>(in_piece);
    inflate.next_out = out.data() + written;
    inflate.avail_out = static_cast<std::uint32_t>(out_piece);
    const int outcome = isal_inflate(&inflate);
    if (outcome == ISAL_INCORRECT_CHECKSUM) return fail(Code::picture_checksum_wrong, "wrong Adler-32");
    if (outcome < 0) return fail(Code::picture_data_invalid, "not valid deflate data");
    const std::size_t used = in_piece - inflate.avail_in;
    const std::size_t made = out_piece - inflate.avail_out;
    input = input.subspan(used);
    written += made;
    if (used == 0 && made == 0) break;  // wants more input than there is
  }
  return written;
}

}  // namespace locket::codec
