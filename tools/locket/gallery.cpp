#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "embedded_file.hpp"
#include "json_line.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "output_file.hpp"
#include "thumbnail_export.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

std::string describe(const StoredThumbnail& thumbnail) {
  return JsonLine()
      .text("id", to_string(thumbnail.facts.imodel_id))
      .text("itwin", to_string(thumbnail.facts.itwin_id))
      .text("name", std::filesystem::path(thumbnail.source_path).filename().string())
      .text("source", thumbnail.source_path)
      .text("recipe", thumbnail.recipe)
      .number("revision", thumbnail.revision)
      .number("small", thumbnail.small_bytes)
      .number("large", thumbnail.large_bytes)
      .number("updated", thumbnail.updated_at_s)
      .str();
}

std::string describe(const ImportFailure& failure) {
  return JsonLine().text("file", failure.source_path).text("code", failure.code).text("reason", failure.reason).str();
}

void append(std::string& list, const std::string& item) { list += (list.empty() ? "\n" : ",\n") + item; }

/// How the list of every gallery begins, by which one is known.
constexpr std::string_view list_start = "\"use strict\";\nconst gallery = {\"thumbnails\": [";

/// What the page's script shows. Inputs: two lists of JSON objects.
std::string script_of(const std::string& thumbnails, const std::string& failures) {
  return std::string(list_start) + thumbnails + "],\n\"failures\": [" + failures + "]};\n";
}

/// The failed imports as a list of JSON objects; when they can't be read, that is told, for the pictures are shown all
/// the same.
std::optional<std::string> describe_failures(Store& store) {
  const auto failed = store.failures();
  if (!failed) {
    complain("the page is without the failed imports", failed.error());
    return std::nullopt;
  }
  std::string failures;
  for (const ImportFailure& failure : *failed) append(failures, describe(failure));
  return failures;
}

struct Shown {
  std::string script;
  std::vector<Guid> left_out;  ///< iModels whose pictures were written, but of which the store tells nothing to show
  bool has_failures = true;    ///< the failed imports are shown
};

/// What the page's script shows, as a script of its own: a page that is opened as a file may not read others. Only
/// thumbnails whose pictures were written: one that is damaged never is.
Result<Shown> describe_store(Store& store, const ThumbnailExport& pictures) {
  std::string thumbnails;
  auto listed = store.list([&](const StoredThumbnail& thumbnail) {
    if (pictures.has_written(thumbnail.facts.imodel_id)) append(thumbnails, describe(thumbnail));
    return true;
  });
  if (!listed) return std::unexpected(listed.error());
  std::erase_if(*listed, [&](const Guid& imodel_id) { return !pictures.has_written(imodel_id); });
  const std::optional<std::string> failures = describe_failures(store);
  return Shown{script_of(thumbnails, failures.value_or("")), std::move(*listed), failures.has_value()};
}

BytesView view_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// Whether a file bears a name that an export gives.
bool is_picture_name(const std::string& name) {
  for (const std::string_view end : {".small.png", ".large.png"}) {
    if (name.ends_with(end)) return parse_guid(std::string_view(name).substr(0, name.size() - end.size())).has_value();
  }
  return false;
}

/// A picture that was removed from the store must not live on in a gallery that is made anew.
Written remove_old_pictures(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> old;
  if (!std::filesystem::exists(folder, error) && !error) return {};
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
    if (!file->is_directory(error) && is_picture_name(file->path().filename().string())) old.push_back(file->path());
  }
  if (error) return std::unexpected("the pictures of " + folder.string() + " can't be listed: " + error.message());
  for (const auto& path : old) {
    std::filesystem::remove(path, error);
    if (error) return std::unexpected(path.string() + " can't be removed: " + error.message());
  }
  return {};
}

