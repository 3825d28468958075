#include "rados/failure_objects.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>

#include "crypto/sha256.hpp"
#include "rados/wire.hpp"

namespace locket::rados {
namespace {

constexpr std::string_view objects = "0123456789abcdef";

// A path may hold any bytes and be long; its digest stands for it.
std::string key_of(const std::string& path) {
  const auto digest = crypto::sha256(as_bytes(path));
  return hex_of(BytesView(reinterpret_cast<const std::byte*>(digest.data()), digest.size()));
}

}  // namespace

Result<void> write_failure(Space& space, const ImportFailure& failure) {
  const std::string key = key_of(failure.source_path);
  const std::string object = key.substr(0, 1);
  WriteOperation writing;
  if (failure.code.empty()) {
    writing.remove_entry(key);
  } else {
    Encoder encoder;
    encoder.add(std::string_view(failure.source_path)).add(std::string_view(failure.code));
    encoder.add(std::string_view(failure.reason)).add(static_cast<std::uint64_t>(failure.at_s));
    writing.set_entry(key, encoder.text());
  }
  const int written = space.operate(object, writing);
  if (written < 0 && written != -ENOENT) return std::unexpected(rados_error(written, "remembering a failed import"));
  return {};
}

Result<std::vector<ImportFailure>> read_failures(Space& space) {
  std::vector<ImportFailure> failures;
  bool sound = true;
  for (const char object : objects) {
    auto listed = space.entries(std::string(1, object), [&](std::string_view, std::string_view value) {
      Decoder decoder(value);
      ImportFailure& failure = failures.emplace_back();
      failure.source_path = decoder.text();
      failure.code = decoder.text();
      failure.reason = decoder.text();
      failure.at_s = static_cast<std::int64_t>(decoder.integer());
      sound = sound && decoder.finished();
    });
    if (!listed) return std::unexpected(std::move(listed.error()));
  }
  if (!sound) return fail(Code::store_corrupt, "the list of failed imports is damaged");
  std::ranges::sort(failures, {}, &ImportFailure::source_path);
  return failures;
}

Result<void> forget_failures(Space& space) {
  constexpr std::size_t keys_at_once = 10'000;
  for (const char object : objects) {
    const std::string name(1, object);
    std::vector<std::string> keys;
    const auto listed = space.entries(name, [&](std::string_view key, std::string_view) { keys.emplace_back(key); });
    if (!listed) return listed;
    for (std::span<const std::string> left(keys); !left.empty();) {
      const auto some = left.first(std::min(left.size(), keys_at_once));
      left = left.subspan(some.size());
      WriteOperation writing;
      writing.remove_entries(some);
      const int written = space.operate(name, writing);
      if (written < 0 && written != -ENOENT) return std::unexpected(rados_error(written, "forgetting failed imports"));
    }
  }
  return {};
}

}  // namespace locket::rados
