#include "store/store_file.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "store/schema.hpp"
#include "store/sqlite_error.hpp"
#include "store/state_row.hpp"
#include "store/system_error.hpp"

namespace locket::store {
namespace {

// The header of a database file, sqlite.org/fileformat2.html section 1.3.
constexpr std::size_t header_bytes = 100;
constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr const char* foreign_database = "a database of another program";
using Header = std::array<unsigned char, header_bytes>;

std::uint32_t big_endian(const Header& header, std::size_t offset) {
  return static_cast<std::uint32_t>(header[offset]) << 24 | static_cast<std::uint32_t>(header[offset + 1]) << 16 |
         static_cast<std::uint32_t>(header[offset + 2]) << 8 | header[offset + 3];
}

std::string words_of(int error) { return std::string(error_words(error)); }

Error path_error(const std::string& doing, int error) {
  Code code = Code::store_open_failed;
  if (error == EROFS) code = Code::store_read_only;
  if (error == ENOSPC || error == EDQUOT) code = Code::store_full;
  if (error == EIO) code = Code::store_io_failed;
  return {code, doing + ": " + words_of(error)};
}

/// Opens a file through SQLite, whose own locks on it would be lost if this process closed it by any other way.
class DatabaseFile {
 public:
  DatabaseFile() = default;
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;
  ~DatabaseFile() {
    if (file_ != nullptr && file_->pMethods != nullptr) file_->pMethods->xClose(file_);
  }

