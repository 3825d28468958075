#include "rados/fake_cluster.hpp"

#include <rados/librados.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace locket {
namespace {

constexpr std::size_t steps_max = 65'535;
constexpr std::size_t operation_bytes_max = 94'371'840;

struct Object {
  std::string bytes;
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::string> entries;
};

struct Io {
  std::string space;
  bool alive = true;
  bool full_try = false;
};

struct Watch {
  Io* io;
  std::string object;
  rados_watchcb2_t told;
  rados_watcherrcb_t lost;
  void* argument;
};

/// What a call that does not wait ends with.
struct Completion {
  rados_callback_t ended;
  void* argument;
  int result = 0;
  bool hangs = false;
};

struct Step {
  enum class Kind { create, require, write, set, set_entries, remove_entries } kind;
  std::string name{};
  std::string value{};
  std::vector<std::pair<std::string, std::string>> entries{};
};

struct WriteSteps {
  std::vector<Step> steps;
  std::size_t bytes = 0;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What an iterator of librados goes through.
struct Listing {
  Pairs pairs;
  std::size_t at = 0;
};

struct ReadSteps {
  rados_xattrs_iter_t* attributes = nullptr;
  char* bytes = nullptr;
  std::uint64_t offset = 0;
  std::size_t size = 0;
  std::size_t* count = nullptr;
  rados_omap_iter_t* entries = nullptr;
  std::string after;
  std::size_t entries_max = 0;
  unsigned char* more = nullptr;
};

std::mutex mutex;
std::map<std::string, Object> objects;
std::map<std::uint64_t, Watch> watches;
std::vector<Io*> ios;
std::vector<std::thread> late;
std::vector<Completion*> hanging;
std::uint64_t last_cookie = 0;

Io& io_of(rados_ioctx_t io) { return *static_cast<Io*>(io); }
std::string key_of(rados_ioctx_t io, const char* object) { return io_of(io).space + '/' + object; }

void come_before(std::string_view what, std::string_view object) {
  static thread_local bool within = false;
  if (within || !FakeCluster::get().before) return;
  within = true;
  FakeCluster::get().before(what, object);
  within = false;
}

int failure_of(std::string_view what, std::string_view object) {
  const auto& failure = FakeCluster::get().failure;
  return failure ? failure(what, object) : 0;
}

void blame(std::string fault) {
  const std::scoped_lock lock(mutex);
  FakeCluster::get().faults.push_back(std::move(fault));
}

// Whether a change has to wait for room, as all do that the pool was not asked to try at once.
bool waits_for_room(rados_ioctx_t io) {
  if (!FakeCluster::get().full || io_of(io).full_try) return false;
  blame("a change that waits for room in the pool");
  return true;
}

int apply(std::map<std::string, Object>::iterator found, const std::string& key, const WriteSteps& operation) {
  const bool there = found != objects.end();
  Object changed = there ? found->second : Object();
  for (const Step& step : operation.steps) {
    switch (step.kind) {
      case Step::Kind::create:
        if (there) return -EEXIST;
        break;
      case Step::Kind::require: {
        if (!there) return -ENOENT;
        const auto attribute = changed.attributes.find(step.name);
        const std::string held = attribute != changed.attributes.end() ? attribute->second : std::string();
        if (held != step.value) return -ECANCELED;
        break;
      }
      case Step::Kind::write: changed.bytes = step.value; break;
      case Step::Kind::set: changed.attributes[step.name] = step.value; break;
      case Step::Kind::set_entries:
        for (const auto& [name, value] : step.entries) changed.entries[name] = value;
        break;
      case Step::Kind::remove_entries:
        if (!there) return -ENOENT;
        for (const auto& entry : step.entries) changed.entries.erase(entry.first);
        break;
    }
  }
  const std::size_t held = there ? found->second.bytes.size() : 0;
  if (FakeCluster::get().full && (!there || changed.bytes.size() > held)) return -EDQUOT;
  objects[key] = std::move(changed);
  return 0;
}

void add(rados_write_op_t operation, Step step) {
  auto& steps = *static_cast<WriteSteps*>(operation);
  steps.bytes += step.name.size() + step.value.size();
  for (const auto& entry : step.entries) steps.bytes += entry.first.size() + entry.second.size() + 8;
  steps.steps.push_back(std::move(step));
}

void tell(const Watch& watch) { watch.told(watch.argument, 1, 1, 1, nullptr, 0); }

}  // namespace

FakeCluster& FakeCluster::get() {
  static FakeCluster cluster;
  return cluster;
}

void FakeCluster::reset() {
  const std::scoped_lock lock(mutex);
  objects.clear();
  watches.clear();
  before = nullptr;
  failure = nullptr;
  notify_result = 0;
  notify_hangs = false;
  for (Completion* const completion : std::exchange(hanging, {})) {
    completion->ended(completion, completion->argument);
    delete completion;
  }
  late_notices = false;
  full = false;
  faults.clear();
}

void FakeCluster::forget_watches() {
  const std::scoped_lock lock(mutex);
  watches.clear();
}

void FakeCluster::lose_watches() {
  std::map<std::uint64_t, Watch> all;
  {
    const std::scoped_lock lock(mutex);
    all.swap(watches);
  }
  for (const auto& [cookie, watch] : all) watch.lost(watch.argument, cookie, -ENOTCONN);
}

}  // namespace locket

