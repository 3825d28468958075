#pragma once

#include <cstdint>

namespace locket::fault {

/// What a disk promises of bytes near those that are being written when the power fails.
enum class Device : std::uint8_t {
  keeps_neighbours,  ///< only what is being written can be damaged, as SQLite takes for granted
  spoils_sectors,    ///< whatever shares a sector of 4,096 bytes with it can be damaged too
};

/// Makes every database that this process opens from now on go through our file system, which asks the `observer`
/// before each call, and which leaves out the syncs: what survives a power cut is for an observer to play.
/// `device` says what the disk is to tell SQLite of itself.
void use_fault_vfs(Device device = Device::keeps_neighbours);

/// What the disk promises now.
[[nodiscard]] Device present_device() noexcept;

}  // namespace locket::fault
