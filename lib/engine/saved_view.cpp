#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "base/guarded.hpp"
#include "codec/row_reader.hpp"
#include "codec/zlib_stream.hpp"
#include "locket/imodel_file.hpp"
#include "store/imodel_file.hpp"
#include "store/system_error.hpp"

namespace locket {
namespace {

// Looking for a whole picture means decoding: a file with thousands of broken ones must not keep us busy, nor one of
// large ones. So none is looked at any more once those before it have together more bytes or pixels than one may have.
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

bool is_of_a_picture(Code code) { return code_name(code).starts_with("picture_"); }

/// Chooses among the pictures of a file.
struct Choice {
  const Limits& limits;
  const SavedViewJudge& judge;
  std::optional<SavedView> view;
  Error fault;  ///< the first that was found, or that there was nothing to look at
  std::optional<Error> trouble{};
  int refused = 0;
  std::uint64_t refused_bytes = 0;
  std::uint64_t refused_pixels = 0;

  // Whether to go on looking.
  bool take(store::SavedPicture picture, const store::ImodelFileIds& ids) {
    SavedView candidate;
    candidate.view_id = picture.view_id;
    candidate.imodel_id = ids.imodel_id;
    candidate.itwin_id = ids.itwin_id;
    const std::uint64_t packed_bytes = std::max<std::uint64_t>(picture.data.size(), picture.inflated_bytes.value_or(0));
    auto bytes = unpacked(std::move(picture));
    if (!bytes) return refuse(std::move(bytes.error()), packed_bytes, 0);
    candidate.picture = std::move(*bytes);
    if (auto whole = judge(candidate); !whole) {
      if (!is_of_a_picture(whole.error().code)) return end(std::move(whole.error()));
      const std::uint64_t pixels = codec::told_pixels(candidate.picture, limits);
      return refuse({Code::saved_view_invalid, "the saved view is no whole picture: " + whole.error().detail},
                    packed_bytes, pixels);
    }
    view = std::move(candidate);
    return false;
  }

  // What says nothing of the picture would have another one taken by chance.
  bool end(Error error) {
    trouble = std::move(error);
    return false;
  }

  bool refuse(Error error, std::uint64_t bytes, std::uint64_t pixels) {
    if (refused == 0) fault = std::move(error);
    refused_bytes += bytes;
    refused_pixels += pixels;
    return ++refused < looked_at_max && refused_bytes <= limits.picture_bytes_max &&
           refused_pixels <= limits.picture_pixels_max;
  }
};

Result<SavedView> choose(int descriptor, const Limits& limits, const SavedViewJudge& judge) {
  Choice choice{.limits = limits,
                .judge = judge,
                .view = {},
                .fault = {Code::saved_view_missing, "no view in it has a saved picture"}};
  auto read = store::read_saved_pictures(descriptor, limits,
                                         [&choice](store::SavedPicture picture, const store::ImodelFileIds& ids) {
                                           return choice.take(std::move(picture), ids);
                                         });
  if (!read) return std::unexpected(std::move(read.error()));
  if (choice.trouble) return std::unexpected(std::move(*choice.trouble));
  if (!choice.view) return std::unexpected(std::move(choice.fault));
  return std::move(*choice.view);
}

/// Closes a descriptor at the end of its scope.
struct OpenFile {
  int descriptor;

  explicit OpenFile(int number) noexcept : descriptor(number) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
};

std::unexpected<Error> not_readable() {
  return fail(Code::file_not_readable, std::string("can't be opened: ").append(store::error_words(errno)));
}

// Whether changes of a database stand only in a log or a journal beside it. One that is spent is empty or begins with a
// zero.
bool has_changes_beside(const std::string& path) {
  for (const char* suffix : {"-wal", "-journal"}) {
    const OpenFile file(open((path + suffix).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    if (file.descriptor < 0 && (errno == ENOENT || errno == ENAMETOOLONG)) continue;
    char first = 0;
    if (file.descriptor < 0 || pread(file.descriptor, &first, 1, 0) < 0 || first != 0) return true;
  }
  return false;
}

}  // namespace

bool is_imodel_file(BytesView start) noexcept {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  return as_text(start).starts_with(magic);
}

Result<SavedView> read_saved_view(int descriptor, const Limits& limits, const SavedViewJudge& judge) {
  return guarded([&] {  // a host's own judge may throw
    if (judge) return choose(descriptor, limits, judge);
    return choose(descriptor, limits, [&limits](const SavedView& view) { return decode_whole(view.picture, limits); });
  });
}

Result<SavedView> read_saved_view(const std::string& path, const Limits& limits) {
  return guarded([&]() -> Result<SavedView> {
    if (path.find('\0') != std::string::npos) return fail(Code::file_not_readable, "its name holds a NUL");
    // O_NONBLOCK: opening a pipe must not wait for its writer.
    const OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat facts{};
    if (file.descriptor < 0 || fstat(file.descriptor, &facts) != 0) return not_readable();
    if (!S_ISREG(facts.st_mode)) return fail(Code::file_not_readable, "is no regular file");
    if (has_changes_beside(path)) {
      return fail(Code::file_not_readable, "has changes that were not written back: close it in its program");
    }
    return read_saved_view(file.descriptor, limits);
  });
}

}  // namespace locket
