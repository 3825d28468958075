#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/store.hpp"
#include "locket/version.hpp"

namespace locket {

/// Where a store on Ceph is.
struct RadosOptions {
  std::string pool;                    ///< a replicated pool that is there already
  std::string name = "locket";         ///< of the store within the pool, which may hold several: 1 to 64 of [a-z0-9_-]
  std::string user = "admin";          ///< `client.USER` of the cluster
  std::string conf_file{};             ///< ceph.conf; empty: CEPH_CONF, then /etc/ceph/ceph.conf
  std::uint32_t wait_ms_max = 30'000;  ///< for an answer of the cluster; 1,000 to 600,000
};

/// Opens or makes a store on a Ceph cluster: one object for each iModel, which holds both PNGs and all that is known of
/// them, and is replaced whole, in one operation, if it still has the revision that it was seen with. Any number of
/// processes on any number of machines may have the store open.
/// Inputs: where; the options. Result: the store; or `store_open_failed` where the cluster, the pool or (without
/// `create`) the store can't be had, `store_newer`, or `argument_invalid` for an option beyond its bounds (a
/// `Limits::stored_picture_bytes_max` over 40 MiB, a `Limits::stored_text_bytes_max` over 64 KiB) or where locket was
/// built without Ceph.
///
/// Beyond what `Store` says:
/// - What is acknowledged is on as many disks as the pool's `min_size` says. A write that was not answered in time
///   (`store_io_failed`) may be stored or not; it is whole in either case. Where the pool has no room, or is at its
///   quota, a write is `store_full` at once, and reads and removals go on.
/// - `replace_access` returns when every process that has the store open knows that the facts changed, or has lost its
///   connection, after which it asks the cluster at each request and denies when it gets no answer. It writes only what
///   changed, once it has read the rest and found it sound; what is damaged or missing is written anew, so a store
///   whose access facts are damaged can be opened, and mended by them. Where damage hides which iModels the old facts
///   named, those that the new ones do not name belong to the iTwin of their upload again (`store.damaged` in the log
///   says so). If it fails with `store_io_failed`, the change may stand all the same.
/// - The bytes of pictures that are fetched often come from memory (`Limits::hot_picture_bytes_max`); what is known of
///   an iModel is asked of the cluster each time, so that a picture that was replaced is never shown.
/// - `list`, `check`, `statistics` and `load_access(AccessScope::whole)` walk through the whole pool.
/// - `backup` is `argument_invalid`: copy the store into another (`copy_store`).
/// - An access document may have at most 64 MiB for one iTwin, and 450,000 iTwins.
[[nodiscard]] LOCKET_API Result<std::unique_ptr<Store>> open_rados_store(const RadosOptions& where,
                                                                         const StoreOptions& options = {});

/// The client of Ceph that is linked; nothing where locket was built without Ceph. `linked_libraries` names it.
/// Any thread.
[[nodiscard]] LOCKET_API std::optional<LinkedLibrary> rados_client_library();

}  // namespace locket
