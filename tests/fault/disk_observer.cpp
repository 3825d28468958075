#include "fault/disk_observer.hpp"

#include <atomic>

namespace locket::fault {
namespace {

DiskObserver nobody;
std::atomic<DiskObserver*> present = &nobody;

}  // namespace

Fault DiskObserver::before(Call) { return Fault::none; }
void DiskObserver::wrote(std::string_view, std::uint64_t, BytesView) {}
void DiskObserver::truncated(std::string_view, std::uint64_t) {}
void DiskObserver::synced(std::string_view, bool) {}
void DiskObserver::sync_failed(std::string_view) {}
void DiskObserver::removed(std::string_view, bool) {}
void DiskObserver::renamed(std::string_view, std::string_view) {}
void DiskObserver::synced_folder() {}
void DiskObserver::closed(std::string_view) {}
void DiskObserver::index_locked(int, int, bool) {}

Installed::Installed(DiskObserver& observer) noexcept { present = &observer; }
Installed::~Installed() { present = &nobody; }

DiskObserver& observer() noexcept { return *present; }

}  // namespace locket::fault
