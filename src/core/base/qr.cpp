// The fence around libqrencode: no other file includes it.
#include "core/base/qr.h"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <qrencode.h>

namespace flead {
namespace {

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// Dots by their place in the whole square; light outside of the code.
class Dots {
 public:
  explicit Dots(std::unique_ptr<QRcode, FreeCode> code) : code_(std::move(code)) {}

  int side() const { return code_->width + 2 * k_qr_quiet_zone; }
  bool dark(int x, int y) const {
    const int column = x - k_qr_quiet_zone;
    const int row = y - k_qr_quiet_zone;
    if (column < 0 || row < 0 || column >= code_->width || row >= code_->width) return false;
    return (code_->data[row * code_->width + column] & 1U) != 0;
  }

 private:
  std::unique_ptr<QRcode, FreeCode> code_;
};

// Level M mends 15 % of the dots: enough for a screen, where nothing is torn or dirty.
Result<Dots> encode(std::string_view text) {
  if (text.empty()) return refused("qr_text_empty", "An empty text has no QR code");
  if (text.size() > k_qr_bytes_max) {
    return refused("qr_text_too_long",
                   fmt::format("A QR code holds at most {} bytes here", k_qr_bytes_max));
  }
  // The version, and with it the size, is the smallest that holds the text.
  std::unique_ptr<QRcode, FreeCode> code(
      QRcode_encodeData(static_cast<int>(text.size()),
                        reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
  if (code == nullptr) return internal_error("no QR code was made");  // no memory is left
  return Dots(std::move(code));
}

}  // namespace

Result<QrPath> qr_path(std::string_view text) {
  FLEAD_TRY(const Dots dots, encode(text));
  QrPath out;
  out.side = dots.side();
  for (int y = 0; y < out.side; ++y) {
    for (int x = 0; x < out.side; ++x) {
      if (!dots.dark(x, y)) continue;
      // Dots side by side are one box: a quarter of the bytes.
      const int start = x;
      while (dots.dark(x + 1, y)) ++x;
      const int length = x + 1 - start;
      out.path += fmt::format("M{} {}h{}v1h-{}z", start, y, length, length);
    }
  }
  return out;
}

Result<std::string> qr_svg(std::string_view text) {
  FLEAD_TRY(const QrPath code, qr_path(text));
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" shape-rendering="crispEdges">)"
      R"(<path fill="currentColor" d="{1}"/></svg>)",
      code.side, code.path);
}

Result<std::string> qr_text(std::string_view text) {
  FLEAD_TRY(const Dots dots, encode(text));
  const int side = dots.side();
  std::string out;
  for (int y = 0; y < side; y += 2) {
    for (int x = 0; x < side; ++x) {
      const bool upper = !dots.dark(x, y);
      // The side is odd, so the last line has no lower half.
      const bool lower = y + 1 < side && !dots.dark(x, y + 1);
      if (upper && lower) out += "█";
      if (upper && !lower) out += "▀";
      if (!upper && lower) out += "▄";
      if (!upper && !lower) out += ' ';
    }
    out += '\n';
  }
  return out;
}

}  // namespace flead
