// Ours, through the public headers only.
#include <cstring>
#include <iostream>
#include <limits>
#include <utility>

#include "contender.hpp"
#include "locket/locket.hpp"

namespace {

class LocketContender final : public bench::Contender {
 public:
  explicit LocketContender(locket::Fit fit) {
    recipe_.fit = fit;
    // Some pictures of the comparison are larger than an upload may be; the rivals keep no limit either.
    limits_.picture_bytes_max = std::numeric_limits<std::uint32_t>::max();
  }

  std::expected<bench::Pngs, std::string> render(std::span<const std::byte> upload) override {
    auto rendering = locket::render(upload, recipe_, limits_);
    if (!rendering)
      return std::unexpected(std::string(locket::code_name(rendering.error().code)) + ": " + rendering.error().detail);
    rendering_ = std::move(*rendering);
    return bench::Pngs{rendering_.small.view(), rendering_.large.view()};
  }

 private:
  locket::Recipe recipe_;
  locket::Limits limits_;
  locket::Rendering rendering_;
};

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count == 2 && std::strcmp(arguments[1], "version") == 0) {
    std::cout << locket::version() << '\n';
    return 0;
  }
  const bool cover = argument_count == 2 && std::strcmp(arguments[1], "cover") == 0;
  const bool stretch = argument_count == 2 && std::strcmp(arguments[1], "stretch") == 0;
  if (!cover && !stretch) {
    std::cerr << "usage: locket-contender stretch|cover|version\n";
    return 2;
  }
  LocketContender contender(cover ? locket::Fit::cover : locket::Fit::stretch);
  return bench::serve(contender);
}
