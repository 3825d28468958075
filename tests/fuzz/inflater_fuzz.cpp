#include <zlib.h>

#include <optional>
#include <vector>

#include "codec/zlib_stream.hpp"
#include "fuzz_target.hpp"

namespace locket::fuzz {
namespace {

constexpr std::size_t made_bytes_max = 1'000'000;  // more is not looked at
using Body = std::vector<std::uint8_t>;

struct Shape {
  std::size_t piece_bytes;
  std::size_t portion_bytes;
};

/// Gives a stream in pieces of one size.
class Pieces final : public codec::PieceSource {
 public:
  Pieces(BytesView stream, std::size_t piece_bytes) : left_(stream), piece_bytes_(piece_bytes) {}

  bool next(BytesView& piece) noexcept override {
    if (left_.empty()) return false;
    piece = left_.first(std::min(piece_bytes_, left_.size()));
    left_ = left_.subspan(piece.size());
    return true;
  }

 private:
  BytesView left_;
  std::size_t piece_bytes_;
};

/// What ours makes of a stream; nothing when it is refused or cut. `long_one`: there would be more than is looked at.
std::optional<Body> inflate_ours(BytesView stream, const Shape& shape, Kernel kernel, bool& long_one) {
  Pieces pieces(stream, shape.piece_bytes);
  codec::ZlibStream zlib(pieces, shape.portion_bytes, kernel);
  Body made;
  while (made.size() <= made_bytes_max) {
    const auto portion = zlib.read(shape.portion_bytes);
    if (!portion) return std::nullopt;
    demand(portion->size() <= shape.portion_bytes, "no more comes than was asked for");
    made.insert(made.end(), portion->begin(), portion->end());
    if (portion->size() < shape.portion_bytes) return zlib.ended() ? std::optional(made) : std::nullopt;
  }
  long_one = true;
  return made;
}

std::optional<Body> inflate_zlibs(BytesView stream, bool& long_one) {
  static Body room(made_bytes_max);
  z_stream zlib{};
  if (inflateInit(&zlib) != Z_OK) return std::nullopt;
  Body in(reinterpret_cast<const std::uint8_t*>(stream.data()),
          reinterpret_cast<const std::uint8_t*>(stream.data()) + stream.size());
  zlib.next_in = in.data();
  zlib.avail_in = static_cast<uInt>(in.size());
  zlib.next_out = room.data();
  zlib.avail_out = static_cast<uInt>(room.size());
  const int outcome = inflate(&zlib, Z_FINISH);
  long_one = outcome == Z_BUF_ERROR && zlib.avail_out == 0;
  const std::size_t made = room.size() - zlib.avail_out;
  inflateEnd(&zlib);
  if (outcome != Z_STREAM_END) return std::nullopt;
  return Body(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(made));
}

}  // namespace

void feed_inflater(BytesView input) {
  InputReader reader(input);
  const Shape shape{.piece_bytes = 1 + reader.take_word() % 300, .portion_bytes = 1 + reader.take_word() % 20'000};
  bool judge_is_long = false;
  const std::optional<Body> judged = inflate_zlibs(reader.rest(), judge_is_long);
  for (const Kernel kernel : {Kernel::plain, Kernel::automatic}) {
    bool is_long = false;
    const std::optional<Body> ours = inflate_ours(reader.rest(), shape, kernel, is_long);
    if (is_long || judge_is_long) continue;
    demand(ours.has_value() == judged.has_value(), "zlib takes and refuses the same streams");
    demand(!ours || *ours == *judged, "zlib gives the same bytes");
  }
  const auto exact = codec::inflate_exactly(reader.rest(), judged ? judged->size() : 100);
  demand(!exact || (judged && exact->size() == judged->size()), "an exact length is kept");
}

}  // namespace locket::fuzz