using namespace locket;

extern "C" {

int rados_create2(rados_t* cluster, const char*, const char*, std::uint64_t) { return *cluster = &objects, 0; }
int rados_conf_read_file(rados_t, const char*) { return 0; }
int rados_conf_parse_env(rados_t, const char*) { return 0; }
int rados_conf_set(rados_t, const char*, const char*) { return 0; }
int rados_connect(rados_t) { return 0; }
void rados_shutdown(rados_t) { rados_watch_flush(nullptr); }

int rados_ioctx_create(rados_t, const char*, rados_ioctx_t* io) {
  const std::scoped_lock lock(mutex);
  ios.push_back(new Io);
  return *io = ios.back(), 0;
}
void rados_ioctx_set_namespace(rados_ioctx_t io, const char* space) { io_of(io).space = space; }
// Its memory stays, so that a late use of it is told and not undefined.
void rados_ioctx_destroy(rados_ioctx_t io) { io_of(io).alive = false; }
void rados_set_pool_full_try(rados_ioctx_t io) { io_of(io).full_try = true; }
rados_t rados_ioctx_get_cluster(rados_ioctx_t) { return &objects; }

int rados_nobjects_list_open(rados_ioctx_t io, rados_list_ctx_t* list) {
  const std::scoped_lock lock(mutex);
  auto listing = std::make_unique<Listing>();
  const std::string start = io_of(io).space + '/';
  for (const auto& [name, object] : objects) {
    if (name.starts_with(start)) listing->pairs.emplace_back(name.substr(start.size()), "");
  }
  return *list = listing.release(), 0;
}
int rados_nobjects_list_next(rados_list_ctx_t list, const char** entry, const char**, const char**) {
  auto& listing = *static_cast<Listing*>(list);
  if (listing.at == listing.pairs.size()) return -ENOENT;
  return *entry = listing.pairs[listing.at++].first.c_str(), 0;
}
void rados_nobjects_list_close(rados_list_ctx_t list) { delete static_cast<Listing*>(list); }

int rados_stat(rados_ioctx_t io, const char* object, std::uint64_t* size, time_t* changed) {
  come_before("stat", object);
  const std::scoped_lock lock(mutex);
  const auto found = objects.find(key_of(io, object));
  if (found == objects.end()) return -ENOENT;
  *changed = 0;
  return *size = found->second.bytes.size(), 0;
}
int rados_read(rados_ioctx_t io, const char* object, char* into, std::size_t size, std::uint64_t offset) {
  come_before("read", object);
  const std::scoped_lock lock(mutex);
  const auto found = objects.find(key_of(io, object));
  if (found == objects.end()) return -ENOENT;
  if (offset >= found->second.bytes.size()) return 0;
  return static_cast<int>(found->second.bytes.copy(into, size, offset));
}
int rados_remove(rados_ioctx_t io, const char* object) {
  if (waits_for_room(io)) return -ETIMEDOUT;
  const std::scoped_lock lock(mutex);
  return objects.erase(key_of(io, object)) > 0 ? 0 : -ENOENT;
}

rados_write_op_t rados_create_write_op() { return new WriteSteps; }
void rados_release_write_op(rados_write_op_t operation) { delete static_cast<WriteSteps*>(operation); }
void rados_write_op_create(rados_write_op_t operation, int, const char*) { add(operation, {Step::Kind::create}); }
void rados_write_op_cmpxattr(rados_write_op_t operation, const char* name, std::uint8_t, const char* value,
                             std::size_t size) {
  add(operation, {Step::Kind::require, name, std::string(value, size)});
}
void rados_write_op_write_full(rados_write_op_t operation, const char* bytes, std::size_t size) {
  add(operation, {Step::Kind::write, "", std::string(bytes, size)});
}
void rados_write_op_setxattr(rados_write_op_t operation, const char* name, const char* value, std::size_t size) {
  add(operation, {Step::Kind::set, name, std::string(value, size)});
}
void rados_write_op_omap_set2(rados_write_op_t operation, const char* const* keys, const char* const* values,
                              const std::size_t* key_sizes, const std::size_t* value_sizes, std::size_t count) {
  Step step{Step::Kind::set_entries};
  for (std::size_t i = 0; i < count; ++i) {
    step.entries.emplace_back(std::string(keys[i], key_sizes[i]), std::string(values[i], value_sizes[i]));
  }
  add(operation, std::move(step));
}
void rados_write_op_omap_rm_keys2(rados_write_op_t operation, const char* const* keys, const std::size_t* sizes,
                                  std::size_t count) {
  Step step{Step::Kind::remove_entries};
  for (std::size_t i = 0; i < count; ++i) step.entries.emplace_back(std::string(keys[i], sizes[i]), "");
  add(operation, std::move(step));
}
int rados_write_op_operate2(rados_write_op_t operation, rados_ioctx_t io, const char* object, struct timespec*, int) {
  come_before("write", object);
  if (waits_for_room(io)) return -ETIMEDOUT;
  const auto& steps = *static_cast<WriteSteps*>(operation);
  if (steps.steps.size() > steps_max) return blame("too many steps"), -EINVAL;
  if (steps.bytes > operation_bytes_max) return blame("too large an operation"), -EMSGSIZE;
  const std::scoped_lock lock(mutex);
  const std::string key = key_of(io, object);
  return apply(objects.find(key), key, steps);
}

rados_read_op_t rados_create_read_op() { return new ReadSteps; }
void rados_release_read_op(rados_read_op_t operation) { delete static_cast<ReadSteps*>(operation); }
void rados_read_op_getxattrs(rados_read_op_t operation, rados_xattrs_iter_t* iterator, int* result) {
  *result = 0;
  static_cast<ReadSteps*>(operation)->attributes = iterator;
}
void rados_read_op_read(rados_read_op_t operation, std::uint64_t offset, std::size_t size, char* into,
                        std::size_t* count, int* result) {
  *result = 0;
  auto& steps = *static_cast<ReadSteps*>(operation);
  steps.offset = offset;
  steps.size = size;
  steps.bytes = into;
  steps.count = count;
}
void rados_read_op_omap_get_vals2(rados_read_op_t operation, const char* after, const char*, std::uint64_t most,
                                  rados_omap_iter_t* iterator, unsigned char* more, int* result) {
  *result = 0;
  auto& steps = *static_cast<ReadSteps*>(operation);
  steps.after = after;
  steps.entries_max = most;
  steps.entries = iterator;
  steps.more = more;
}
int rados_read_op_operate(rados_read_op_t operation, rados_ioctx_t io, const char* object, int) {
  come_before("look", object);
  if (const int failed = failure_of("look", object); failed < 0) return failed;
  const std::scoped_lock lock(mutex);
  const auto found = objects.find(key_of(io, object));
  if (found == objects.end()) return -ENOENT;
  auto& steps = *static_cast<ReadSteps*>(operation);
  if (steps.attributes != nullptr) {
    *steps.attributes = new Listing{{found->second.attributes.begin(), found->second.attributes.end()}};
  }
  if (steps.bytes != nullptr) {
    const std::string& bytes = found->second.bytes;
    *steps.count = steps.offset < bytes.size() ? bytes.copy(steps.bytes, steps.size, steps.offset) : 0;
  }
  if (steps.entries != nullptr) {
    auto listing = std::make_unique<Listing>();
    auto next = found->second.entries.upper_bound(steps.after);
    for (; next != found->second.entries.end() && listing->pairs.size() < steps.entries_max; ++next) {
      listing->pairs.push_back(*next);
    }
    *steps.more = next != found->second.entries.end() ? 1 : 0;
    *steps.entries = listing.release();
  }
  return 0;
}
int rados_getxattrs_next(rados_xattrs_iter_t iterator, const char** name, const char** value, std::size_t* size) {
  auto& listing = *static_cast<Listing*>(iterator);
  *name = nullptr;
  if (listing.at == listing.pairs.size()) return 0;
  const auto& [key, text] = listing.pairs[listing.at++];
  *name = key.c_str();
  *value = text.data();
  return *size = text.size(), 0;
}
void rados_getxattrs_end(rados_xattrs_iter_t iterator) { delete static_cast<Listing*>(iterator); }
int rados_omap_get_next2(rados_omap_iter_t iterator, char** key, char** value, std::size_t* key_size,
                         std::size_t* value_size) {
  auto& listing = *static_cast<Listing*>(iterator);
  *key = nullptr;
  if (listing.at == listing.pairs.size()) return 0;
  auto& [name, text] = listing.pairs[listing.at++];
  *key = name.data();
  *key_size = name.size();
  *value = text.data();
  return *value_size = text.size(), 0;
}
void rados_omap_get_end(rados_omap_iter_t iterator) { delete static_cast<Listing*>(iterator); }

int rados_watch3(rados_ioctx_t io, const char* object, std::uint64_t* cookie, rados_watchcb2_t told,
                 rados_watcherrcb_t lost, std::uint32_t, void* argument) {
  come_before("watch", object);
  if (waits_for_room(io)) return -ETIMEDOUT;
  if (const int failed = failure_of("watch", object); failed < 0) return failed;
  const std::scoped_lock lock(mutex);
  watches.emplace(++last_cookie, Watch{&io_of(io), key_of(io, object), told, lost, argument});
  return *cookie = last_cookie, 0;
}
int rados_watch_check(rados_ioctx_t, std::uint64_t) { return 0; }
int rados_unwatch2(rados_ioctx_t, std::uint64_t cookie) {
  const std::scoped_lock lock(mutex);
  const auto found = watches.find(cookie);
  if (found == watches.end()) return -ENOENT;
  if (FakeCluster::get().late_notices) {
    late.emplace_back([watch = found->second] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (watch.io->alive) {
        tell(watch);
      } else {
        blame("a notice came after its space had gone");
      }
    });
  }
  watches.erase(found);
  return 0;
}
int rados_watch_flush(rados_t) {
  std::vector<std::thread> waited;
  {
    const std::scoped_lock lock(mutex);
    waited.swap(late);
  }
  for (auto& thread : waited) thread.join();
  return 0;
}
int rados_aio_create_completion2(void* argument, rados_callback_t ended, rados_completion_t* completion) {
  return *completion = new Completion{ended, argument}, 0;
}
int rados_aio_get_return_value(rados_completion_t completion) { return static_cast<Completion*>(completion)->result; }
void rados_aio_release(rados_completion_t completion) {
  auto* const released = static_cast<Completion*>(completion);
  if (released->hangs) return hanging.push_back(released);
  delete released;
}
int rados_aio_notify(rados_ioctx_t io, const char* object, rados_completion_t completion, const char*, int,
                     std::uint64_t, char** replies, std::size_t*) {
  *replies = nullptr;
  come_before("notify", object);
  auto& telling = *static_cast<Completion*>(completion);
  telling.result = FakeCluster::get().notify_result;
  telling.hangs = FakeCluster::get().notify_hangs;
  if (telling.hangs) return 0;
  std::vector<Watch> all;
  {
    const std::scoped_lock lock(mutex);
    for (const auto& [cookie, watch] : watches) {
      if (telling.result == 0 && watch.object == key_of(io, object)) all.push_back(watch);
    }
  }
  for (const Watch& watch : all) tell(watch);
  telling.ended(completion, telling.argument);
  return 0;
}
int rados_notify_ack(rados_ioctx_t io, const char*, std::uint64_t, std::uint64_t, const char*, int) {
  if (!io_of(io).alive) blame("an answer by a space that had gone");
  return 0;
}
void rados_buffer_free(char* buffer) { std::free(buffer); }

}  // extern "C"
