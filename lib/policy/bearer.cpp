#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/kernel.hpp"
#include "locket/token.hpp"

namespace locket {
namespace {

constexpr std::string_view scheme = "bearer";

bool has_bearer_scheme(std::string_view value) noexcept {
  if (value.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != scheme[i]) return false;
  }
  return true;
}

// Many characters at once: this looks at every byte of every request, and compilers do not find it by themselves.
using Bytes16 = std::uint8_t __attribute__((vector_size(16)));

// Sets all bits in each byte that is not of the alphabet of token68; `=` is not counted to it.
template <class Block>
[[gnu::always_inline]] inline void add_outside_alphabet(Block& seen, const Block& letters) noexcept {
  const Block from_dash = letters - static_cast<std::uint8_t>('-');  // then come dot, slash and the digits
  const Block from_a = (letters | std::uint8_t{0x20}) - static_cast<std::uint8_t>('a');
  seen |= static_cast<Block>(~((from_dash <= '9' - '-') | (from_a <= 'z' - 'a') | (letters == std::uint8_t{'+'}) |
                               (letters == std::uint8_t{'_'}) | (letters == std::uint8_t{'~'})));
}

template <class Block>
[[gnu::always_inline]] inline bool is_token68_body_by(std::string_view text) noexcept {
  Block seen{};
  Block letters;
  for (; text.size() >= sizeof(Block); text.remove_prefix(sizeof(Block))) {
    std::memcpy(&letters, text.data(), sizeof(Block));
    add_outside_alphabet(seen, letters);
  }
  letters = Block{} + std::uint8_t{'a'};
  std::memcpy(&letters, text.data(), text.size());
  add_outside_alphabet(seen, letters);
  using Words = std::array<std::uint64_t, sizeof(Block) / sizeof(std::uint64_t)>;
  return std::bit_cast<Words>(seen) == Words{};
}

#if defined(__x86_64__)
// By two tables: the lower half of a character chooses in which rows of ASCII it is of the alphabet, the upper half
// chooses the row. What is not ASCII has no row.
constexpr auto rows_by_lower_half = [] {
  std::array<std::uint8_t, 16> rows{};
  for (unsigned letter = 0; letter < 0x80; ++letter) {
    const bool is_letter = (letter | 0x20U) >= 'a' && (letter | 0x20U) <= 'z';
    const bool is_digit = letter >= '0' && letter <= '9';
    if (is_letter || is_digit || std::string_view("-._~+/").contains(static_cast<char>(letter))) {
      rows[letter & 15U] |= static_cast<std::uint8_t>(1U << (letter >> 4U));
    }
  }
  return rows;
}();
constexpr std::array<std::uint8_t, 16> row_by_upper_half{1, 2, 4, 8, 16, 32, 64, 128};

struct Tables {
  __m256i rows;
  __m256i row_of;
};

// A table for both halves of a vector.
[[gnu::target("avx2")]] inline void load_twice(const std::array<std::uint8_t, 16>& table, __m256i& to) noexcept {
  __m128i half;
  std::memcpy(&half, table.data(), sizeof half);
  to = _mm256_broadcastsi128_si256(half);
}

[[gnu::target("avx2"), gnu::always_inline]] inline void add_outside_tables(__m256i& seen, const __m256i& letters,
                                                                           const Tables& tables) noexcept {
  const __m256i upper_half = _mm256_and_si256(_mm256_srli_epi16(letters, 4), _mm256_set1_epi8(0x0F));
  const __m256i inside =
      _mm256_and_si256(_mm256_shuffle_epi8(tables.rows, letters), _mm256_shuffle_epi8(tables.row_of, upper_half));
  seen = _mm256_or_si256(seen, _mm256_cmpeq_epi8(inside, _mm256_setzero_si256()));
}

[[gnu::target("avx2")]] bool is_token68_body_avx2(std::string_view text) noexcept {
  Tables tables;
  load_twice(rows_by_lower_half, tables.rows);
  load_twice(row_by_upper_half, tables.row_of);
  __m256i seen = _mm256_setzero_si256();
  __m256i letters;
  for (; text.size() >= sizeof letters; text.remove_prefix(sizeof letters)) {
    std::memcpy(&letters, text.data(), sizeof letters);
    add_outside_tables(seen, letters, tables);
  }
  letters = _mm256_set1_epi8('a');
  std::memcpy(&letters, text.data(), text.size());
  add_outside_tables(seen, letters, tables);
  return _mm256_testz_si256(seen, seen) != 0;
}

bool is_token68_body(std::string_view text) noexcept {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 && chosen_kernel() != Kernel::plain;
  return has_avx2 ? is_token68_body_avx2(text) : is_token68_body_by<Bytes16>(text);
}
#else
bool is_token68_body(std::string_view text) noexcept { return is_token68_body_by<Bytes16>(text); }
#endif

}  // namespace

Result<std::string_view> parse_bearer(std::string_view value, std::uint32_t token_bytes_max) try {
  if (value.empty()) return fail(Code::authorization_missing);
  if (!has_bearer_scheme(value)) return fail(Code::token_rejected, "the scheme is not Bearer");
  const std::string_view rest = value.substr(scheme.size());
  const std::size_t start = rest.find_first_not_of(' ');
  if (start == 0 || start == std::string_view::npos) {
    return fail(Code::token_rejected, "no token after the word Bearer");
  }
  const std::string_view token = rest.substr(start);
  if (token.size() > token_bytes_max) return fail(Code::token_rejected, "the token is too large");
  const std::size_t last = token.find_last_not_of('=');
  if (last == std::string_view::npos || !is_token68_body(token.substr(0, last + 1))) {
    return fail(Code::token_rejected, "the token holds a character that no token has");
  }
  return token;
} catch (...) {
  return std::unexpected<Error>(Error{Code::token_rejected, {}});
}

}  // namespace locket
