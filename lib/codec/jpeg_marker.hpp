#pragma once

#include <cstdint>

namespace locket::codec {

/// The second byte of a JPEG marker (ITU-T T.81, table B.1).
enum Marker : std::uint8_t {
  sof0 = 0xC0,
  sof1 = 0xC1,
  sof2 = 0xC2,
  dht = 0xC4,
  jpg = 0xC8,
  sof9 = 0xC9,
  sof10 = 0xCA,
  dac = 0xCC,
  sof15 = 0xCF,
  rst0 = 0xD0,
  rst7 = 0xD7,
  soi = 0xD8,
  eoi = 0xD9,
  sos = 0xDA,
  dqt = 0xDB,
  dri = 0xDD,
  dhp = 0xDE,
  exp_segment = 0xDF,
  app0 = 0xE0,
  app1 = 0xE1,
  app2 = 0xE2,
  app14 = 0xEE,
  app15 = 0xEF,
  jpg0 = 0xF0,
  jpg13 = 0xFD,
  comment = 0xFE,
  tem = 0x01,
};

}  // namespace locket::codec
