#include "import_source.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "input_file.hpp"

namespace locket::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t list_bytes_max = 1ULL << 30;

std::string lower_case_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return extension;
}

bool is_picture_name(const fs::path& path) {
  const std::string extension = lower_case_extension(path);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

class PictureFinder {
 public:
  explicit PictureFinder(const NamingRules& rules) : rules_(rules) {}

  void add_path(const std::string& path) {
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (status.type() == fs::file_type::directory) {
      add_folder(path);
    } else if (lower_case_extension(path) == ".tsv") {
      add_list(path);
    } else {
      add_picture(path);
    }
  }

  ImportList finish() {
    refuse_repeated_ids();
    return std::move(list_);
  }

 private:
  void add_fault(std::string file, Code code, std::string reason) {
    ImportItem item;
    item.file = std::move(file);
    item.fault = Error{code, std::move(reason)};
    list_.items.push_back(std::move(item));
  }

  void add_picture(const std::string& file) {
    ImportItem item;
    item.file = file;
    item.itwin_id = rules_.itwin_id;
    const fs::path path(file);
    item.imodel_id = rules_.imodel_id ? rules_.imodel_id : parse_guid(path.stem().string());
    if (!item.imodel_id && rules_.derive) item.imodel_id = derive_guid(path.filename().string());
    if (!item.imodel_id) {
      item.fault = Error{Code::argument_invalid,
                         "no iModel id: the file's name is no GUID; give --id or --derive-ids, or a .tsv list"};
    }
    list_.items.push_back(std::move(item));
  }

  // Everything below a folder, in the order of names, so that each run tells the same in the same order.
  void add_folder(const std::string& folder) {
    std::error_code failure;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
      entries.push_back(*at);
    }
    if (failure) return add_fault(folder, Code::file_not_readable, "the folder can't be read: " + failure.message());
    std::ranges::sort(entries);
    for (const fs::directory_entry& entry : entries) {
      const fs::file_type type = entry.symlink_status(failure).type();
      if (type == fs::file_type::directory) {
        add_folder(entry.path().string());
      } else if (type == fs::file_type::regular && is_picture_name(entry.path())) {
        add_picture(entry.path().string());
      } else {
        ++list_.passed_over;
      }
    }
  }

  void add_list(const std::string& file) {
    const Result<Bytes> bytes = read_regular_file(file, {.bytes_max = list_bytes_max, .over = Code::file_not_readable});
    if (!bytes) return add_fault(file, bytes.error().code, bytes.error().detail);
    std::istringstream lines{std::string(as_text(*bytes))};
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty() && !line.starts_with('#')) add_line(file, number, line);
    }
  }

  void add_line(const std::string& list, std::size_t number, const std::string& line) {
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string::npos ? first : line.find('\t', first + 1);
    const std::string place = list + ":" + std::to_string(number);
    if (second == std::string::npos || second + 1 == line.size()) {
      return add_fault(place, Code::argument_invalid, "must be: imodel-id <tab> itwin-id <tab> file");
    }
    ImportItem item;
    item.imodel_id = parse_guid(line.substr(0, first));
    const std::string itwin = line.substr(first + 1, second - first - 1);
    item.itwin_id = itwin.empty() ? rules_.itwin_id : parse_guid(itwin);
    if (!item.imodel_id) return add_fault(place, Code::argument_invalid, "the iModel id is no GUID");
    if (!itwin.empty() && !item.itwin_id) return add_fault(place, Code::argument_invalid, "the iTwin id is no GUID");
    item.file = (fs::path(list).parent_path() / line.substr(second + 1)).string();
    list_.items.push_back(std::move(item));
  }

  // Two pictures for one iModel in one call: which of them should stay nobody can tell, so the first does.
  void refuse_repeated_ids() {
    std::unordered_map<Guid, std::size_t, GuidHash> first_with;
    for (std::size_t i = 0; i < list_.items.size(); ++i) {
      ImportItem& item = list_.items[i];
      if (item.fault || !item.imodel_id) continue;
      const auto [found, is_new] = first_with.emplace(*item.imodel_id, i);
      if (is_new) continue;
      item.fault = Error{Code::argument_invalid, "has the same iModel id as " + list_.items[found->second].file};
    }
  }

  const NamingRules& rules_;
  ImportList list_;
};

}  // namespace

ImportList find_pictures(const std::vector<std::string>& paths, const NamingRules& rules) {
  PictureFinder finder(rules);
  for (const std::string& path : paths) finder.add_path(path);
  return finder.finish();
}

}  // namespace locket::tool
