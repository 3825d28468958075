#include "made_imodel_file.hpp"

#include <stdexcept>

namespace locket {

MadeImodelFile::MadeImodelFile(const std::string& path) {
  if (sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) != SQLITE_OK) {
    throw std::runtime_error("no file can be made at " + path);
  }
  run("PRAGMA application_id = 1113932898;"  // "BeDb"
      "CREATE TABLE be_Prop (Namespace CHAR NOT NULL, Name CHAR NOT NULL, Id INT NOT NULL, SubId INT NOT NULL,"
      " TxnMode INT NOT NULL, StrData CHAR, RawSize INT, Data BLOB, PRIMARY KEY (Namespace, Name, Id, SubId))");
}

MadeImodelFile::~MadeImodelFile() { sqlite3_close(database_); }

MadeImodelFile& MadeImodelFile::saved_picture(std::int64_t view_id, std::optional<std::int64_t> raw_size,
                                              BytesView bytes) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database_, "INSERT INTO be_Prop VALUES ('dgn_View', 'Thumbnail', ?1, 0, 0, NULL, ?2, ?3)", -1,
                     &statement, nullptr);
  sqlite3_bind_int64(statement, 1, view_id);
  if (raw_size) sqlite3_bind_int64(statement, 2, *raw_size);
  sqlite3_bind_blob64(statement, 3, bytes.data(), bytes.size(), SQLITE_STATIC);
  const int code = sqlite3_step(statement);
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database_));
  return *this;
}

MadeImodelFile& MadeImodelFile::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database_));
  }
  return *this;
}

}  // namespace locket
