#include "message.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <iostream>

#include "utf8.hpp"

namespace locket::tool {

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    // C1 controls (U+0080 to U+009F) drive a terminal as the C0 ones do.
    const bool control =
        first < 0x20 || first == 0x7f || (length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0 || control) {
      for (const char c : text.substr(0, length == 0 ? 1 : length)) {
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned char>(c));
        shown += escape.data();
      }
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

std::string grouped(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t from_end = 3; from_end < digits.size(); from_end += 4)
    digits.insert(digits.size() - from_end, 1, ',');
  return digits;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return grouped(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string_view advice_on(Code code) noexcept {
  switch (code) {
    case Code::picture_bytes_over_limit: return "--bytes-max BYTES raises the limit";
    case Code::picture_empty:
    case Code::picture_truncated: return "the file is incomplete: get it again";
    case Code::picture_format_unknown: return "save it as PNG or JPEG";
    case Code::picture_side_over_limit:
    case Code::picture_pixels_over_limit: return "make the picture smaller";
    case Code::picture_header_invalid:
    case Code::picture_chunk_invalid:
    case Code::picture_chunk_order:
    case Code::picture_checksum_wrong:
    case Code::picture_palette_invalid:
    case Code::picture_data_invalid: return "the file is damaged: get it again, or save it anew in a picture editor";
    case Code::picture_feature_unsupported: return "save it as an ordinary 8-bit PNG or JPEG";
    case Code::picture_chunk_over_limit:
    case Code::picture_work_over_limit: return "save it anew as an ordinary picture, without all that it carries along";
    case Code::imodel_file_foreign: return "name an iModel (.bim, .ibim) or ViewStore file, or a picture";
    case Code::imodel_file_damaged: return "get the file again from where it was made";
    case Code::imodel_file_over_limit: return "import a picture of it with --id in its place";
    case Code::saved_view_missing:
    case Code::saved_view_invalid:
      return "save the view's thumbnail again in the program that made the file, or import a picture with --id; of one "
             "over the limit, --bytes-max BYTES raises it";
    case Code::store_open_failed:
      return "check the path, its folder and its permissions; a new store is made by `locket import`, `access load`, "
             "`copy` and "
             "`serve`";
    case Code::store_foreign: return "the file is something else, and stays as it is: name another";
    case Code::store_newer: return "use the version of locket that made it, or a newer one";
    case Code::store_read_only: return "make the file and its folder writable";
    case Code::store_busy: return "another process is writing: try again";
    case Code::store_full: return "free some room on the disk; what was stored is safe";
    case Code::store_corrupt:
      return "where `locket check` can open the store, it tells what is damaged and how to mend it; else go back to a "
             "backup";
    case Code::file_not_readable: return "check the path and its permissions";
    case Code::file_not_writable: return "check the folder, its permissions and the room on the disk";
    case Code::out_of_memory: return "try again when less runs beside it, or do less at once";
    default: return {};
  }
}

void complain(std::string_view message) { std::cerr << "locket: " << printable(message) << '\n'; }

void complain(std::string_view attempt, const Error& error) {
  std::string message(attempt);
  message += ": ";
  message += error.detail.empty() ? code_name(error.code) : std::string_view(error.detail);
  complain(message);
  if (const std::string_view advice = advice_on(error.code); !advice.empty()) std::cerr << "  " << advice << '\n';
}

}  // namespace locket::tool
