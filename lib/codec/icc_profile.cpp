#include "codec/icc_profile.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/kernel.hpp"
#include "codec/byte_order.hpp"
#include "codec/zlib_stream.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t profile_header_bytes = 128;  // ICC.1:2022, clause 7.2
constexpr std::size_t profile_name_bytes_max = 79;
constexpr std::size_t portion_bytes = 32'768;
constexpr std::size_t tag_bytes = 12;  // signature, place and size

constexpr std::array<std::string_view, 13> needed_tags{"A2B0", "A2B1", "A2B2", "rXYZ", "gXYZ", "bXYZ", "rTRC",
                                                       "gTRC", "bTRC", "kTRC", "wtpt", "bkpt", "chad"};

/// Fills `out` whole from the stream.
Result<void> inflate_whole(ZlibStream& stream, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const Result<std::span<const std::uint8_t>> portion = stream.read(out.size());
    if (!portion) return std::unexpected(portion.error());
    if (portion->empty()) return fail(Code::picture_data_invalid, "iCCP: shorter than the profile says it is");
    std::copy(portion->begin(), portion->end(), out.begin());
    out = out.subspan(portion->size());
  }
  return {};
}

}  // namespace

Result<Bytes> inflate_png_profile(BytesView chunk, const Limits& limits) {
  const BytesView named = chunk.first(std::min(chunk.size(), profile_name_bytes_max + 1));
  const auto end = std::find(named.begin(), named.end(), std::byte{0});
  if (end == named.begin() || end == named.end()) return fail(Code::picture_data_invalid, "iCCP: no profile name");
  const auto name_bytes = static_cast<std::size_t>(end - named.begin());
  BytesView input = chunk.subspan(name_bytes + 1);
  if (input.empty() || input.front() != std::byte{0}) {
    return fail(Code::picture_data_invalid, "iCCP: unknown compression method");
  }
  input = input.subspan(1);

  OnePiece piece(input);
  ZlibStream stream(piece, portion_bytes, chosen_kernel());
  std::array<std::uint8_t, profile_header_bytes> header{};
  if (Result<void> read = inflate_whole(stream, header); !read) return std::unexpected(read.error());
  const std::size_t bytes = load_be32(header.data());
  if (bytes > limits.icc_profile_bytes_max) {
    return fail(Code::picture_chunk_over_limit, "iCCP: a profile of " + std::to_string(bytes) + " bytes");
  }
  if (bytes < profile_header_bytes) return fail(Code::picture_data_invalid, "iCCP: shorter than a profile's header");
  Bytes profile(bytes);
  const std::span<std::uint8_t> out(reinterpret_cast<std::uint8_t*>(profile.data()), bytes);
  std::copy(header.begin(), header.end(), out.begin());
  if (Result<void> read = inflate_whole(stream, out.subspan(profile_header_bytes)); !read) {
    return std::unexpected(read.error());
  }
  return profile;
}

Bytes without_needless_tags(BytesView profile) {
  constexpr std::size_t table = profile_header_bytes + 4;
  if (profile.size() < table) return {};
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(profile.data());
  const std::size_t count = load_be32(bytes + profile_header_bytes);
  if (count > (profile.size() - table) / tag_bytes) return {};
  Bytes copy(profile.begin(), profile.end());
  std::array<bool, needed_tags.size()> taken{};
  std::uint8_t kept = 0;
  for (std::size_t tag = 0; tag < count; ++tag) {
    const BytesView entry = profile.subspan(table + tag * tag_bytes, tag_bytes);
    const auto found = std::ranges::find(needed_tags, as_text(entry.first(4)));
    if (found == needed_tags.end()) continue;
    bool& seen = taken[static_cast<std::size_t>(found - needed_tags.begin())];
    if (std::exchange(seen, true)) continue;  // the first of two counts
    std::ranges::copy(entry, copy.begin() + static_cast<std::ptrdiff_t>(table + kept * tag_bytes));
    ++kept;
  }
  std::fill_n(copy.begin() + profile_header_bytes, 3, std::byte{0});
  copy[profile_header_bytes + 3] = std::byte{kept};
  return copy;
}

}  // namespace locket::codec
