#include "codec/zlib_writer.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

namespace locket::codec {
namespace {

using Body = std::vector<std::uint8_t>;

constexpr std::array searches{MatchSearch::hasty, MatchSearch::pixels, MatchSearch::bytes};

struct Shape {
  MatchSettings settings{.row_bytes = 100, .pixel_bytes = 3, .search = MatchSearch::bytes};
  std::size_t piece_bytes = 1'000'000;
  std::size_t piece_growth_bytes = 0;  ///< by which each is longer than the one before
};

Bytes compress(const Body& body, const Shape& shape) {
  Bytes out;
  ZlibWriter writer(shape.settings, out);
  std::size_t piece_bytes = shape.piece_bytes;
  for (std::size_t at = 0; at < body.size(); piece_bytes += shape.piece_growth_bytes) {
    const auto bytes = static_cast<std::uint32_t>(std::min(piece_bytes, body.size() - at));
    std::uint8_t* const place = writer.place_for(bytes);
    std::memset(place, 0xA5, bytes + write_margin_bytes);  // it may be overwritten that far
    std::memcpy(place, body.data() + at, bytes);
    writer.take(bytes);
    at += bytes;
  }
  writer.finish();
  return out;
}

/// What zlib, the judge, makes of a stream; it must end where the stream does.
Body judge(const Bytes& stream, std::size_t bytes) {
  Body body(bytes + 1);
  z_stream z{};
  inflateInit(&z);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stream.data()));
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = body.data();
  z.avail_out = static_cast<uInt>(body.size());
  EXPECT_EQ(::inflate(&z, Z_FINISH), Z_STREAM_END) << (z.msg == nullptr ? "" : z.msg);
  EXPECT_EQ(z.avail_in, 0U) << "bytes behind the end";
  body.resize(z.total_out);
  inflateEnd(&z);
  return body;
}

/// Compresses in every way and expects zlib to give the bytes back. Result: the size of the smallest stream.
std::size_t expect_round_trips(const Body& body, std::uint32_t row_bytes) {
  std::size_t smallest = ~std::size_t{0};
  for (const std::uint32_t pixel_bytes : {1U, 2U, 3U, 4U}) {
    for (const MatchSearch search : searches) {
      const MatchSettings settings{.row_bytes = row_bytes, .pixel_bytes = pixel_bytes, .search = search};
      const Bytes stream = compress(body, {.settings = settings});
      EXPECT_TRUE(judge(stream, body.size()) == body) << body.size() << " bytes, " << pixel_bytes << " a pixel";
      // Stored blocks take 5 bytes for 65,535; blocks end before that at times.
      EXPECT_LE(stream.size(), body.size() + body.size() / 2'000 + 16);
      smallest = std::min(smallest, stream.size());
    }
  }
  return smallest;
}

Body noise(std::mt19937& random, std::size_t bytes, std::uint32_t values = 256) {
  Body body(bytes);
  for (std::uint8_t& byte : body) byte = static_cast<std::uint8_t>(random() % values);
  return body;
}

/// Bytes of every character: noise, long runs, short periods, repetitions near and far, at the very edge of the window.
Body mixed_bytes(std::mt19937& random, std::size_t bytes) {
  Body body;
  while (body.size() < bytes) {
    const std::size_t length = 1 + random() % 700;
    const std::uint32_t kind = random() % 5;
    const std::size_t edge = 32'766 + random() % 5;
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t distance = kind == 1 ? 1 : kind == 2 ? 1 + length % 9 : kind == 3 ? edge : 1 + length * 40;
      const bool fresh = kind == 0 || distance > body.size();
      body.push_back(fresh ? static_cast<std::uint8_t>(random()) : body[body.size() - distance]);
    }
  }
  body.resize(bytes);
  return body;
}

TEST(ZlibWriter, GivesEveryShortLengthBack) {
  std::mt19937 random(3);
  for (std::size_t bytes = 0; bytes <= 300; ++bytes) {
    // Every length up to some words, and around the longest match; of the others some.
    if (bytes > 40 && (bytes < 252 || bytes > 264) && bytes % 9 != 0) continue;
    expect_round_trips(noise(random, bytes), 17);
    expect_round_trips(noise(random, bytes, 2), 64);
    expect_round_trips(Body(bytes, 7), 2);
  }
}

