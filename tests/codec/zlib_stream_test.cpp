#include "codec/zlib_stream.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <random>
#include <vector>

#include "instruction_sets.hpp"

namespace locket::codec {
namespace {

using Body = std::vector<std::uint8_t>;

/// Gives a stream in pieces of one size.
class Pieces final : public PieceSource {
 public:
  Pieces(const Body& body, std::size_t piece_bytes)
      : left_(std::as_bytes(std::span(body))), piece_bytes_(piece_bytes) {}

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

struct Shape {
  std::size_t piece_bytes = 1'000'000;
  std::size_t portion_bytes = 100'000;
  Kernel kernel = Kernel::automatic;
};

Result<Body> inflate(const Body& stream, const Shape& shape = {}) {
  Pieces pieces(stream, shape.piece_bytes);
  ZlibStream zlib(pieces, shape.portion_bytes, shape.kernel);
  Body made;
  for (;;) {
    const Result<std::span<const std::uint8_t>> portion = zlib.read(shape.portion_bytes);
    if (!portion) return std::unexpected(portion.error());
    made.insert(made.end(), portion->begin(), portion->end());
    if (portion->size() < shape.portion_bytes) break;
  }
  if (!zlib.ended()) return fail(Code::picture_truncated);
  return made;
}

/// What zlib makes of a stream; nothing when it refuses it. Room for all that 4 KB can inflate to.
std::optional<Body> judge(const Body& stream) {
  static Body room(1'032 * 4'096);
  uLongf count = room.size();
  if (uncompress(room.data(), &count, stream.data(), stream.size()) != Z_OK) return std::nullopt;
  return Body(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
}

Body deflated(const Body& raw, int level, int strategy) {
  z_stream z{};
  deflateInit2(&z, level, Z_DEFLATED, 15, 8, strategy);
  Body out(deflateBound(&z, raw.size()) + 64);
  z.next_in = const_cast<Bytef*>(raw.data());
  z.avail_in = static_cast<uInt>(raw.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// Bytes of every character: noise, long runs, short periods, far repetitions.
Body mixed_bytes(std::mt19937& random, std::size_t bytes) {
  Body body;
  while (body.size() < bytes) {
    const std::size_t length = 1 + random() % 700;
    const std::size_t period = 1 + random() % 40;
    switch (random() % 4) {
      case 0:
        for (std::size_t i = 0; i < length; ++i) body.push_back(static_cast<std::uint8_t>(random()));
        break;
      case 1: body.insert(body.end(), length, static_cast<std::uint8_t>(random())); break;
      case 2:
        for (std::size_t i = 0; i < length; ++i) {
          body.push_back(body.size() < period ? std::uint8_t{7} : body[body.size() - period]);
        }
        break;
      default:
        for (std::size_t i = 0; i < length; ++i) body.push_back(static_cast<std::uint8_t>(random() % 5));
        break;
    }
  }
  body.resize(bytes);
  return body;
}

TEST(ZlibStream, GivesBackWhatEveryStrategyOfZlibDeflated) {
  std::mt19937 random(5);
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{300}, std::size_t{70'000}, std::size_t{300'001}}) {
    const Body raw = mixed_bytes(random, bytes);
    for (const int level : {0, 1, 6, 9}) {
      for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
        const Body stream = deflated(raw, level, strategy);
        const auto expect_raw = [&](Kernel kernel) {
          const Result<Body> made = inflate(stream, {.kernel = kernel});
          ASSERT_TRUE(made.has_value()) << made.error().detail;
          ASSERT_TRUE(*made == raw) << bytes << " level " << level << " strategy " << strategy;
        };
        expect_raw(Kernel::plain);
        with_every_instruction_set([&] { expect_raw(Kernel::automatic); });
      }
    }
  }
}

TEST(ZlibStream, GivesTheSameInPiecesAndPortionsOfAnySize) {
  std::mt19937 random(6);
  const Body raw = mixed_bytes(random, 50'000);
  const Body stream = deflated(raw, 6, Z_DEFAULT_STRATEGY);
  for (const std::size_t piece_bytes : {1U, 2U, 7U, 31U, 32U, 33U, 1'000U}) {
    for (const std::size_t portion_bytes : {1U, 3U, 257U, 259U, 32'768U, 50'000U, 60'000U}) {
      const Result<Body> made = inflate(stream, {.piece_bytes = piece_bytes, .portion_bytes = portion_bytes});
      ASSERT_TRUE(made.has_value()) << made.error().detail;
      ASSERT_TRUE(*made == raw) << piece_bytes << " " << portion_bytes;
    }
  }
}

/// Bytes most of which are near 0, as filtered photos have them: their codes are so short that two fit into a look-up.
Body near_zero_bytes(std::mt19937& random, std::size_t bytes, double spread) {
  std::normal_distribution<double> distribution(0, spread);
  Body body(bytes);
  for (std::uint8_t& byte : body) byte = static_cast<std::uint8_t>(static_cast<int>(distribution(random)));
  return body;
}

TEST(ZlibStream, GivesBackShortCodesWhichAreTakenInPairs) {
  std::mt19937 random(9);
  for (const double spread : {0.5, 2.0, 6.0, 12.0, 40.0}) {
    const Body raw = near_zero_bytes(random, 20'001, spread);
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY}) {
      const Body stream = deflated(raw, 6, strategy);
      for (const Kernel kernel : {Kernel::plain, Kernel::automatic}) {
        for (const std::size_t portion_bytes : {1U, 2U, 3U, 5U, 1'000U, 20'001U}) {
          const Result<Body> made = inflate(stream, {.portion_bytes = portion_bytes, .kernel = kernel});
          ASSERT_TRUE(made.has_value()) << made.error().detail;
          ASSERT_TRUE(*made == raw) << spread << " strategy " << strategy << " portions of " << portion_bytes;
        }
      }
    }
  }
}

TEST(ZlibStream, TellsPairsThatAreCutAtAnyByte) {
  std::mt19937 random(10);
  const Body whole = deflated(near_zero_bytes(random, 2'000, 3.0), 6, Z_HUFFMAN_ONLY);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    ASSERT_FALSE(inflate(Body(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes))).has_value()) << bytes;
  }
}

/// The lengths of a random whole code: leaves are split until there are enough.
std::vector<std::uint8_t> random_code(std::mt19937& random, std::size_t symbols) {
  std::vector<std::uint8_t> bits{1, 1};
  while (bits.size() < symbols) {
    // Now and then the newest leaf, so that some codes grow long.
    std::uint8_t& leaf = random() % 3 == 0 ? bits.back() : bits[random() % bits.size()];
    if (leaf == deflate_code_bits_max) continue;
    ++leaf;
    bits.push_back(leaf);
  }
  std::shuffle(bits.begin(), bits.end(), random);
  return bits;
}

/// Bits of a stream, the first the lowest.
struct Bits {
  Body bytes;
  unsigned count = 0;
  void put(unsigned value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i, ++count) {
      if (count % 8 == 0) bytes.push_back(0);
      bytes.back() |= static_cast<std::uint8_t>((value >> i & 1) << count % 8);
    }
  }
};

/// Blocks without bytes, each with codes of its own for two literals and its end; a multiple of eight ends with a byte.
Body own_codes_of_two_literals(int blocks) {
  Bits bits;
  for (int block = 0; block < blocks; ++block) {
    bits.put(2 << 1, 3);
    bits.put(0, 10);  // 257 literals, 1 distance
    bits.put(14, 4);
    for (const unsigned symbol : {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1}) {
      bits.put(symbol == 2 ? 1 : symbol == 1 || symbol == 18 ? 2 : 0, 3);
    }
    bits.put(1, 2);  // the lengths: 1, 2, 254 times 0, 2; and 1 for the distance
    bits.put(0, 1);
    bits.put(3, 2);
    bits.put(138 - 11, 7);
    bits.put(3, 2);
    bits.put(116 - 11, 7);
    bits.put(0, 1);
    bits.put(1, 2);
    bits.put(3, 2);  // the end of the block
  }
  return bits.bytes;
}

/// A whole zlib stream of no bytes: the same blocks again and again, and a last one.
Body stream_of_empty_blocks(const Body& blocks, std::size_t times) {
  Body stream{0x78, 0x01};
  for (std::size_t i = 0; i < times; ++i) stream.insert(stream.end(), blocks.begin(), blocks.end());
  stream.insert(stream.end(), {1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1});
  return stream;
}

// A block that holds nothing may take ten bits of a stream with codes that are known, and a hundred with its own. As
// many as an upload can hold once took most of a minute; these are half as many, and may take a sanitizer's time.
TEST(ZlibStream, DoesNotHangOnBlocksWithoutBytes) {
  constexpr double cpu_seconds_max = 10;
  const Body four_of_known_codes{0x02, 0x08, 0x20, 0x80, 0x00};
  const Body eight_of_own_codes = own_codes_of_two_literals(8);
  for (const Body& blocks : {four_of_known_codes, eight_of_own_codes}) {
    const Body stream = stream_of_empty_blocks(blocks, 2'500'000 / blocks.size());
    ASSERT_EQ(judge(stream), Body());
    const std::clock_t start = std::clock();
    const Result<Body> made = inflate(stream);
    ASSERT_TRUE(made.has_value()) << made.error().detail;
    EXPECT_TRUE(made->empty());
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, cpu_seconds_max);
  }
}

TEST(DeflateTable, HasRoomForEveryWholeCode) {
  std::mt19937 random(11);
  LiteralTable literals;
  DistanceTable distances;
  for (int round = 0; round < 500; ++round) {
    ASSERT_TRUE(fill_table(literals, random_code(random, 257 + random() % 30)));
    ASSERT_TRUE(fill_table(distances, random_code(random, 2 + random() % 31)));
  }
}

TEST(ZlibStream, RefusesAndTakesDamagedStreamsAsZlibDoes) {
  std::mt19937 random(7);
  int taken = 0;
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    const std::size_t bytes = 200 + random() % 3'000;
    const Body raw = round % 2 == 0 ? mixed_bytes(random, bytes) : near_zero_bytes(random, bytes, 1 + round / 10.0);
    const Body whole = deflated(raw, static_cast<int>(random() % 10), static_cast<int>(random() % 5));
    for (int damage = 0; damage < 60; ++damage) {
      Body stream = whole;
      const std::size_t at = random() % std::min<std::size_t>(stream.size(), damage % 2 == 0 ? 60 : 4'000);
      stream[at] = static_cast<std::uint8_t>(stream[at] ^ 1U << random() % 8);
      const std::optional<Body> judged = judge(stream);
      const Result<Body> made = inflate(stream, {.kernel = damage % 3 == 0 ? Kernel::plain : Kernel::automatic});
      ASSERT_EQ(made.has_value(), judged.has_value()) << round << " " << damage << " at " << at;
      if (made) {
        ASSERT_TRUE(*made == *judged);
      }
      ++(made ? taken : refused);
    }
  }
  EXPECT_GT(refused, 3'000);
}

TEST(ZlibStream, TellsAStreamThatIsCutAtAnyByte) {
  std::mt19937 random(8);
  const Body raw = mixed_bytes(random, 5'000);
  const Body whole = deflated(raw, 6, Z_DEFAULT_STRATEGY);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Result<Body> made = inflate(Body(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes)));
    ASSERT_FALSE(made.has_value()) << bytes;
    ASSERT_TRUE(made.error().code == Code::picture_truncated || made.error().code == Code::picture_data_invalid);
  }
}

TEST(ZlibStream, ProvesTheChecksum) {
  Body stream = deflated(Body(1'000, 3), 6, Z_DEFAULT_STRATEGY);
  stream.back() ^= 1;
  const Result<Body> made = inflate(stream);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Code::picture_checksum_wrong);
}

TEST(ZlibStream, RefusesHeadersThatAreNotZlibs) {
  const Body stream = deflated(Body(10, 3), 6, Z_DEFAULT_STRATEGY);
  int taken = 0;
  for (unsigned method = 0; method < 256; ++method) {
    for (unsigned flags = 0; flags < 256; ++flags) {
      Body changed = stream;
      changed[0] = static_cast<std::uint8_t>(method);
      changed[1] = static_cast<std::uint8_t>(flags);
      const bool expected =
          (method & 15) == 8 && (method >> 4) <= 7 && (method * 256 + flags) % 31 == 0 && (flags & 32) == 0;
      ASSERT_EQ(inflate(changed, {.portion_bytes = 16}).has_value(), expected) << method << " " << flags;
      taken += expected ? 1 : 0;
    }
  }
  EXPECT_GT(taken, 16);
}

TEST(ZlibStream, ReachesBackAsFarAsDeflateAllows) {
  std::mt19937 random(9);
  Body raw(32'768);
  std::generate(raw.begin(), raw.end(), [&] { return static_cast<std::uint8_t>(random()); });
  raw.insert(raw.end(), raw.begin(), raw.begin() + 20'000);
  const Body stream = deflated(raw, 9, Z_DEFAULT_STRATEGY);
  for (const std::size_t portion_bytes : {100U, 5'000U, 52'768U}) {
    const Result<Body> made = inflate(stream, {.portion_bytes = portion_bytes});
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE(*made == raw);
  }
}

TEST(ZlibStream, InflatesExactlyWhatIsAskedForOrNothing) {
  std::mt19937 random(10);
  for (const std::size_t bytes : {0U, 1U, 65'535U, 65'536U, 65'537U, 200'000U}) {
    const Body raw = mixed_bytes(random, bytes);
    Body stream = deflated(raw, 6, Z_DEFAULT_STRATEGY);
    const auto code_for = [&](std::size_t wanted) {
      const Result<Bytes> made = inflate_exactly(std::as_bytes(std::span(stream)), wanted);
      return made ? Code::internal_error : made.error().code;
    };
    const Result<Bytes> made = inflate_exactly(std::as_bytes(std::span(stream)), bytes);
    ASSERT_TRUE(made.has_value()) << made.error().detail;
    const BytesView expected = std::as_bytes(std::span(raw));
    EXPECT_TRUE(std::equal(made->begin(), made->end(), expected.begin(), expected.end()));
    EXPECT_EQ(code_for(bytes + 1), Code::picture_truncated);
    if (bytes > 0) {
      EXPECT_EQ(code_for(bytes - 1), Code::picture_data_invalid);
    }
    stream.push_back(0);
    EXPECT_EQ(code_for(bytes), Code::picture_data_invalid);
    stream.resize(stream.size() - 2);
    EXPECT_EQ(code_for(bytes), Code::picture_truncated);
  }
}

}  // namespace
}  // namespace locket::codec
