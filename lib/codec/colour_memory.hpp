#pragma once

#include <lcms2.h>

#include <cstddef>
#include <memory>

namespace locket::codec {

/// A context of Little CMS whose memory is bounded: what asks for more is refused, as if there were none. One thread at
/// a time.
class ColourContext {
 public:
  /// Input: the most bytes that profiles, tables and transforms of this context may hold together; beyond that what
  /// needs them can not be made. Throws std::bad_alloc.
  explicit ColourContext(std::size_t bytes_max);

  /// What Little CMS knows it by. Lives as long as this.
  [[nodiscard]] cmsContext get() const noexcept { return context_.get(); }

 private:
  struct Deleter {
    /// Ends a context that nothing uses any longer. Never fails.
    void operator()(cmsContext context) const noexcept { cmsDeleteContext(context); }
  };

  std::unique_ptr<std::size_t> left_bytes_;  // at a place of its own, for the context refers to it and this may move
  std::unique_ptr<_cmsContext_struct, Deleter> context_;
};

}  // namespace locket::codec
