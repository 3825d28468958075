#include <new>
#include <utility>

#include "codec/row_reader.hpp"
#include "codec/zlib_stream.hpp"
#include "locket/imodel_file.hpp"
#include "store/imodel_file.hpp"

namespace locket {
namespace {

// Looking for a whole picture means decoding; a file with thousands of broken ones must not keep us busy.
constexpr int looked_at_max = 64;

Result<Bytes> unpacked(store::SavedPicture picture) {
  if (!picture.inflated_bytes) return std::move(picture.data);
  Result<Bytes> inflated = codec::inflate_exactly(picture.data, *picture.inflated_bytes);
  if (!inflated) return fail(Code::saved_view_invalid, "RawSize is given, but " + inflated.error().detail);
  return inflated;
}

Result<void> decode_whole(BytesView picture, const Limits& limits) {
  auto reader = codec::open_picture(picture, limits);
  if (!reader) return std::unexpected(std::move(reader.error()));
  for (;;) {
    auto batch = (*reader)->next_rows();
    if (!batch) return std::unexpected(std::move(batch.error()));
    if (batch->rows == 0) return {};
  }
}

/// Chooses among the pictures of a file.
struct Choice {
  const Limits& limits;
  std::optional<SavedView> view;
  std::optional<Error> first_fault;
  int looked_at = 0;

  // Whether to go on looking.
  bool take(store::SavedPicture picture) {
    SavedView candidate;
    candidate.view_id = picture.view_id;
    auto bytes = unpacked(std::move(picture));
    if (!bytes) return refuse(std::move(bytes.error()));
    candidate.picture = std::move(*bytes);
    auto whole = decode_whole(candidate.picture, limits);
    if (!whole)
      return refuse({Code::saved_view_invalid, "the saved view is no whole picture: " + whole.error().detail});
    view = std::move(candidate);
    return false;
  }

  bool refuse(Error error) {
    if (!first_fault) first_fault = std::move(error);
    return ++looked_at < looked_at_max;
  }
};

Result<SavedView> choose(const std::string& path, const Limits& limits) {
  Choice choice{.limits = limits, .view = {}, .first_fault = {}};
  auto ids = store::read_saved_pictures(
      path, limits, [&choice](store::SavedPicture picture) { return choice.take(std::move(picture)); });
  if (!ids) return std::unexpected(std::move(ids.error()));
  if (!choice.view) {
    if (choice.first_fault) return std::unexpected(std::move(*choice.first_fault));
    return fail(Code::saved_view_missing, "no view in it has a saved picture");
  }
  choice.view->imodel_id = ids->imodel_id;
  choice.view->itwin_id = ids->itwin_id;
  return std::move(*choice.view);
}

}  // namespace

bool is_imodel_file(BytesView start) noexcept {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  return as_text(start).starts_with(magic);
}

Result<SavedView> read_saved_view(const std::string& path, const Limits& limits) {
  try {
    return choose(path, limits);
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  }
}

}  // namespace locket
