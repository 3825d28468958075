#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <string>

#include "locket/bytes.hpp"

namespace locket {

/// An iModel file that a test fills with saved views: the one table that is read of it, as iTwin.js makes it.
class MadeImodelFile {
 public:
  /// Makes the file, which must not be there yet. Throws std::runtime_error.
  explicit MadeImodelFile(const std::string& path);
  MadeImodelFile(const MadeImodelFile&) = delete;
  MadeImodelFile& operator=(const MadeImodelFile&) = delete;
  ~MadeImodelFile();

  /// Adds the saved picture of a view. Inputs: the view; RawSize, which is NULL where nothing is given; the bytes.
  MadeImodelFile& saved_picture(std::int64_t view_id, std::optional<std::int64_t> raw_size, BytesView bytes);

  /// Runs statements, of a table of another kind, say. Throws std::runtime_error.
  MadeImodelFile& run(const std::string& sql);

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace locket