/// Whether a gallery stands in a folder: a list of ours, not only one of that name.
bool has_gallery(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path list = folder / "thumbnails.js";
  if (!std::filesystem::is_regular_file(list, error)) return false;
  std::string start(list_start.size(), '\0');
  std::ifstream(list, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == list_start;
}

/// Whether a folder holds what is no gallery's, which one would mix with and, made anew, delete.
bool is_taken(const std::filesystem::path& folder) {
  std::error_code error;
  return !has_gallery(folder) && std::filesystem::is_directory(folder, error) &&
         !std::filesystem::is_empty(folder, error);
}

/// Why no gallery may be made in a folder, in words; empty when one may. The pictures of a folder elsewhere, to which a
/// link leads, are not the gallery's, and would be deleted.
std::string folder_fault(const std::filesystem::path& folder) {
  if (is_taken(folder))
    return folder.string() + " is not empty and no gallery, and stays as it is: name a folder of its own";
  std::error_code error;
  const std::filesystem::path pictures = folder / "pictures";
  const std::filesystem::file_type type = std::filesystem::symlink_status(pictures, error).type();
  if (type == std::filesystem::file_type::not_found || type == std::filesystem::file_type::directory) return {};
  return pictures.string() + " is no folder, or a link to one, and stays as it is: name another folder";
}

Written write_list(const std::filesystem::path& folder, std::string_view list) {
  return write_file((folder / "thumbnails.js").string(), view_of(list));
}

/// Makes the folder ready for pictures, with an empty list: should the rest be cut off, it is known for a gallery's.
Written prepare(const std::filesystem::path& folder) {
  if (const std::string fault = folder_fault(folder); !fault.empty()) return std::unexpected(fault);
  Written ready = remove_old_pictures(folder / "pictures");
  if (ready) ready = make_folder(folder.string());
  return ready ? write_list(folder, script_of({}, {})) : ready;
}

Written write_page(const std::filesystem::path& folder, std::string_view list) {
  for (const EmbeddedFile& file : gallery_files()) {
    if (Written written = write_file((folder / file.name).string(), view_of(file.bytes)); !written) return written;
  }
  return write_list(folder, list);
}

void tell(const Program& program, const std::string& page, std::uint64_t shown, std::uint64_t failed) {
  if (program.json) {
    JsonLine summary;
    summary.text("page", page).number("thumbnails", shown).number("failed", failed);
    print_line(JsonLine().json("summary", summary.str()));
  } else {
    std::cout << counted(shown, "thumbnail") << ", to be opened in a browser: " << printable(page) << '\n';
  }
}

ExitCode make_gallery(const Program& program, const std::filesystem::path& folder) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  if (const Written ready = prepare(folder); !ready) {
    complain(ready.error());
    return ExitCode::unusable;
  }
  const std::string pictures = (folder / "pictures").string();
  ThumbnailExport exported(program, *store, pictures);
  const auto counts = exported.run();
  if (!counts) return counts.error();
  const Result<Shown> shown = describe_store(*store, exported);
  if (!shown) {
    complain("can't list the store", shown.error());
    return ExitCode::unusable;
  }
  if (const Written written = write_page(folder, shown->script); !written) {
    complain(written.error());
    return ExitCode::unusable;
  }
  for (const Guid& imodel_id : shown->left_out) {
    complain(to_string(imodel_id), {Code::store_corrupt, "its entry is damaged: it is in " + pictures + " only"});
  }
  const std::uint64_t failed = counts->failed + shown->left_out.size();
  tell(program, (folder / "index.html").string(), counts->written - shown->left_out.size(), failed);
  return failed == 0 && shown->has_failures ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_gallery_verb(Program& program) {
  CLI::App& verb = add_verb(
      program, {.name = "gallery", .summary = "write a page with all pictures, for a browser", .examples = R"(Example:
  locket gallery -o gallery    writes gallery/index.html and what it shows; needs no server

Everybody who can read the folder sees all pictures: the policy guards the store, not a copy of it.)"});
  auto folder = std::make_shared<std::string>();
  verb.add_option("-o,--output", *folder,
                  "a folder of its own to write it into; a gallery that stands there is made anew")
      ->required()
      ->type_name("DIR")
      ->check(not_empty())
      ->check(place_fault);
  on_chosen(program, verb, [&program, folder] { return make_gallery(program, *folder); });
}

}  // namespace locket::tool
