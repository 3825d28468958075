#include "fuzz_target.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace locket::fuzz {
namespace {

constexpr std::array targets{
    Target{"inflater", feed_inflater},
    Target{"png-reader", feed_png_reader, change_png},
    Target{"jpeg-reader", feed_jpeg_reader},
    Target{"metadata", feed_metadata},
    Target{"resizer", feed_resizer, nullptr, 1'024},
    Target{"png-writer", feed_png_writer, nullptr, 8'192},
    Target{"import", feed_import, change_png},
    Target{"json", feed_json, nullptr, 4'096},
    Target{"token", feed_token, nullptr, 9'000},
    Target{"key-set", feed_key_set},
    Target{"access-document", feed_access_document},
    Target{"request", feed_request, nullptr, 4'096},
    Target{"imodel-file", feed_imodel_file, nullptr, 65'536},
    Target{"store-file", feed_store_file, nullptr, 1'024},
};

}  // namespace

std::span<const Target> all_targets() { return targets; }

const Target* find_target(std::string_view name) {
  const auto found = std::ranges::find(targets, name, &Target::name);
  return found == targets.end() ? nullptr : &*found;
}

void demand(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

unsigned InputReader::take_byte() noexcept {
  if (left_.empty()) return 0;
  const unsigned value = std::to_integer<unsigned>(left_[0]);
  left_ = left_.subspan(1);
  return value;
}

unsigned InputReader::take_word() noexcept {
  const unsigned low = take_byte();
  return low | take_byte() << 8;
}

std::string_view InputReader::take_line() noexcept {
  const std::string_view text = as_text(left_);
  const std::size_t end = std::min(text.find('\n'), text.size());
  left_ = left_.subspan(std::min(end + 1, text.size()));
  return text.substr(0, end);
}

}  // namespace locket::fuzz
