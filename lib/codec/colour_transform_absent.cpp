#include "codec/icc_profile.hpp"

namespace locket::codec {

// A build without Little CMS can use no profile; each one is ignored and told.
std::unique_ptr<ColourTransform> make_colour_transform(BytesView, ProfileInput) { return nullptr; }
std::unique_ptr<ColourTransform> make_deep_colour_transform(BytesView, ProfileInput) { return nullptr; }

}  // namespace locket::codec
