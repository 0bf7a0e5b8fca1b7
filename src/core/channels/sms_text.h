// How long a text is for the mobile network: the alphabet it needs and the segments it is paid by.
// Callers: sms.cpp (cap and price), `template render`. Pure.
// Source: 3GPP TS 23.038 section 6.2.1, 23.040 section 9.2.3.24 (read 2026-11-21).
#pragma once

#include <cstdint>
#include <string_view>

namespace flead::channels {

struct SmsLength {
  bool unicode = false;       // UCS-2: a single letter outside GSM-7 is enough
  std::int64_t units = 0;     // septets of GSM-7, or UTF-16 units
  std::int64_t segments = 0;  // 0 for an empty text
};

// 160 septets or 70 units alone; 153 or 67 each when joined. A character never spans two segments.
SmsLength sms_length(std::string_view text);

}  // namespace flead::channels
