#include "codec/exif_orientation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace locket::codec {
namespace {

std::string number(bool little, std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text.push_back(static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i) & 0xFF));
  }
  return text;
}

struct Entry {
  std::uint32_t tag = 274;
  std::uint32_t type = 3;
  std::uint32_t count = 1;
  std::uint32_t value = 1;
};

std::string exif(bool little, const Entry& entry, std::uint32_t entries = 1, std::uint32_t directory = 8) {
  return std::string(little ? "II" : "MM") + number(little, 42, 2) + number(little, directory, 4) +
         number(little, entries, 2) + number(little, entry.tag, 2) + number(little, entry.type, 2) +
         number(little, entry.count, 4) + number(little, entry.value, 2) + number(little, 0, 2);
}

std::uint8_t orientation_of(const std::string& data) { return read_exif_orientation(as_bytes(data)); }

TEST(ExifOrientation, IsReadInBothByteOrders) {
  for (std::uint32_t value = 1; value <= 8; ++value) {
    EXPECT_EQ(orientation_of(exif(false, {.value = value})), value);
    EXPECT_EQ(orientation_of(exif(true, {.value = value})), value);
  }
}

TEST(ExifOrientation, IsOneForValuesThatMeanNothing) {
  for (const std::uint32_t value : {0U, 9U, 255U, 256U, 65535U}) {
    EXPECT_EQ(orientation_of(exif(false, {.value = value})), 1);
    EXPECT_EQ(orientation_of(exif(true, {.value = value})), 1);
  }
}

TEST(ExifOrientation, IsOneForAnotherTypeCountOrTag) {
  EXPECT_EQ(orientation_of(exif(true, {.type = 4, .value = 6})), 1);
  EXPECT_EQ(orientation_of(exif(true, {.count = 2, .value = 6})), 1);
  EXPECT_EQ(orientation_of(exif(true, {.count = 0, .value = 6})), 1);
  EXPECT_EQ(orientation_of(exif(true, {.tag = 275, .value = 6})), 1);
}

TEST(ExifOrientation, StaysInsideTheData) {
  EXPECT_EQ(orientation_of(exif(true, {.tag = 1}, 65'535)), 1);
  EXPECT_EQ(orientation_of(exif(true, {.value = 6}, 65'535)), 6);
  for (const std::uint32_t directory : {0U, 7U, 26U, 0x7FFF'FFFFU, 0xFFFF'FFFFU}) {
    EXPECT_EQ(orientation_of(exif(false, {.value = 6}, 1, directory)), 1) << directory;
  }
  const std::string whole = exif(false, {.value = 6});
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) EXPECT_EQ(orientation_of(whole.substr(0, bytes)), 1);
  EXPECT_EQ(orientation_of(whole), 6);
}

TEST(ExifOrientation, IsOneForDataThatIsNotTiff) {
  std::string data = exif(false, {.value = 6});
  data[3] = 43;
  EXPECT_EQ(orientation_of(data), 1);
  data[3] = 42;
  data[0] = 'X';
  EXPECT_EQ(orientation_of(data), 1);
}

}  // namespace
}  // namespace locket::codec
