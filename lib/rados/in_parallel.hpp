#pragma once

#include <cstddef>
#include <functional>

namespace locket::rados {

/// Calls `work` with every number below `count`, on up to 16 threads, so that the waits for the cluster overlap.
/// `work` must not throw. Returns when all calls have. Where no thread can be had, fewer do the work.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace locket::rados
