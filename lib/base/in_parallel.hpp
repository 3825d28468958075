#pragma once

#include <cstddef>
#include <functional>

namespace locket {

/// Calls `work` with every number below `count`, on up to so many threads, this one among them; where no more can be
/// had, on fewer. Returns when all calls have. The first thing that `work` throws comes out of this call, once every
/// thread has ended; the numbers that were not begun are then left out.
void in_parallel(std::size_t threads, std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace locket