TEST(ZlibWriter, GivesMixedBytesBack) {
  std::mt19937 random(4);
  for (const std::size_t bytes : {1'000U, 24'576U, 25'087U, 25'088U, 25'089U, 65'536U, 100'003U}) {
    expect_round_trips(mixed_bytes(random, bytes), 1 + static_cast<std::uint32_t>(random() % 3'000) + 1);
  }
}

TEST(ZlibWriter, GivesMoreThanItsBufferHoldsBack) {
  std::mt19937 random(5);
  expect_round_trips(mixed_bytes(random, 1'300'000), 2'401);
  Body even(1'500'000);
  for (std::size_t i = 0; i < even.size(); ++i) even[i] = static_cast<std::uint8_t>(i * i >> 9);
  expect_round_trips(even, 1'201);
}

TEST(ZlibWriter, TakesRowsOfAnyLength) {
  std::mt19937 random(6);
  const Body body = mixed_bytes(random, 200'000);
  for (const std::uint32_t row_bytes : {2U, 3U, 32'768U, 32'769U, 150'000U, 0x7FFF'FFFFU}) {
    expect_round_trips(body, row_bytes);
  }
}

TEST(ZlibWriter, GivesTheSameBytesInWhateverPiecesTheyCome) {
  std::mt19937 random(7);
  const Body body = mixed_bytes(random, 150'000);
  for (const MatchSearch search : searches) {
    Shape shape;
    shape.settings.search = search;
    const Bytes whole = compress(body, shape);
    shape.piece_bytes = 100;
    EXPECT_TRUE(compress(body, shape) == whole);
    shape.piece_bytes = 33'333;
    EXPECT_TRUE(compress(body, shape) == whole);
    shape.piece_bytes = 5'000;
    shape.piece_growth_bytes = 20'000;
    EXPECT_TRUE(compress(body, shape) == whole);
  }
}

TEST(ZlibWriter, GivesTheSameBytesForRowsOfAnyLengthAsForShortPieces) {
  std::mt19937 random(10);
  for (const std::uint32_t row_bytes : {2U, 3'201U, 32'768U, 90'001U, 700'000U}) {
    const Body body = mixed_bytes(random, std::size_t{row_bytes} * (1'500'000 / row_bytes));
    Shape shape;
    shape.settings.row_bytes = row_bytes;
    shape.piece_bytes = row_bytes;
    const Bytes stream = compress(body, shape);
    EXPECT_TRUE(judge(stream, body.size()) == body) << row_bytes << " bytes a row";
    shape.piece_bytes = 5'000;
    EXPECT_TRUE(compress(body, shape) == stream) << row_bytes << " bytes a row";
  }
}

TEST(ZlibWriter, StoresWhatCanNotBeCompressed) {
  std::mt19937 random(8);
  const Body body = noise(random, 700'000);
  const std::size_t bytes = expect_round_trips(body, 2'401);
  EXPECT_GE(bytes, body.size());
}

TEST(ZlibWriter, PressesWhatRepeats) {
  EXPECT_LT(expect_round_trips(Body(1'200'500, 0), 2'401), 1'300U);
  Body periodic(200'000);
  for (std::size_t i = 0; i < periodic.size(); ++i) periodic[i] = static_cast<std::uint8_t>(i % 251);
  EXPECT_LT(expect_round_trips(periodic, 252), 1'200U);
}

TEST(ZlibWriter, UsesEverySymbol) {
  // Every literal, every length and a distance of every size, each new match behind fresh bytes.
  std::mt19937 random(9);
  Body body = noise(random, 40'000);
  for (std::size_t length = 3; length <= 258; ++length) {
    for (std::size_t distance = 1 + length; distance <= 32'768; distance = distance * 3 + random() % 7) {
      const std::size_t from = body.size() - distance;
      for (std::size_t i = 0; i < length; ++i) body.push_back(body[from + i]);
      body.push_back(static_cast<std::uint8_t>(random()));
    }
  }
  EXPECT_LT(expect_round_trips(body, 777), body.size() / 4);
}

}  // namespace
}  // namespace locket::codec
