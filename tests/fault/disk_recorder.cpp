#include "fault/disk_recorder.hpp"

#include <algorithm>

#include "store/sample.hpp"

namespace locket::fault {
namespace {

constexpr std::size_t sector_bytes = 4'096;

bool chance(std::mt19937_64& random, double share) {
  return std::uniform_real_distribution<double>(0, 1)(random) < share;
}

void put(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  content.replace(offset, bytes.size(), bytes);
}

/// The index of the log is memory, and the lock file is empty: neither outlives the machine.
bool matters(const std::string& name) { return !name.ends_with("-shm") && !name.ends_with("-lock"); }

}  // namespace

/// What becomes of writes that were not synced.
struct DiskRecorder::Style {
  double kept = 0;
  double noise = 0;
  std::size_t unit_bytes = 0;  // each is kept or lost by itself; 0: whole writes

  explicit Style(std::uint64_t seed, std::mt19937_64& random) {
    if (seed % 5 == 0) return;  // all lost
    if (seed % 5 == 1) {
      kept = 1;
      return;
    }
    kept = std::array{0.1, 0.5, 0.9}[random() % 3];
    noise = std::array{0.0, 0.05, 0.5}[random() % 3];
    unit_bytes = std::array<std::size_t, 3>{0, 512, sector_bytes}[random() % 3];
  }
};

struct DiskRecorder::World {
  std::vector<File> files;
  std::map<std::string, std::size_t> names;  // as a program sees them
  std::map<std::string, std::size_t> durable_names;
  std::vector<NameChange> pending;

  File& file_at(const std::string& name) {
    const auto [place, is_new] = names.try_emplace(name, files.size());
    if (is_new) {
      files.emplace_back();
      pending.push_back({name, {}, place->second, false});
    }
    return files[place->second];
  }

  void keep_names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const NameChange& change = pending[i];
      if (!change.to.empty()) {
        durable_names.erase(change.path);
        durable_names[change.to] = change.file;
      } else if (change.removed) {
        durable_names.erase(change.path);
      } else {
        durable_names[change.path] = change.file;
      }
    }
    pending.clear();
  }
};

DiskRecorder::DiskRecorder(const std::filesystem::path& folder, Device device) : folder_(folder), device_(device) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (matters(name)) before_[name] = sample::read_file(entry.path().string());
  }
}

std::string DiskRecorder::name_of(std::string_view path) const {
  return std::filesystem::path(path).filename().string();
}

void DiskRecorder::wrote(std::string_view path, std::uint64_t offset, BytesView bytes) {
  steps_.push_back({.kind = Kind::write,
                    .path = name_of(path),
                    .to = {},
                    .offset = offset,
                    .bytes = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())});
}

void DiskRecorder::truncated(std::string_view path, std::uint64_t size) {
  steps_.push_back({.kind = Kind::truncate, .path = name_of(path), .to = {}, .offset = size, .bytes = {}});
}

void DiskRecorder::synced(std::string_view path, bool with_name) {
  steps_.push_back({.kind = Kind::sync, .path = name_of(path), .to = {}, .bytes = {}, .with_names = with_name});
}

void DiskRecorder::sync_failed(std::string_view path) {
  steps_.push_back({.kind = Kind::fail_sync, .path = name_of(path), .to = {}, .bytes = {}});
}

void DiskRecorder::removed(std::string_view path, bool durable) {
  steps_.push_back({.kind = Kind::remove, .path = name_of(path), .to = {}, .bytes = {}, .with_names = durable});
}

void DiskRecorder::renamed(std::string_view from, std::string_view to) {
  steps_.push_back({.kind = Kind::rename, .path = name_of(from), .to = name_of(to), .bytes = {}});
}

void DiskRecorder::synced_folder() {
  steps_.push_back({.kind = Kind::sync_folder, .path = {}, .to = {}, .bytes = {}, .with_names = true});
}

void DiskRecorder::tear(std::string& content, const Step& write, const Style& style, std::mt19937_64& random) const {
  const std::size_t end = write.offset + write.bytes.size();
  for (std::size_t at = write.offset; at < end;) {
    const std::size_t unit_end = style.unit_bytes == 0 ? end : (at / style.unit_bytes + 1) * style.unit_bytes;
    const std::size_t stop = std::min(end, unit_end);
    if (chance(random, style.noise)) {
      std::size_t first = at;
      std::size_t last = stop;
      if (device_ == Device::spoils_sectors) {
        first = first / sector_bytes * sector_bytes;
        last = std::max(last, std::min(content.size(), (last + sector_bytes - 1) / sector_bytes * sector_bytes));
      }
      std::string noise(last - first, '\0');
      std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random()); });
      put(content, first, noise);
    } else if (chance(random, style.kept)) {
      put(content, at, std::string_view(write.bytes).substr(at - write.offset, stop - at));
    }
    at = stop;
  }
}

void DiskRecorder::settle(File& file, const Style& style, std::mt19937_64& random) const {
  for (const Step* step : file.pending) {
    if (step->kind == Kind::write) {
      tear(file.durable, *step, style, random);
    } else if (chance(random, style.kept)) {
      file.durable.resize(step->offset);
    }
  }
  file.pending.clear();
}

void DiskRecorder::replay(World& world, const Step& step, const Style& style, std::mt19937_64& random) const {
  switch (step.kind) {
    case Kind::write:
    case Kind::truncate: world.file_at(step.path).pending.push_back(&step); break;
    case Kind::sync: {
      File& file = world.file_at(step.path);
      for (const Step* change : file.pending) {
        if (change->kind == Kind::write) {
          put(file.durable, change->offset, change->bytes);
        } else {
          file.durable.resize(change->offset);
        }
      }
      file.pending.clear();
      break;
    }
    case Kind::fail_sync: settle(world.file_at(step.path), style, random); break;
    case Kind::remove:
      world.names.erase(step.path);
      world.pending.push_back({step.path, {}, 0, true});
      break;
    case Kind::rename: {
      const std::size_t file = world.names.at(step.path);
      world.names.erase(step.path);
      world.names[step.to] = file;
      world.pending.push_back({step.path, step.to, file, false});
      break;
    }
    case Kind::sync_folder: break;
  }
  if (step.with_names) world.keep_names(world.pending.size());
}

void DiskRecorder::leave(std::size_t moment, std::uint64_t seed, const std::filesystem::path& to) const {
  std::mt19937_64 random(seed * 1'000'003 + moment);
  const Style style(seed, random);
  World world;
  for (const auto& [name, content] : before_) {
    world.names[name] = world.durable_names[name] = world.files.size();
    world.files.push_back({content, {}});
  }
  for (std::size_t i = 0; i < moment; ++i) replay(world, steps_[i], style, random);
  world.keep_names(style.kept >= 1 ? world.pending.size() : random() % (world.pending.size() + 1));
  for (const auto& [name, place] : world.durable_names) {
    File& file = world.files[place];
    settle(file, style, random);
    sample::write_file((to / name).string(), file.durable);
  }
}

}  // namespace locket::fault
