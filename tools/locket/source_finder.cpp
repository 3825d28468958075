#include "source_finder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "folder_walk.hpp"
#include "line_reader.hpp"

namespace locket::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // which some editors put before a text

std::string joined(const std::string& folder, const std::string& relative) {
  if (relative.empty()) return folder;
  return (fs::path(folder) / relative).string();
}

/// A list while it is read: what its files are relative to, and where they must lie.
struct List {
  std::string name;
  std::string folder;    // as the user named it, for what is told
  std::string absolute;  // the same folder, free of links
  std::shared_ptr<const SourceRoot> root;
};

class SourceFinder {
 public:
  SourceFinder(const ImportQuery& query, const ImportSink& sink) : query_(query), sink_(sink) {}

  void run() {
    for (const std::string& path : query_.paths) {
      if (!add_path(path)) return;
    }
  }

 private:
  bool add_path(const std::string& path) {
    if (path == "-") return add_list("standard input", STDIN_FILENO, "");
    std::error_code failure;
    if (fs::is_directory(path, failure)) return add_folder(path);
    if (lower_extension(path) == ".tsv") return add_list_file(path);
    return add_file(path);
  }

  bool add_fault(std::string file, Error fault) {
    return sink_.take(ImportItem{.file = std::move(file), .fault = std::move(fault)});
  }

  [[nodiscard]] bool asked_to_stop() const { return query_.stop && query_.stop(); }

  ImportItem new_item(std::string file, std::shared_ptr<const SourceRoot> root, std::string relative) const {
    return ImportItem{.file = std::move(file),
                      .root = std::move(root),
                      .relative = std::move(relative),
                      .imodel_id = query_.rules.imodel_id,
                      .itwin_id = query_.rules.itwin_id};
  }

  // A path that was never there is told, and not remembered as an import that failed.
  bool add_file(const std::string& path) {
    std::error_code ignored;
    if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found) {
      return add_fault(path, {Code::file_not_readable, std::string(nothing_there)});
    }
    const fs::path named(path);
    auto root = root_of(named.parent_path().string());
    if (!root) return add_fault(path, std::move(root.error()));
    return sink_.take(new_item(path, std::move(*root), named.filename().string()));
  }

  // Thousands of files of one folder, as a shell names them, share its root.
  Result<std::shared_ptr<const SourceRoot>> root_of(const std::string& folder) {
    if (last_root_ && folder == last_folder_) return last_root_;
    auto root = SourceRoot::open(folder);
    if (!root) return std::unexpected(std::move(root.error()));
    last_folder_ = folder;
    last_root_ = *root;
    return last_root_;
  }

  bool add_folder(const std::string& folder) {
    auto root = SourceRoot::open(folder);
    if (!root) return add_fault(folder, std::move(root.error()));
    bool going_on = true;
    FolderVisitor visitor;
    visitor.file = [&](const std::string& relative) {
      if (kind_by_name(relative) != SourceKind::unknown) {
        going_on = sink_.take(new_item(joined(folder, relative), *root, relative));
      } else {
        sink_.pass_over();
        going_on = !asked_to_stop();
      }
      return going_on;
    };
    visitor.folder = [&](const std::string&) { return going_on = !asked_to_stop(); };
    visitor.other = [this] { sink_.pass_over(); };
    visitor.fault = [&](const std::string& relative, const Error& error) {
      add_fault(joined(folder, relative), error);
    };
    walk_folder(**root, "", visitor);
    return going_on;
  }

  bool add_list_file(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat facts{};
    if (!file.is_open() || ::fstat(file.number(), &facts) != 0) {
      return add_fault(path, {Code::file_not_readable, std::string("can't be opened: ") +
                                                           std::strerror(errno)});  // NOLINT(concurrency-mt-unsafe)
    }
    if (!S_ISREG(facts.st_mode)) {
      return add_fault(path, {Code::file_not_readable, "is no regular file; for a list from a pipe, say -"});
    }
    return add_list(path, file.number(), fs::path(path).parent_path().string());
  }

  bool add_list(const std::string& name, int descriptor, const std::string& folder) {
    auto own = root_of(folder);
    if (!own) return add_fault(name, std::move(own.error()));
    auto root = query_.list_root ? SourceRoot::open(*query_.list_root) : own;
    if (!root) return add_fault(*query_.list_root, std::move(root.error()));
    const List list{.name = name, .folder = folder, .absolute = (*own)->path_of(""), .root = *root};
    LineReader lines(descriptor, query_.stop ? query_.stop : [] { return false; });
    std::string line;
    for (std::size_t number = 1;; ++number) {
      const Result<LineReader::Met> met = lines.next(line);
      if (!met) return add_fault(name, met.error());
      if (*met == LineReader::Met::end) return true;
      if (number == 1 && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
      const std::string place = name + ":" + std::to_string(number);
      if (*met == LineReader::Met::cut) {
        if (!add_fault(place, {Code::argument_invalid, "the line is longer than 65,536 bytes"})) return false;
      } else if (!line.empty() && !line.starts_with('#') && !add_line(list, place, line)) {
        return false;
      }
    }
  }

  bool add_line(const List& list, const std::string& place, const std::string& line) {
    const auto wrong = [&](std::string reason) {
      return add_fault(place, {Code::argument_invalid, std::move(reason)});
    };
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string::npos ? first : line.find('\t', first + 1);
    if (second == std::string::npos || second + 1 == line.size()) {
      return wrong("must be: imodel-id <tab> itwin-id <tab> file");
    }
    const std::string imodel = line.substr(0, first);
    const std::string itwin = line.substr(first + 1, second - first - 1);
    const std::string file = line.substr(second + 1);
    const std::string absolute = (fs::path(list.absolute) / file).lexically_normal().string();
    const auto relative = list.root->relative_of(absolute);
    if (!relative) {
      return wrong("the file lies outside of " + list.root->path_of("") + "; --root DIR allows another folder");
    }
    ImportItem item = new_item(joined(list.folder, file), list.root, *relative);
    if (!imodel.empty()) item.imodel_id = parse_guid(imodel);
    if (!itwin.empty()) item.itwin_id = parse_guid(itwin);
    if (!imodel.empty() && !item.imodel_id) return wrong("the iModel id is no GUID");
    if (!itwin.empty() && !item.itwin_id) return wrong("the iTwin id is no GUID");
    return sink_.take(std::move(item));
  }

  const ImportQuery& query_;
  const ImportSink& sink_;
  std::string last_folder_;
  std::shared_ptr<const SourceRoot> last_root_;
};

}  // namespace

void find_sources(const ImportQuery& query, const ImportSink& sink) { SourceFinder(query, sink).run(); }

ImportItem item_of_path(const std::shared_ptr<const SourceRoot>& root, const std::string& path) {
  ImportItem item{.file = path};
  const auto relative = root->relative_of(path);
  if (relative) {
    item.root = root;
    item.relative = *relative;
  } else {
    item.fault = Error{Code::file_not_readable, "is no absolute path"};
  }
  return item;
}

}  // namespace locket::tool
