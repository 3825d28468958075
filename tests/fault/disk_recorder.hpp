#pragma once

#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fault/disk_observer.hpp"
#include "fault/fault_vfs.hpp"

namespace locket::fault {

/// Records what reaches the disk, so that a power cut can be played at every moment of it afterwards.
class DiskRecorder : public DiskObserver {
 public:
  /// Takes what lies in a folder now for durable. `device` is that of `use_fault_vfs`.
  DiskRecorder(const std::filesystem::path& folder, Device device);

  /// How many changes and syncs were recorded so far: the moments at which the power can fail.
  [[nodiscard]] std::size_t moments() const { return steps_.size(); }

  /// Writes into an empty folder what a power cut after so many moments leaves. What was not synced by then is kept,
  /// lost, torn at sectors of 512 or 4,096 bytes, or turned into noise, each write by itself, as the seed has it; of
  /// the changes of names, the first few.
  void leave(std::size_t moment, std::uint64_t seed, const std::filesystem::path& to) const;

  void wrote(std::string_view path, std::uint64_t offset, BytesView bytes) override;
  void truncated(std::string_view path, std::uint64_t size) override;
  void synced(std::string_view path, bool with_name) override;
  void sync_failed(std::string_view path) override;
  void removed(std::string_view path, bool durable) override;
  void renamed(std::string_view from, std::string_view to) override;
  void synced_folder() override;

 private:
  enum class Kind : std::uint8_t { write, truncate, sync, fail_sync, remove, rename, sync_folder };
  struct Step {
    Kind kind;
    std::string path;
    std::string to;            // of a rename
    std::uint64_t offset = 0;  // or a size
    std::string bytes;
    bool with_names = false;  // also makes names durable
  };
  struct File {
    std::string durable;
    std::vector<const Step*> pending;
  };
  struct NameChange {
    std::string path;
    std::string to;  // of a rename
    std::size_t file = 0;
    bool removed = false;
  };
  struct Style;
  struct World;

  void replay(World& world, const Step& step, const Style& style, std::mt19937_64& random) const;
  void settle(File& file, const Style& style, std::mt19937_64& random) const;
  void tear(std::string& content, const Step& write, const Style& style, std::mt19937_64& random) const;
  [[nodiscard]] std::string name_of(std::string_view path) const;

  std::filesystem::path folder_;
  Device device_;
  std::map<std::string, std::string> before_;
  std::vector<Step> steps_;
};

}  // namespace locket::fault
