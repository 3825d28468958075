#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "input_file.hpp"
#include "json_line.hpp"
#include "locket/picture.hpp"
#include "message.hpp"
#include "output_file.hpp"
#include "recipe_options.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

struct RenderOptions {
  std::vector<std::string> pictures;
  std::string folder;
  std::uint32_t repeat = 1;
  std::shared_ptr<RecipeOptions> recipe;
};

struct Timed {
  Rendering rendering;
  double median_ms = 0;
};

Result<Timed> render_repeatedly(BytesView bytes, const RenderOptions& options) {
  std::vector<double> times_ms;
  Timed timed;
  for (std::uint32_t i = 0; i < options.repeat; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    Result<Rendering> rendering = render(bytes, options.recipe->recipe, options.recipe->limits);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    if (!rendering) return std::unexpected(rendering.error());
    times_ms.push_back(taken.count());
    timed.rendering = std::move(*rendering);
  }
  const auto middle = times_ms.begin() + static_cast<std::ptrdiff_t>(times_ms.size() / 2);
  std::nth_element(times_ms.begin(), middle, times_ms.end());
  timed.median_ms = *middle;
  return timed;
}

// Renders the pictures of one call and tells how each ended.
class RenderRun {
 public:
  RenderRun(const Program& program, const RenderOptions& options) : json_(program.json), options_(options) {}

  ExitCode run() {
    if (!options_.folder.empty()) {
      if (const Written ready = prepare_folder(); !ready) {
        complain(ready.error());
        return ExitCode::unusable;
      }
    }
    bool all_good = true;
    for (const std::string& path : options_.pictures) all_good = render_one(path) && all_good;
    return all_good ? ExitCode::done : ExitCode::some_failed;
  }

 private:
  bool render_one(const std::string& path) {
    const ReadLimit limit{options_.recipe->limits.picture_bytes_max, Code::picture_bytes_over_limit};
    const Result<Bytes> bytes = read_regular_file(path, limit);
    if (!bytes) return tell_failure(path, bytes.error());
    const Result<Timed> timed = render_repeatedly(*bytes, options_);
    if (!timed) return tell_failure(path, timed.error());
    if (!options_.folder.empty()) {
      const Result<void> written = write_both(path, timed->rendering);
      if (!written) return tell_failure(path, written.error());
    }
    tell(path, *timed);
    return true;
  }

  // The targets of a picture: the small one and the large one.
  [[nodiscard]] std::array<std::string, 2> targets_of(const std::string& path) const {
    const std::string start = (std::filesystem::path(options_.folder) / std::filesystem::path(path).stem()).string();
    return {start + ".small.png", start + ".large.png"};
  }

  // Makes the folder, unless something would be lost by what is written there.
  Written prepare_folder() const {
    using Identity = std::pair<dev_t, ino_t>;
    struct stat facts{};
    std::set<Identity> pictures;
    for (const std::string& path : options_.pictures) {
      if (::stat(path.c_str(), &facts) == 0) pictures.emplace(facts.st_dev, facts.st_ino);
    }
    std::set<std::string> places;
    for (const std::string& path : options_.pictures) {
      for (const std::string& target : targets_of(path)) {
        const bool is_picture = ::stat(target.c_str(), &facts) == 0 && pictures.contains({facts.st_dev, facts.st_ino});
        if (is_picture) return std::unexpected(target + " is itself a picture to be rendered: write to another folder");
        if (!places.insert(resolved_place(target)).second)
          return std::unexpected(target + " would be written for more than one picture: render them apart");
      }
    }
    return make_folder(options_.folder);
  }

  Result<void> write_both(const std::string& path, const Rendering& rendering) const {
    const auto [small, large] = targets_of(path);
    Written written = write_file(small, rendering.small.view());
    if (written) written = write_file(large, rendering.large.view());
    if (!written) return fail(Code::file_not_writable, std::move(written.error()));
    return {};
  }

  void tell(const std::string& path, const Timed& timed) const {
    const SourceFacts& source = timed.rendering.source;
    if (json_) {
      print_line(JsonLine()
                     .text("file", path)
                     .number("width_px", source.size.width_px)
                     .number("height_px", source.size.height_px)
                     .number("small_bytes", timed.rendering.small.size())
                     .number("large_bytes", timed.rendering.large.size())
                     .decimal("ms", timed.median_ms));
      return;
    }
    std::cout << printable(path) << ": " << source.size.width_px << 'x' << source.size.height_px << ", small "
              << grouped(timed.rendering.small.size()) << " bytes, large " << grouped(timed.rendering.large.size())
              << " bytes, " << static_cast<double>(static_cast<int>(timed.median_ms * 10)) / 10 << " ms\n";
  }

  bool tell_failure(const std::string& path, const Error& error) const {
    if (json_) {
      print_line(JsonLine().text("file", path).text("code", code_name(error.code)).text("reason", error.detail));
    } else {
      complain(path, error);
    }
    return false;
  }

  bool json_;
  const RenderOptions& options_;
};

}  // namespace

void add_render_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "render",
                                      .summary = "make both PNGs of pictures, without a store",
                                      .examples = R"(Examples:
  locket render house.png -o out            writes out/house.small.png and out/house.large.png
  locket render *.jpg -o out --fit contain --background ffffff
  locket render house.png --repeat 20       tells the median time of a render in this process
Tells the size of each picture and of both PNGs, and the time; without -o nothing is written.)",
                                      .has_store = false});
  auto options = std::make_shared<RenderOptions>();
  options->recipe = add_recipe_options(verb);
  verb.add_option("picture", options->pictures, "PNG or JPEG files")->required()->type_name("PICTURE");
  verb.add_option("-o,--output", options->folder, "write NAME.small.png and NAME.large.png here")
      ->type_name("DIR")
      ->check(not_empty())
      ->check(place_fault);
  verb.add_option("--repeat", options->repeat, "render each picture N times and tell the median time [1]")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000));
  on_chosen(program, verb, [&program, options] { return RenderRun(program, *options).run(); });
}

}  // namespace locket::tool
