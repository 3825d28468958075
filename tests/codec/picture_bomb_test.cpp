#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "codec/row_reader.hpp"
#include "png_file.hpp"

namespace locket::codec {
namespace {

using Body = std::vector<std::uint8_t>;

constexpr std::uint64_t refusal_kilobytes_max = 8'192;
constexpr std::size_t segment_bytes = 1'000'000;

/// What one picture came to, in a process of its own.
struct Outcome {
  Code code = Code::internal_error;  // this one: the picture was taken
  std::uint64_t peak_kilobytes = 0;  // beyond what the process held before
  double seconds = 0;
};

std::uint64_t peak_kilobytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
  }
  return 0;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Reads every row and keeps none.
Code drain(BytesView file, const Limits& limits) {
  auto reader = open_picture(file, limits);
  if (!reader) return reader.error().code;
  for (;;) {
    const auto batch = (*reader)->next_rows();
    if (!batch) return batch.error().code;
    if (batch->rows == 0) return Code::internal_error;
  }
}

Outcome outcome_of(BytesView file, const Limits& limits = {}) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
    Outcome outcome;
    const std::uint64_t before = peak_kilobytes();
    const double start = cpu_seconds();
    outcome.code = drain(file, limits);
    outcome.seconds = cpu_seconds() - start;
    outcome.peak_kilobytes = peak_kilobytes() - before;
    const auto told = write(ends[1], &outcome, sizeof outcome);
    _exit(told == sizeof outcome ? 0 : 1);
  }
  close(ends[1]);
  Outcome outcome;
  const bool whole = read(ends[0], &outcome, sizeof outcome) == sizeof outcome;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(whole && WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child died";
  std::printf("  code %s, %llu KB, %.1f ms\n", std::string(code_name(outcome.code)).c_str(),
              static_cast<unsigned long long>(outcome.peak_kilobytes), outcome.seconds * 1e3);
  return outcome;
}

void append_zeros(z_stream& zlib, Body& out, std::size_t count, int flush) {
  static Body zeros(segment_bytes);
  static Body room(segment_bytes);
  zlib.next_in = zeros.data();
  zlib.avail_in = static_cast<uInt>(count);
  do {
    zlib.next_out = room.data();
    zlib.avail_out = static_cast<uInt>(room.size());
    deflate(&zlib, flush);
    out.insert(out.end(), room.begin(), room.end() - static_cast<std::ptrdiff_t>(zlib.avail_out));
  } while (zlib.avail_out == 0);
}

