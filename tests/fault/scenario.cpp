#include "fault/scenario.hpp"

#include <unistd.h>

#include "fault/fault_vfs.hpp"

namespace locket::fault {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t imodels_at_first = 4;

void create(Stage& stage) {
  stage.open();
  stage.close();
}

void import(Stage& stage) {
  stage.open();
  stage.put(5, 1);
  stage.put(6, 1);
}

void replace(Stage& stage) {
  stage.open();
  stage.put(1, 2);
  stage.put(2, 2);
  stage.put(1, 3);
}

void remove(Stage& stage) {
  stage.open();
  stage.remove(1);
  stage.remove(3);
}

void checkpoint(Stage& stage) {
  stage.options.limits.wal_bytes_max = 256 << 10;  // due at every change, and a full one now and then
  stage.open();
  stage.put(5, 1);
  stage.put(1, 2);
  stage.remove(2);
  stage.close();
}

void recover(Stage& stage) {
  stage.open();
  stage.put(1, 2);
  stage.close();
}

/// The files of a store of a few iModels: closed, and as they are while the last changes lie in the log.
struct Model {
  Model() {
    for (const std::uint64_t first : {1, 3}) {  // the first two come to lie in the file itself
      const auto store = open_store(closed.file());
      (void)(*store)->put(record_of(first, 1));
      (void)(*store)->put(record_of(first + 1, 1));
      if (first == 1) continue;
      for (const char* suffix : {"", "-wal"}) fs::copy_file(closed.file() + suffix, live.file() + suffix);
    }
  }

  sample::Folder closed{scratch_parent()};
  sample::Folder live{scratch_parent()};
};

/// Made once for each kind of device: on some SQLite fills the log up to the end of a sector.
const Model& model() {
  static std::map<Device, Model> models;
  return models[present_device()];
}

}  // namespace

fs::path scratch_parent() {
  const fs::path memory = "/dev/shm";
  return access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
}

void Stage::close() {
  inside(true);
  store_.reset();
  inside(false);
}

void Stage::open() {
  if (store_ != nullptr) return;
  inside(true);
  auto opened = open_store(path_, options);
  inside(false);
  if (opened) {
    store_ = std::move(*opened);
  } else {
    errors.push_back(std::move(opened.error()));
  }
}

void Stage::put(std::uint64_t imodel, Version version) {
  open();
  if (store_ == nullptr) return;
  const Record& record = record_of(imodel, version);
  ledger.begin(imodel, version, moment());
  inside(true);
  const auto receipt = store_->put(record);
  inside(false);
  ledger.end(receipt.has_value(), moment());
  if (!receipt) errors.push_back(receipt.error());
}

void Stage::remove(std::uint64_t imodel) {
  open();
  if (store_ == nullptr) return;
  ledger.begin(imodel, 0, moment());
  const Guid id = sample::id(imodel);
  inside(true);
  const auto removed = store_->remove(id);
  inside(false);
  ledger.end(removed.has_value(), moment());
  if (!removed) errors.push_back(removed.error());
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"create", true, false, create},  {"import", false, false, import},        {"replace", false, false, replace},
      {"remove", false, false, remove}, {"checkpoint", false, true, checkpoint}, {"recover", false, true, recover},
  };
  return all;
}

void prepare(const Scenario& scenario, const fs::path& folder, Ledger& ledger) {
  if (scenario.starts_empty) return;
  const fs::path& from = (scenario.has_log ? model().live : model().closed).path();
  for (const char* name : {"store.locket", "store.locket-wal"}) {
    if (fs::exists(from / name)) fs::copy_file(from / name, folder / name, fs::copy_options::overwrite_existing);
  }
  for (std::uint64_t i = 1; i <= imodels_at_first; ++i) ledger.start_with(i, 1);
}

}  // namespace locket::fault
