#include "thumbnail_export.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>
#include <vector>

#include "json_line.hpp"
#include "message.hpp"
#include "output_file.hpp"

namespace locket::tool {

ThumbnailExport::ThumbnailExport(const Program& program, Store& store, std::string folder)
    : json_(program.json), store_(store), folder_(std::move(folder)), bar_("exporting", program.json) {}

std::expected<ThumbnailExport::Counts, ExitCode> ThumbnailExport::run() {
  if (const Written made = make_folder(folder_); !made) {
    complain(made.error());
    return std::unexpected(ExitCode::unusable);
  }
  std::vector<Guid> ids;
  const auto listed = store_.list([&ids](const StoredThumbnail& thumbnail) {
    ids.push_back(thumbnail.facts.imodel_id);
    return true;
  });
  // Where only what was remembered of an upload is damaged, the pictures are there all the same.
  const std::vector<Guid> damaged = listed ? *listed : std::vector<Guid>();
  std::vector<Guid> all;
  std::ranges::merge(ids, damaged, std::back_inserter(all));
  for (const Guid& id : all) {
    export_one(id, std::ranges::binary_search(damaged, id));
    bar_.show(counts_.written + counts_.failed, {.total = all.size(), .failed = counts_.failed});
  }
  bar_.clear();
  if (!listed) {
    complain("can't list all of the store: " + counted(counts_.written, "thumbnail") + " written before it broke off",
             listed.error());
    return std::unexpected(ExitCode::unusable);
  }
  return counts_;
}

void ThumbnailExport::export_one(const Guid& imodel_id, bool is_damaged) {
  const auto both = store_.read_for_operator(imodel_id);
  if (!both) return tell_failure(imodel_id, both.error());
  if (!*both && is_damaged) return tell_failure(imodel_id, Error{Code::store_corrupt, "its entry is damaged"});
  if (!*both) return;  // removed meanwhile
  const std::string target = (std::filesystem::path(folder_) / to_string(imodel_id)).string();
  Written written = write_file(target + ".small.png", (*both)->small.view());
  if (written) written = write_file(target + ".large.png", (*both)->large.view());
  if (!written) return tell_failure(imodel_id, Error{Code::file_not_writable, written.error()});
  ++counts_.written;
  written_.push_back(imodel_id);
}

bool ThumbnailExport::has_written(const Guid& imodel_id) const {
  return std::ranges::binary_search(written_, imodel_id);
}

void ThumbnailExport::tell_failure(const Guid& imodel_id, const Error& error) {
  ++counts_.failed;
  bar_.clear();
  if (!json_) return complain(to_string(imodel_id), error);
  print_line(JsonLine()
                 .text("imodel_id", to_string(imodel_id))
                 .text("code", code_name(error.code))
                 .text("reason", error.detail));
}

}  // namespace locket::tool
