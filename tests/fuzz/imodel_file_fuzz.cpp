#include <filesystem>

#include "fuzz_target.hpp"
#include "locket/imodel_file.hpp"
#include "locket/picture.hpp"
#include "scratch_folder.hpp"

namespace locket::fuzz {

void feed_imodel_file(BytesView input) {
  static const ScratchFolder folder;
  const std::string path = folder.write("fuzz.bim", input);
  static_cast<void>(is_imodel_file(input));
  const auto view = read_saved_view(path);
  if (view) {
    demand(sniff_media_type(view->picture).has_value(), "a saved view is a picture");
    demand(view->picture.size() <= Limits{}.picture_bytes_max, "the limit of bytes is kept");
  } else {
    const Code code = view.error().code;
    demand(code == Code::imodel_file_foreign || code == Code::imodel_file_damaged ||
               code == Code::imodel_file_over_limit || code == Code::saved_view_missing ||
               code == Code::saved_view_invalid,
           "a file's fault has its code");
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path())) {
    files += entry.exists() ? 1 : 0;
  }
  demand(files == 1 && std::filesystem::file_size(path) == input.size(), "nothing is written");
}

}  // namespace locket::fuzz
