#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>

#include "locket/error.hpp"

namespace locket::tool {

/// Reads a text line by line from an open file or pipe, without holding more than one line of it.
class LineReader {
 public:
  /// Inputs: the descriptor, which stays the caller's; `stop`, asked while nothing comes: true ends the text.
  LineReader(int descriptor, std::function<bool()> stop) : descriptor_(descriptor), stop_(std::move(stop)) {}

  /// How the next line was met.
  enum class Met {
    line,  ///< it is whole
    end,   ///< there is none
    cut,   ///< it is longer than `line_bytes_max`; its rest was passed over
  };

  /// Takes the next line, without its end (`\n` or `\r\n`).
  /// Result: how it was met; or `file_not_readable`.
  [[nodiscard]] Result<Met> next(std::string& line);

  static constexpr std::size_t line_bytes_max = 65'536;

 private:
  [[nodiscard]] Result<bool> fill();

  int descriptor_;
  std::function<bool()> stop_;
  std::array<char, 65'536> piece_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace locket::tool
