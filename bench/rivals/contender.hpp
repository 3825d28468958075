#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>

namespace bench {

/// Both PNG files of one unit of work. Valid until the contender that made them renders again.
struct Pngs {
  std::span<const std::byte> small;
  std::span<const std::byte> large;
};

/// Somebody who does the one unit of work that all are measured by: the bytes of one PNG or JPEG file in, a PNG of
/// 800x500 and one of 400x250 out, in memory. One thread.
class Contender {
 public:
  virtual ~Contender() = default;

  /// Renders one picture. The result's bytes live until the next call. Errors: the reason in words.
  virtual std::expected<Pngs, std::string> render(std::span<const std::byte> upload) = 0;
};

/// Serves one contender over standard input and output, a line a command, a line an answer:
///
///   open PATH      reads a file into memory; answers `ok`
///   render COUNT   renders it COUNT times; answers `ok` and, for each, its wall and its CPU time in nanoseconds
///   save PREFIX    writes PREFIX.small.png and PREFIX.large.png of the last rendering; answers `ok` and both byte
///   counts
///
/// Anything that goes wrong is answered with `error` and the reason. Files are read and written outside the measured
/// time. Result: the exit code of the program once its input has ended.
int serve(Contender& contender);

}  // namespace bench
