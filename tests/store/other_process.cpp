// A second process for the tests of what one sees of another: does one thing to a store, and ends without closing it.
//   put STORE IMODEL VERSION          stores the sample of these numbers
//   put-killed STORE IMODEL VERSION N the same, killed while it writes the log's index: after N of the 12 words of its
//                                     header, which stands there twice and whose second copy is written first
//   put-as STORE GUID VERSION         stores a sample as the thumbnail of this iModel
//   remove STORE IMODEL
//   remove-as STORE GUID
//   access STORE FILE                 replaces the access facts by a JSON document
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "store/sample.hpp"

namespace locket {
namespace {

constexpr std::size_t header_words = 6;
constexpr std::size_t index_bytes = 32'768;

template <class Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  std::cerr << code_name(result.error().code) << ": " << result.error().detail << '\n';
  std::_Exit(1);
}

std::uint64_t number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

std::uint64_t* map_index(const std::string& store) {
  const int file = open((store + "-shm").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) std::_Exit(1);
  void* const mapped = mmap(nullptr, index_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) std::_Exit(1);
  return static_cast<std::uint64_t*>(mapped);  // the file stays open: closing it would drop SQLite's locks
}

void put_killed(Store& store, const std::string& path, const Record& record, std::size_t words_written) {
  std::uint64_t* const index = map_index(path);
  std::uint64_t before[2 * header_words];
  std::memcpy(before, index, sizeof before);
  must(store.put(record));
  std::size_t written = 0;
  for (const std::size_t copy : {header_words, std::size_t{0}}) {
    for (std::size_t i = 0; i < header_words; ++i) {
      if (written++ >= words_written) index[copy + i] = before[copy + i];
    }
  }
}

int run(const std::vector<std::string>& words) {
  const std::string& what = words.at(0);
  const std::string& path = words.at(1);
  auto store = must(open_store(path));
  if (what == "put") {
    must(store->put(sample::record({.imodel = number(words.at(2)), .version = number(words.at(3))})));
  } else if (what == "put-and-close") {
    must(store->put(sample::record({.imodel = number(words.at(2)), .version = number(words.at(3))})));
    store.reset();
  } else if (what == "put-killed") {
    const Record record = sample::record({.imodel = number(words.at(2)), .version = number(words.at(3))});
    put_killed(*store, path, record, number(words.at(4)));
  } else if (what == "put-as") {
    Record record = sample::record({.imodel = 1, .version = number(words.at(3))});
    record.imodel_id = parse_guid(words.at(2)).value();
    must(store->put(record));
  } else if (what == "remove-as") {
    must(store->remove(parse_guid(words.at(2)).value()));
  } else if (what == "remove") {
    must(store->remove(sample::id(number(words.at(2)))));
  } else if (what == "access") {
    must(store->replace_access(must(parse_access_document(sample::read_file(words.at(2))))));
  } else {
    return 2;
  }
  std::_Exit(0);  // as if killed: nothing is closed, nothing is tidied
}

}  // namespace
}  // namespace locket

int main(int count, char** words) { return locket::run({words + 1, words + count}); }