  int open(const std::string& path) {
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    if (vfs == nullptr) return SQLITE_CANTOPEN;
    // The file name of a main database is followed by its parameters, ended by two more NULs.
    name_ = path + std::string(4, '\0');
    memory_ =
        std::make_unique<std::max_align_t[]>(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
    file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
    file_->pMethods = nullptr;
    return vfs->xOpen(vfs, name_.c_str(), file_, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, nullptr);
  }
  int size(sqlite3_int64& bytes) { return file_->pMethods->xFileSize(file_, &bytes); }
  int read(Header& header) { return file_->pMethods->xRead(file_, header.data(), header_bytes, 0); }

 private:
  std::string name_;
  std::unique_ptr<std::max_align_t[]> memory_;
  sqlite3_file* file_ = nullptr;
};

/// Whether a log lies beside a file that begins as SQLite's do (sqlite.org/fileformat2.html section 4.1).
bool has_log_of_sqlite(const std::string& path) {
  const int file = open((path + "-wal").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return false;
  std::array<unsigned char, 4> begin{};
  const bool whole = read(file, begin.data(), begin.size()) == static_cast<ssize_t>(begin.size());
  close(file);
  return whole && begin[0] == 0x37 && begin[1] == 0x7F && begin[2] == 0x06 && (begin[3] & 0xFE) == 0x82;
}

Result<void> examine_header(const Header& header, std::uint64_t file_bytes, bool has_wal) {
  if (big_endian(header, 68) != application_id) return fail(Code::store_foreign, foreign_database);
  const std::uint32_t version = big_endian(header, 60);
  if (version > schema_version) {
    return fail(Code::store_newer, "version " + std::to_string(version) + " of the tables; this build knows up to " +
                                       std::to_string(schema_version));
  }
  const std::uint32_t page_bytes = (header[16] << 8 | header[17]) == 1 ? 65'536 : header[16] << 8 | header[17];
  const bool is_power_of_two = page_bytes >= 512 && (page_bytes & (page_bytes - 1)) == 0;
  if (!is_power_of_two || version == 0) return fail(Code::store_corrupt, "the header of the file is damaged");
  const std::uint64_t stated_bytes = std::uint64_t{big_endian(header, 28)} * page_bytes;
  // With a log beside it the file may rightly be shorter: a checkpoint was cut short and will be done again.
  if (!has_wal && file_bytes < stated_bytes) {
    return fail(Code::store_corrupt, "the file is cut short: " + std::to_string(file_bytes) + " of " +
                                         std::to_string(stated_bytes) + " bytes");
  }
  return {};
}

/// What a file says of itself, and how long it is.
struct FileStart {
  Header header{};
  std::uint64_t bytes = 0;
};

Result<FileStart> read_start(const std::string& path) {
  DatabaseFile file;
  if (const int opened = file.open(path); opened != SQLITE_OK) {
    return std::unexpected(sqlite_error(opened, nullptr, "opening the store"));
  }
  sqlite3_int64 bytes = 0;
  if (const int sized = file.size(bytes); sized != SQLITE_OK) {
    return std::unexpected(sqlite_error(sized, nullptr, "reading the store's header"));
  }
  if (bytes == 0) return fail(Code::store_foreign, "the file is empty");
  if (bytes < static_cast<sqlite3_int64>(header_bytes)) return fail(Code::store_foreign, "not a database file");
  FileStart start;
  start.bytes = static_cast<std::uint64_t>(bytes);
  if (const int read = file.read(start.header); read != SQLITE_OK) {
    return std::unexpected(sqlite_error(read, nullptr, "reading the store's header"));
  }
  return start;
}

bool is_of_sqlite(const Header& header) { return std::memcmp(header.data(), magic.data(), magic.size()) == 0; }

Result<void> examine_content(const std::string& path) {
  const auto start = read_start(path);
  if (!start) return std::unexpected(start.error());
  if (is_of_sqlite(start->header)) return examine_header(start->header, start->bytes, has_log(path));
  // A power cut in the middle of a checkpoint can tear the header, which then stands whole in the log; the database
  // engine knows.
  if (has_log_of_sqlite(path)) return {};
  return fail(Code::store_foreign, "not a database file");
}

/// Result: whether a readable plain file stands there; false: nothing does.
Result<bool> find_plain_file(const std::string& path, struct stat& facts) {
  if (stat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return false;
    return std::unexpected(path_error("the store", errno));
  }
  if (S_ISDIR(facts.st_mode)) return fail(Code::store_open_failed, "a folder, not a store");
  if (!S_ISREG(facts.st_mode)) return fail(Code::store_open_failed, "not a plain file");
  if (access(path.c_str(), R_OK) != 0) return std::unexpected(path_error("the store", errno));
  return true;
}

bool has_content(const std::string& path) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 && facts.st_size > 0;
}

bool is_writable(const std::string& path, mode_t mode) {
  // Someone took away every right to write: meant for everybody, also for a superuser, whom no right stops.
  return (mode & 0222) != 0 && access(path.c_str(), W_OK) == 0;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> examine_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  struct stat facts{};
  if (stat(folder.c_str(), &facts) != 0) return std::unexpected(path_error("the store's folder", errno));
  if (!is_writable(folder, facts.st_mode)) return fail(Code::store_read_only, "the store's folder can't be written");
  return {};
}

Result<void> build(const std::string& path) {
  auto connection = Connection::open(path, {OpenMode::write, 0});
  if (!connection) return std::unexpected(std::move(connection.error()));
  if (auto made = create_schema(**connection); !made) return made;
  (*connection)->checkpoint_on_close();  // nobody else knows this file yet
  return {};
}

}  // namespace

Result<std::string> resolve_store_path(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return fail(Code::argument_invalid, "no path of a store");
  const std::unique_ptr<char, void (*)(void*)> whole(realpath(path.c_str(), nullptr), std::free);
  if (whole != nullptr) return std::string(whole.get());
  if (errno != ENOENT) return std::unexpected(path_error("the store's path", errno));
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  struct stat facts{};
  if (name.empty() || lstat(path.c_str(), &facts) == 0) {
    return fail(Code::store_open_failed, "the store's path leads nowhere");
  }
  const std::unique_ptr<char, void (*)(void*)> known(realpath(folder.c_str(), nullptr), std::free);
  if (known == nullptr) return std::unexpected(path_error("the store's folder", errno));
  const std::string resolved = known.get();
  return resolved == "/" ? "/" + name : resolved + "/" + name;
}

Result<FileState> examine_store_file(const std::string& path) {
  struct stat facts{};
  const auto found = find_plain_file(path, facts);
  if (!found) return std::unexpected(found.error());
  if (*found) {
    if (auto content = examine_content(path); !content) return std::unexpected(std::move(content.error()));
    if (!is_writable(path, facts.st_mode)) return fail(Code::store_read_only, "the store can't be written");
  }
  if (auto folder = examine_folder(path); !folder) return std::unexpected(std::move(folder.error()));
  return *found ? FileState::store : FileState::absent;
}

Result<FileState> examine_copy_target(const std::string& path) {
  struct stat facts{};
  const auto found = find_plain_file(path, facts);
  if (!found) return std::unexpected(found.error());
  if (!*found) return FileState::absent;
  const auto start = read_start(path);
  if (!start) return std::unexpected(start.error());
  if (!is_of_sqlite(start->header)) return fail(Code::store_foreign, "not a database file");
  if (big_endian(start->header, 68) != application_id) return fail(Code::store_foreign, foreign_database);
  return FileState::store;
}

bool has_log(const std::string& path) { return has_content(path + "-wal"); }

Result<void> refuse_unfinished_work(const std::string& path) {
  for (const std::string suffix : {"-wal", "-journal"}) {
    if (!has_content(path + suffix)) continue;
    return fail(Code::store_open_failed,
                "a " + suffix + " file of another store lies beside it, in use or left behind; it would get mixed in");
  }
  return {};
}

Result<void> create_store_file(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return {};
  if (auto refused = refuse_unfinished_work(path); !refused) return refused;
  const auto unfinished = UnfinishedFile::make(path);
  if (!unfinished) return std::unexpected(unfinished.error());
  if (auto built = build(unfinished->path()); !built) return built;
  const auto renamed = rename_into_place(unfinished->path(), path, false);
  if (!renamed) return std::unexpected(renamed.error());
  return {};
}

Result<UnfinishedFile> UnfinishedFile::make(const std::string& path) {
  UnfinishedFile made(path + "-XXXXXX");
  const int file = mkostemp(made.path_.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) {
    const int error = errno;
    made.path_.clear();
    auto failure = path_error("making a file beside " + path, error);
    if (error == EACCES) failure.code = Code::store_read_only;
    return std::unexpected(std::move(failure));
  }
  close(file);
  return made;
}

UnfinishedFile::UnfinishedFile(std::string path) : path_(std::move(path)) {
  neighbour_.reserve(path_.size() + sizeof "-journal");
}

UnfinishedFile::~UnfinishedFile() {
  if (path_.empty()) return;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink(neighbour_.assign(path_).append(suffix).c_str());
}

Result<void> sync_folder_of(const std::string& path) {
  const int folder = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return std::unexpected(path_error("opening the store's folder", errno));
  const int error = fsync(folder) == 0 ? 0 : errno;
  close(folder);
  if (error != 0) return fail(Code::store_io_failed, "syncing the store's folder: " + words_of(error));
  return {};
}

Result<bool> rename_into_place(const std::string& from, const std::string& to, bool replace) {
  int result = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), replace ? 0 : RENAME_NOREPLACE);
  if (result != 0 && errno == EINVAL && !replace) {  // a file system that can't; the write lock keeps others out
    if (access(to.c_str(), F_OK) == 0) return false;
    result = rename(from.c_str(), to.c_str());
  }
  if (result != 0) {
    if (!replace && errno == EEXIST) return false;
    return std::unexpected(path_error("renaming into place", errno));
  }
  if (auto synced = sync_folder_of(to); !synced) return std::unexpected(std::move(synced.error()));
  return true;
}

}  // namespace locket::store
