#include "open_store.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "locket/log.hpp"
#include "locket/rados_store.hpp"
#include "message.hpp"

namespace locket::tool {
namespace {

class StandardErrorLog final : public LogSink {
 public:
  void write(LogLevel level, std::string_view event, std::string_view message) noexcept override {
    if (level == LogLevel::information) return;
    try {
      complain(std::string(event) + ": " + std::string(message));
    } catch (const std::exception&) {  // out of memory: the message is lost, the work goes on
    }
  }
};

constexpr std::string_view ceph_prefix = "rados:";

// `rados:POOL` or `rados:POOL/NAME`; the library refuses what is no name.
RadosOptions place_on_ceph(const std::string& name) {
  RadosOptions place;
  place.pool = name.substr(ceph_prefix.size());
  if (const std::size_t slash = place.pool.find('/'); slash != std::string::npos) {
    place.name = place.pool.substr(slash + 1);
    place.pool.resize(slash);
  }
  return place;
}

Result<std::unique_ptr<Store>> open_with(const std::string& name, const StoreOptions& options) {
  return is_on_ceph(name) ? open_rados_store(place_on_ceph(name), options) : locket::open_store(name, options);
}

}  // namespace

LogSink& standard_error_log() noexcept {
  static StandardErrorLog log;
  return log;
}

bool is_on_ceph(const std::string& name) { return name.starts_with(ceph_prefix); }

std::unique_ptr<Store> open_named_store(const std::string& name, Missing missing, const Limits& limits) {
  StoreOptions options;
  options.create = false;
  options.limits = limits;
  options.log = &standard_error_log();
  auto store = open_with(name, options);
  const bool is_new = missing == Missing::make && !store && store.error().code == Code::store_open_failed;
  if (is_new) {
    options.create = true;
    store = open_with(name, options);
  }
  if (store) {
    if (is_new) complain("made a new, empty store: " + name);  // a mistyped name makes one as well
    return std::move(*store);
  }
  complain("can't use the store " + name, store.error());
  return nullptr;
}

std::unique_ptr<Store> open_store(const Program& program, Missing missing, const Limits& limits) {
  return open_named_store(program.store_path, missing, limits);
}

}  // namespace locket::tool
