// QR codes: a text, in practice a link, that a phone's camera reads off a screen. Callers:
// `flead channel link --qr` and the pages that show start links. The encoder is libqrencode, behind
// qr.cpp alone. Pure: one text gives one picture.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace flead {

// Bytes of a text. The standard goes on to 2,331 at this level of correction; a picture of so many
// dots is read by no camera off a screen.
inline constexpr std::size_t k_qr_bytes_max = 1000;
// Light dots around the code, without which a camera does not find it (ISO/IEC 18004 section 9.1).
inline constexpr int k_qr_quiet_zone = 4;

// The dark dots as the `d` of one SVG path in a square of `side` by `side`, the quiet zone
// included. Digits, spaces, minus signs and the letters M, h, v and z: safe in any attribute.
struct QrPath {
  int side = 0;
  std::string path;
};

// All three: errors qr_text_empty, qr_text_too_long (refused).
Result<QrPath> qr_path(std::string_view text);
// A whole <svg>, the dots in currentColor on nothing.
Result<std::string> qr_svg(std::string_view text);
// For a terminal: a line for two rows of dots, in half blocks. The light dots are the ink, since
// most terminals are dark; cameras read it on light ones too.
Result<std::string> qr_text(std::string_view text);

}  // namespace flead