/// A zlib stream of so many zeros, made of one megabyte's worth said again and again, with the right checksum.
Body stream_of_zeros(std::uint64_t count) {
  z_stream zlib{};
  deflateInit2(&zlib, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  Body megabyte;
  append_zeros(zlib, megabyte, segment_bytes, Z_FULL_FLUSH);
  Body stream{0x78, 0xDA};
  for (std::uint64_t left = count; left >= segment_bytes; left -= segment_bytes) {
    stream.insert(stream.end(), megabyte.begin(), megabyte.end());
  }
  append_zeros(zlib, stream, count % segment_bytes, Z_FINISH);
  deflateEnd(&zlib);
  const std::uint32_t adler = static_cast<std::uint32_t>(count % 65'521) << 16 | 1;
  for (int shift = 24; shift >= 0; shift -= 8) stream.push_back(static_cast<std::uint8_t>(adler >> shift));
  return stream;
}

Bytes black(const PngHeader& header, std::uint64_t raw_bytes) {
  return PngFile().header(header).chunk("IDAT", stream_of_zeros(raw_bytes)).end().bytes();
}

void expect_refused(const Bytes& file, Code code) {
  const Outcome outcome = outcome_of(file);
  EXPECT_EQ(outcome.code, code) << code_name(outcome.code);
  EXPECT_LE(outcome.peak_kilobytes, refusal_kilobytes_max);
}

TEST(PictureBomb, OfTwelveKilobytesThatAsksForGigabytesIsRefusedByItsHeader) {
  const Bytes file = black({.width = 10'000, .height = 10'000, .depth = 1}, 10'000 * 1'251ULL);
  EXPECT_LT(file.size(), 15'000U);
  expect_refused(file, Code::picture_pixels_over_limit);
}

TEST(PictureBomb, OfAnExtremeShapeIsRefusedByItsHeader) {
  expect_refused(black({.width = 1'000'000, .height = 50, .depth = 16}, 50 * 2'000'001ULL),
                 Code::picture_side_over_limit);
  expect_refused(black({.width = 50, .height = 1'000'000, .depth = 16}, 1'000'000 * 101ULL),
                 Code::picture_side_over_limit);
}

TEST(PictureBomb, ThatCanNotHoldWhatItPromisesIsRefusedBeforeItIsInflated) {
  expect_refused(PngFile()
                     .header({.width = 6'000, .height = 6'000, .colour = 6})
                     .chunk("IDAT", stream_of_zeros(100))
                     .end()
                     .bytes(),
                 Code::picture_truncated);
}

TEST(PictureBomb, OfTheByteLimitThatInflatesToFiveGigabytesIsRefusedAtTheFirstByteTooMany) {
  for (const std::uint8_t interlace : {std::uint8_t{0}, std::uint8_t{1}}) {
    const std::uint32_t side = interlace == 0 ? 2'000 : 1'000;
    PngFile bomb;
    bomb.header({.width = side, .height = side, .interlace = interlace});
    Body stream = stream_of_zeros(5'100'000'000);
    stream.resize(5'242'880 - 57);
    const Bytes file = bomb.chunk("IDAT", stream).end().bytes();
    ASSERT_EQ(file.size(), 5'242'880U);
    expect_refused(file, Code::picture_data_invalid);
  }
}

// Chunks that need not be read are not inflated.
TEST(PictureBomb, InTextOrProfileIsNotInflated) {
  Body text{'k', 0, 0};
  const Body zeros = stream_of_zeros(2'000'000'000);
  text.insert(text.end(), zeros.begin(), zeros.end());
  for (const std::string_view name : {"zTXt", "iCCP"}) {
    const Bytes file = PngFile().header({}).chunk(name, text).data(Body{0, 7}).end().bytes();
    const Outcome outcome = outcome_of(file);
    EXPECT_EQ(outcome.code, Code::internal_error) << name;
    EXPECT_LE(outcome.peak_kilobytes, refusal_kilobytes_max) << name;
  }
}

/// A chunk with a profile of 256 bytes that promises a table of 255 x 255 x 255 colours, 99 MB.
Body promising_profile() {
  Body profile(256);
  const auto put = [&](std::size_t at, std::string_view text) {
    std::ranges::copy(text, profile.begin() + static_cast<std::ptrdiff_t>(at));
  };
  profile[2] = 1;  // its size
  profile[8] = 2;  // its version
  put(12, "prtrRGB Lab ");
  put(36, "acsp");
  profile[131] = 1;  // one tag, behind this table
  put(132, "A2B0");
  profile[139] = 144;
  profile[143] = 112;
  put(144, "mft2");
  profile[152] = profile[153] = 3;
  profile[154] = 255;
  for (const std::size_t at : {156U, 172U, 188U}) profile[at + 1] = 1;  // the matrix that changes nothing
  profile[193] = profile[195] = 2;                                      // entries of the curves
  Body chunk{'n', 0, 0};
  const Body stream = compress(profile);
  chunk.insert(chunk.end(), stream.begin(), stream.end());
  return chunk;
}

TEST(PictureBomb, InAProfileThatPromisesATableIsGivenNoMemory) {
  const Bytes file =
      PngFile().header({.colour = 2}).chunk("iCCP", promising_profile()).data(Body{0, 7, 8, 9}).end().bytes();
  const Outcome outcome = outcome_of(file);
  EXPECT_EQ(outcome.code, Code::internal_error);
  EXPECT_LE(outcome.peak_kilobytes, refusal_kilobytes_max);
}

TEST(PictureBomb, OfManyChunksIsBoundedByTheirCount) {
  for (const std::uint32_t count : {65'535U, 100'001U}) {
    PngFile file;
    file.header({});
    for (std::uint32_t i = 0; i < count; ++i) file.chunk("tEXt", Body{'k', 0});
    const Outcome outcome = outcome_of(file.data(Body{0, 7}).end().bytes());
    EXPECT_EQ(outcome.code, count < Limits{}.png_chunks_max ? Code::internal_error : Code::picture_chunk_over_limit);
    EXPECT_LE(outcome.peak_kilobytes, refusal_kilobytes_max);
  }
}

TEST(PictureBomb, InPiecesOfOneByteIsAPictureLikeAnyOther) {
  const Body stream = stream_of_zeros(64 * 65);
  PngFile file;
  file.header({.width = 64, .height = 64});
  for (const std::uint8_t byte : stream) file.chunk("IDAT", Body{}).chunk("IDAT", Body{byte});
  const Outcome outcome = outcome_of(file.end().bytes());
  EXPECT_EQ(outcome.code, Code::internal_error);
  EXPECT_LE(outcome.peak_kilobytes, refusal_kilobytes_max);
}

// The largest pictures: rows are streamed, so that height costs nothing; an interlaced one is held whole, four bytes a
// pixel.
TEST(LargestPicture, StaysWithinTheDocumentedMemory) {
  const bool whole = std::getenv("LOCKET_LONG_TESTS") != nullptr;
  const std::uint32_t side = whole ? 6'324 : 1'500;
  const std::uint32_t buffered_side = whole ? 4'000 : 1'000;
  for (const std::uint8_t depth : {std::uint8_t{8}, std::uint8_t{16}}) {
    const std::uint64_t pixel_bytes = depth / 2U;
    const Outcome streamed = outcome_of(
        black({.width = side, .height = side, .depth = depth, .colour = 6}, (side * pixel_bytes + 1) * side));
    EXPECT_EQ(streamed.code, Code::internal_error);
    EXPECT_LE(streamed.peak_kilobytes, refusal_kilobytes_max);
    std::uint64_t raw = 0;
    constexpr std::uint32_t first[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                           {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    for (const auto& [x, y, across, down] : first) {
      const std::uint64_t width = (buffered_side - x + across - 1) / across;
      raw += (width * pixel_bytes + 1) * ((buffered_side - y + down - 1) / down);
    }
    const Outcome buffered = outcome_of(
        black({.width = buffered_side, .height = buffered_side, .depth = depth, .colour = 6, .interlace = 1}, raw));
    EXPECT_EQ(buffered.code, Code::internal_error);
    EXPECT_LE(buffered.peak_kilobytes,
              std::uint64_t{buffered_side} * buffered_side * 4 / 1'024 * 9 / 8 + refusal_kilobytes_max);
  }
}

}  // namespace
}  // namespace locket::codec
