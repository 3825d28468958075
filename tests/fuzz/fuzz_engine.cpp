// Where libFuzzer comes in. The target is named by LOCKET_FUZZ_TARGET, so that one program serves all.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz_target.hpp"

// libFuzzer's own names.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t bytes, std::size_t bytes_max);

namespace {

const locket::fuzz::Target& chosen_target() {
  static const locket::fuzz::Target& target = []() -> const locket::fuzz::Target& {
    const char* const name = std::getenv("LOCKET_FUZZ_TARGET");
    const locket::fuzz::Target* const found = locket::fuzz::find_target(name == nullptr ? "" : name);
    if (found != nullptr) return *found;
    std::fputs("LOCKET_FUZZ_TARGET must name one of:", stderr);
    for (const auto& each : locket::fuzz::all_targets()) {
      std::fprintf(stderr, " %.*s", static_cast<int>(each.name.size()), each.name.data());
    }
    std::fputs("\n", stderr);
    std::exit(2);
  }();
  return target;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  locket::fuzz::feed(chosen_target(), std::as_bytes(std::span(data, bytes)));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t bytes, std::size_t bytes_max,
                                               unsigned seed) {
  const auto change = [](std::span<std::byte> room, std::size_t count) {
    return LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(room.data()), count, room.size());
  };
  const auto& target = chosen_target();
  if (target.change == nullptr) return LLVMFuzzerMutate(data, bytes, bytes_max);
  return target.change(std::as_writable_bytes(std::span(data, bytes_max)), bytes, seed, change);
}
