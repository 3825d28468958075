#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "json_line.hpp"
#include "locket/store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "output_file.hpp"
#include "progress_bar.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

// Writes every thumbnail of a store and counts.
class ExportRun {
 public:
  ExportRun(const Program& program, Store& store, std::string folder)
      : json_(program.json), store_(store), folder_(std::move(folder)), bar_("exporting", program.json) {}

  ExitCode run() {
    if (const Written made = make_folder(folder_); !made) {
      complain(made.error());
      return ExitCode::unusable;
    }
    std::vector<Guid> ids;
    const Result<void> listed = store_.list([&ids](const StoredThumbnail& thumbnail) {
      ids.push_back(thumbnail.facts.imodel_id);
      return true;
    });
    if (!listed) {
      complain("can't list the store", listed.error());
      return ExitCode::unusable;
    }
    for (const Guid& id : ids) {
      export_one(id);
      bar_.show(written_ + failed_, {.total = ids.size(), .failed = failed_});
    }
    bar_.clear();
    if (json_) {
      print_line(JsonLine().json("summary", JsonLine().number("exported", written_).number("failed", failed_).str()));
    } else {
      std::cout << counted(written_, "thumbnail") << " written to " << printable(folder_) << ", " << grouped(failed_)
                << " failed\n";
    }
    return failed_ == 0 ? ExitCode::done : ExitCode::some_failed;
  }

 private:
  void export_one(const Guid& id) {
    const auto both = store_.read_for_operator(id);
    if (!both) return tell_failure(id, both.error());
    if (!*both) return;  // removed meanwhile
    const std::string target = (std::filesystem::path(folder_) / to_string(id)).string();
    Written written = write_file(target + ".small.png", (*both)->small.view());
    if (written) written = write_file(target + ".large.png", (*both)->large.view());
    if (!written) return tell_failure(id, Error{Code::argument_invalid, written.error()});
    ++written_;
  }

  void tell_failure(const Guid& id, const Error& error) {
    ++failed_;
    bar_.clear();
    if (json_) {
      print_line(
          JsonLine().text("imodel_id", to_string(id)).text("code", code_name(error.code)).text("reason", error.detail));
    } else {
      complain(to_string(id), error);
    }
  }

  bool json_;
  Store& store_;
  std::string folder_;
  ProgressBar bar_;
  std::uint64_t written_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace

void add_export_verb(Program& program) {
  CLI::App& verb =
      add_verb(program, {.name = "export", .summary = "write all PNGs into a folder", .examples = R"(Example:
  locket export pictures       writes pictures/IMODEL.small.png and pictures/IMODEL.large.png)"});
  auto folder = std::make_shared<std::string>();
  verb.add_option("dir", *folder, "the folder")->required()->type_name("DIR");
  on_chosen(program, verb, [&program, folder] {
    const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
    return store == nullptr ? ExitCode::unusable : ExportRun(program, *store, *folder).run();
  });
}

}  // namespace locket::tool
