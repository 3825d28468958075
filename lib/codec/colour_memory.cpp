#include "codec/colour_memory.hpp"

#include <lcms2_plugin.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

namespace locket::codec {
namespace {

/// Stands before every piece of memory.
struct alignas(std::max_align_t) Piece {
  std::size_t bytes;
  std::size_t* left_bytes;  // what it was taken from; null for what a context needs before it has a limit
};

Piece* piece_of(void* memory) noexcept { return static_cast<Piece*>(memory) - 1; }

void* take(cmsContext context, cmsUInt32Number bytes) {
  auto* const left_bytes = static_cast<std::size_t*>(cmsGetContextUserData(context));
  if (left_bytes != nullptr && bytes > *left_bytes) return nullptr;
  void* const memory = std::malloc(sizeof(Piece) + bytes);
  if (memory == nullptr) return nullptr;
  if (left_bytes != nullptr) *left_bytes -= bytes;
  return ::new (memory) Piece{bytes, left_bytes} + 1;
}

void give_back(cmsContext, void* memory) {
  if (memory == nullptr) return;
  Piece* const piece = piece_of(memory);
  if (piece->left_bytes != nullptr) *piece->left_bytes += piece->bytes;
  std::free(piece);
}

void* take_again(cmsContext context, void* memory, cmsUInt32Number bytes) {
  void* const larger = take(context, bytes);
  if (memory == nullptr || larger == nullptr) return larger;
  std::memcpy(larger, memory, std::min<std::size_t>(piece_of(memory)->bytes, bytes));
  give_back(context, memory);
  return larger;
}

void* take_zeros(cmsContext context, cmsUInt32Number bytes) {
  void* const memory = take(context, bytes);
  if (memory != nullptr) std::memset(memory, 0, bytes);
  return memory;
}

void* take_array(cmsContext context, cmsUInt32Number count, cmsUInt32Number bytes) {
  const std::size_t all = std::size_t{count} * bytes;
  return all > std::numeric_limits<cmsUInt32Number>::max() ? nullptr
                                                           : take_zeros(context, static_cast<cmsUInt32Number>(all));
}

void* take_copy(cmsContext context, const void* memory, cmsUInt32Number bytes) {
  void* const copy = take(context, bytes);
  if (copy != nullptr && memory != nullptr) std::memcpy(copy, memory, bytes);
  return copy;
}

}  // namespace

ColourContext::ColourContext(std::size_t bytes_max) : left_bytes_(std::make_unique<std::size_t>(bytes_max)) {
  cmsPluginMemHandler memory{};
  memory.base.Magic = cmsPluginMagicNumber;
  memory.base.ExpectedVersion = 2000;  // of the first release that takes such handlers for one context
  memory.base.Type = cmsPluginMemHandlerSig;
  memory.MallocPtr = take;
  memory.FreePtr = give_back;
  memory.ReallocPtr = take_again;
  memory.MallocZeroPtr = take_zeros;
  memory.CallocPtr = take_array;
  memory.DupPtr = take_copy;
  context_.reset(cmsCreateContext(&memory, left_bytes_.get()));
  if (!context_) throw std::bad_alloc();
}

}  // namespace locket::codec
