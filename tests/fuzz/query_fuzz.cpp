// The query of a URL, on the way that the front takes: out of a request line, then into pairs. The
// decoder is checked against a second one that is written to be read, not to be fast.
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string>

#include "core/base/form.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "fuzz/fuzz.h"
#include "serve/http/reader.h"

namespace flead::http {
namespace {

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

std::string decode_slowly(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      out += static_cast<char>(std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// Nothing where parse_form() has an error.
std::optional<FormPairs> parse_slowly(std::string_view text) {
  FormPairs pairs;
  std::string piece;
  const auto end_piece = [&] {
    if (piece.empty()) return true;
    const auto equals = piece.find('=');
    const std::string name = decode_slowly(piece.substr(0, equals));
    const std::string value =
        equals == std::string::npos ? "" : decode_slowly(piece.substr(equals + 1));
    piece.clear();
    for (const std::string& part : {name, value}) {
      if (!valid_utf8(part) || part.find('\0') != std::string::npos) return false;
    }
    pairs.emplace_back(name, value);
    return pairs.size() <= k_form_values_max;
  };
  for (const char c : text) {
    if (c != '&') {
      piece += c;
    } else if (!end_piece()) {
      return std::nullopt;
    }
  }
  if (!end_piece()) return std::nullopt;
  return pairs;
}

// Bytes that a request line has room for, and that end nothing in it.
bool is_target_text(std::string_view text) {
  return text.size() < k_target_bytes_max - 8 && text.find_first_of(" #") == std::string::npos &&
         !has_control_characters(text);
}

}  // namespace

FLEAD_FUZZ(query) {
  const auto pairs = parse_form(input);
  const auto wanted = parse_slowly(input);
  FLEAD_ASSERT(pairs.ok() == wanted.has_value());
  if (!pairs) {
    FLEAD_ASSERT(pairs.error().code == "bad_form" && pairs.error().kind == ErrorKind::usage);
  } else {
    FLEAD_ASSERT(*pairs == *wanted);
    std::string again;
    for (const auto& [name, value] : *pairs) {
      again += percent_encode(name) + "=" + percent_encode(value) + "&";
    }
    FLEAD_ASSERT(*parse_form(again) == *pairs);
  }

  Reader reader({});
  std::string bytes = "GET /p?";
  const auto state = reader.feed(bytes.append(input).append(" HTTP/1.1\r\nHost: h\r\n\r\n"));
  if (!is_target_text(input)) return;
  FLEAD_ASSERT(state == Reader::State::complete);
  const Reader::Message message = reader.take();
  FLEAD_ASSERT(message.head.path == "/p" && message.head.query == input);
}

}  // namespace flead::http
