#include "core/channels/sms_text.h"

#include <cstddef>
#include <string>

#include "core/base/text.h"

namespace flead::channels {

namespace {

constexpr std::u32string_view k_gsm_basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view k_gsm_extended = U"^{}[]~\\|€\f";

// 1 or 2 septets; 0: not in GSM-7.
int gsm_septets(char32_t c) {
  if (k_gsm_basic.find(c) != std::u32string_view::npos) return 1;
  return k_gsm_extended.find(c) != std::u32string_view::npos ? 2 : 0;
}

// Text is valid UTF-8.
std::u32string sms_code_points(std::string_view text) {
  std::u32string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    auto c = static_cast<char32_t>(more == 0 ? lead : lead & (0x3f >> more));
    for (int i = 1; i <= more; ++i) {
      c = (c << 6) | (static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]) & 0x3f);
    }
    out += c;
    at += static_cast<std::size_t>(more) + 1;
  }
  return out;
}

}  // namespace

SmsLength sms_length(std::string_view text) {
  const std::u32string characters = sms_code_points(repair_utf8(text));
  SmsLength out;
  for (const char32_t c : characters) out.unicode = out.unicode || gsm_septets(c) == 0;
  const std::int64_t alone = out.unicode ? 70 : 160;
  const std::int64_t joined = out.unicode ? 67 : 153;
  std::int64_t in_segment = 0;
  std::int64_t segments = characters.empty() ? 0 : 1;
  for (const char32_t c : characters) {
    const int cost = out.unicode ? (c > 0xffff ? 2 : 1) : gsm_septets(c);
    out.units += cost;
    if (in_segment + cost > joined) {
      ++segments;
      in_segment = 0;
    }
    in_segment += cost;
  }
  out.segments = out.units <= alone && segments > 1 ? 1 : segments;
  return out;
}

}  // namespace flead::channels
