#include "scratch_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace locket::fuzz {

ScratchFolder::ScratchFolder() {
  std::error_code none;
  const bool in_memory = std::filesystem::is_directory("/dev/shm", none);
  std::string name = (in_memory ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/locket-fuzz-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a folder");
  folder_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code none;
  std::filesystem::remove_all(folder_, none);
}

std::string ScratchFolder::write(const std::string& name, BytesView bytes) const {
  std::ofstream file(path(name), std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path(name);
}

void ScratchFolder::clear() const {
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) std::filesystem::remove_all(entry.path());
}

}  // namespace locket::fuzz
