#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "fuzz_target.hpp"

namespace locket::fuzz {
namespace {

constexpr std::size_t signature_bytes = 8;
constexpr std::size_t frame_bytes = 12;
constexpr std::size_t raw_bytes_max = 1U << 20;

using Body = std::vector<std::byte>;

/// One chunk of a file.
struct Chunk {
  std::array<char, 4> name{};
  Body body;
};

std::uint32_t read_u32(BytesView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

void append_u32(Body& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(value >> shift & 0xFF));
}

/// The chunks of a PNG, as far as their frames can be followed; none for anything else.
std::vector<Chunk> take_apart(BytesView file) {
  std::vector<Chunk> chunks;
  if (file.size() < signature_bytes || std::memcmp(file.data(), "\x89PNG\r\n\x1a\n", signature_bytes) != 0)
    return chunks;
  file = file.subspan(signature_bytes);
  while (file.size() >= frame_bytes) {
    const std::size_t length = std::min<std::size_t>(read_u32(file), file.size() - frame_bytes);
    Chunk& chunk = chunks.emplace_back();
    std::memcpy(chunk.name.data(), file.data() + 4, 4);
    chunk.body.assign(file.begin() + 8, file.begin() + 8 + static_cast<std::ptrdiff_t>(length));
    file = file.subspan(frame_bytes + length);
  }
  return chunks;
}

Body put_together(const std::vector<Chunk>& chunks) {
  const BytesView signature = as_bytes("\x89PNG\r\n\x1a\n");
  Body file(signature.begin(), signature.end());
  for (const Chunk& chunk : chunks) {
    append_u32(file, static_cast<std::uint32_t>(chunk.body.size()));
    const std::size_t start = file.size();
    const BytesView name = as_bytes({chunk.name.data(), 4});
    file.insert(file.end(), name.begin(), name.end());
    file.insert(file.end(), chunk.body.begin(), chunk.body.end());
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(file.data() + start), static_cast<uInt>(file.size() - start));
    append_u32(file, static_cast<std::uint32_t>(crc));
  }
  return file;
}

void change_body(Body& body, const ByteChanger& change) {
  const std::size_t bytes = body.size();
  body.resize(bytes + bytes / 4 + 64);
  body.resize(change(body, bytes));
}

bool is_data(const Chunk& chunk) { return std::memcmp(chunk.name.data(), "IDAT", 4) == 0; }

/// The pixels of all IDAT, inflated as far as they go.
Body inflate_data(const std::vector<Chunk>& chunks) {
  Body packed;
  for (const Chunk& chunk : chunks) {
    if (is_data(chunk)) packed.insert(packed.end(), chunk.body.begin(), chunk.body.end());
  }
  Body raw(raw_bytes_max);
  z_stream zlib{};
  if (inflateInit(&zlib) != Z_OK) return {};
  zlib.next_in = reinterpret_cast<Bytef*>(packed.data());
  zlib.avail_in = static_cast<uInt>(packed.size());
  zlib.next_out = reinterpret_cast<Bytef*>(raw.data());
  zlib.avail_out = static_cast<uInt>(raw.size());
  inflate(&zlib, Z_FINISH);
  raw.resize(raw.size() - zlib.avail_out);
  inflateEnd(&zlib);
  return raw;
}

/// Replaces all IDAT by one that holds `raw`.
void pack_data(std::vector<Chunk>& chunks, const Body& raw, int level) {
  const auto first = std::ranges::find_if(chunks, is_data);
  if (first == chunks.end()) return;
  uLongf bytes = compressBound(raw.size());
  Body packed(bytes);
  compress2(reinterpret_cast<Bytef*>(packed.data()), &bytes, reinterpret_cast<const Bytef*>(raw.data()), raw.size(),
            level);
  packed.resize(bytes);
  first->body = std::move(packed);
  chunks.erase(std::remove_if(first + 1, chunks.end(), is_data), chunks.end());
}

void change_pixels(std::vector<Chunk>& chunks, std::mt19937& random, const ByteChanger& change) {
  Body raw = inflate_data(chunks);
  switch (random() % 3) {
    case 0: change_body(raw, change); break;
    case 1: {  // another filter in some row, if the rows are as long as the header says
      if (chunks.empty() || chunks[0].body.size() < 13) break;
      const std::uint32_t height = read_u32(BytesView(chunks[0].body).subspan(4));
      if (height == 0 || raw.size() < height) break;
      const std::size_t stride = raw.size() / height;
      raw[random() % height * stride] = static_cast<std::byte>(random() % 6);
      break;
    }
    default: raw.resize(raw.size() + random() % 3 - (raw.size() > 2 ? 1 : 0)); break;
  }
  pack_data(chunks, raw, static_cast<int>(random() % 10));
}

void change_header(Chunk& header, std::mt19937& random) {
  if (header.body.size() < 13) return;
  constexpr std::array<std::uint8_t, 5> colours{0, 2, 3, 4, 6};
  constexpr std::array<std::uint8_t, 5> depths{1, 2, 4, 8, 16};
  switch (random() % 5) {
    case 0: header.body[3] = static_cast<std::byte>(random()); break;
    case 1: header.body[7] = static_cast<std::byte>(random()); break;
    case 2: header.body[8] = std::byte{depths[random() % depths.size()]}; break;
    case 3: header.body[9] = std::byte{colours[random() % colours.size()]}; break;
    default: header.body[12] ^= std::byte{1}; break;
  }
}

// Cuts one IDAT in two, as writers may.
void split_data(std::vector<Chunk>& chunks, std::mt19937& random) {
  const auto data = std::ranges::find_if(chunks, is_data);
  if (data == chunks.end()) return;
  Chunk second = *data;
  const auto cut = static_cast<std::ptrdiff_t>(random() % (data->body.size() + 1));
  second.body.erase(second.body.begin(), second.body.begin() + cut);
  data->body.resize(static_cast<std::size_t>(cut));
  chunks.insert(data + 1, std::move(second));
}

void change_chunks(std::vector<Chunk>& chunks, std::mt19937& random, const ByteChanger& change) {
  constexpr std::array<std::string_view, 12> names{"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "iCCP",
                                                   "eXIf", "gAMA", "acTL", "fdAT", "tEXt", "sRGB"};
  Chunk& chosen = chunks[random() % chunks.size()];
  switch (random() % 9) {
    case 0:
    case 1: change_body(chosen.body, change); break;
    case 2: change_header(chunks[0], random); break;
    case 3: std::swap(chosen, chunks[random() % chunks.size()]); break;
    case 4:
      chunks.insert(chunks.begin() + static_cast<std::ptrdiff_t>(random() % (chunks.size() + 1)), Chunk(chosen));
      break;
    case 5: chunks.erase(chunks.begin() + (&chosen - chunks.data())); break;
    case 6: std::memcpy(chosen.name.data(), names[random() % names.size()].data(), 4); break;
    case 7: split_data(chunks, random); break;
    default: change_pixels(chunks, random, change); break;
  }
}

}  // namespace

std::size_t change_png(std::span<std::byte> room, std::size_t bytes, unsigned seed, const ByteChanger& change) {
  std::mt19937 random(seed);
  std::vector<Chunk> chunks = take_apart(room.first(bytes));
  if (chunks.empty() || random() % 8 == 0) return change(room, bytes);
  for (unsigned left = 1 + random() % 3; left > 0 && !chunks.empty(); --left) change_chunks(chunks, random, change);
  const Body file = put_together(chunks);
  if (file.size() > room.size()) return change(room, bytes);
  std::ranges::copy(file, room.begin());
  return file.size();
}

}  // namespace locket::fuzz
