#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "locket/bytes.hpp"

namespace locket::fuzz {

/// Changes some bytes in place, in room for more of them: the bytes, how many there are. Result: how many there are
/// now.
using ByteChanger = std::function<std::size_t(std::span<std::byte> room, std::size_t bytes)>;

/// Changes an input so that it stays what its reader looks at twice. Inputs: the room and how many bytes of it are the
/// input; a number that decides; what changes plain bytes. Result: how many bytes it has now; never more than the room.
using InputChanger = std::size_t (*)(std::span<std::byte> room, std::size_t bytes, unsigned seed,
                                     const ByteChanger& change);

/// One thing that is fed with hostile bytes.
struct Target {
  std::string_view name;
  /// Feeds it. Whatever must never happen ends the process.
  void (*run)(BytesView input);
  /// How inputs are changed; null for plain bytes.
  InputChanger change = nullptr;
};

/// Every target.
[[nodiscard]] std::span<const Target> all_targets();

/// The target of a name, or null.
[[nodiscard]] const Target* find_target(std::string_view name);

/// Feeds a target, and ends the process when that takes more than `cpu_s_max` seconds of CPU time: on a machine that is
/// busy with other work the clock on the wall tells nothing. What waits and does not work is not noticed.
void feed(const Target& target, BytesView input);

/// The most that one input may take. A sanitizer takes its share of it.
inline constexpr int cpu_s_max = 20;

/// Ends the process, telling `what`, when `holds` is false.
void demand(bool holds, std::string_view what);

/// Takes an input apart, piece by piece. After its end everything is zero or empty.
class InputReader {
 public:
  /// Input: what is to be taken apart, which must outlive this.
  explicit InputReader(BytesView input) noexcept : left_(input) {}

  /// The next byte.
  unsigned take_byte() noexcept;

  /// The next two bytes, as a number.
  unsigned take_word() noexcept;

  /// The next line: up to a byte of value 10, which is dropped.
  std::string_view take_line() noexcept;

  /// All that is left.
  BytesView rest() const noexcept { return left_; }

 private:
  BytesView left_;
};

// The targets, one file each.
void feed_inflater(BytesView input);         ///< our inflater beside zlib's
void feed_png_reader(BytesView input);       ///< every decoder of ours beside libpng alone
void feed_jpeg_reader(BytesView input);      ///< the JPEG path
void feed_metadata(BytesView input);         ///< EXIF and colour profiles
void feed_resizer(BytesView input);          ///< every set of kernels beside the plain one
void feed_png_writer(BytesView input);       ///< what is written, read back by libpng
void feed_import(BytesView input);           ///< a whole import, and what is stored
void feed_json(BytesView input);             ///< the JSON reader beside the second one
void feed_token(BytesView input);            ///< tokens, signed and not, beside the second judge
void feed_key_set(BytesView input);          ///< JWKS documents
void feed_access_document(BytesView input);  ///< access documents, up to the decision
void feed_request(BytesView input);          ///< requests, whose answers must be of the documented kinds
void feed_http(BytesView input);             ///< the connections of `locket serve`, where it is built
void feed_imodel_file(BytesView input);      ///< iModel files
void feed_store_file(BytesView input);       ///< store files, opened, checked and read

/// Changes a PNG: its header, chunks and pixels, with checksums mended and the data packed anew.
std::size_t change_png(std::span<std::byte> room, std::size_t bytes, unsigned seed, const ByteChanger& change);

}  // namespace locket::fuzz
