#include "core/base/text.h"

#include <algorithm>
#include <cstdint>

#include "core/base/utf8.h"

namespace flead {
namespace {

constexpr std::string_view k_ascii_space = " \t\r\n\f\v";

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_ascii_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The first byte at or after `at` where no valid sequence begins; `end` when there is none.
const char* first_bad_utf8(const char* at, const char* end) {
  while (at != end) {
    if (end - at >= 8 && utf8::ascii_word(at)) {
      at += 8;
      continue;
    }
    do {
      const auto size = utf8::step(at, end).size;
      if (size == 0) return at;
      at += size;
    } while (at != end && (*at & 0x80) != 0);
  }
  return end;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

bool valid_utf8(std::string_view text) {
  const char* const end = text.data() + text.size();
  return first_bad_utf8(text.data(), end) == end;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const bad = first_bad_utf8(at, end);
    out.append(at, bad);
    at = bad;
    if (at != end) {
      out += utf8::k_replacement;
      ++at;
    }
  }
  return out;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string_view utf8_prefix(std::string_view text, std::size_t characters_max) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; at != end && characters_max > 0; --characters_max) {
    at += std::max<std::size_t>(utf8::step(at, end).size, 1);
  }
  return text.substr(0, static_cast<std::size_t>(at - text.data()));
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(k_ascii_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(k_ascii_space) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> items;
  for (;;) {
    const auto at = text.find(separator);
    items.emplace_back(trim(text.substr(0, at)));
    if (at == std::string_view::npos) return items;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& items, std::string_view separator) {
  std::string out;
  for (const std::string& item : items) {
    if (&item != items.data()) out += separator;
    out += item;
  }
  return out;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::string(text);
  std::string out;
  for (;;) {
    const auto at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

std::string nearest(std::string_view word, const std::vector<std::string>& choices) {
  constexpr std::size_t k_distance_max = 2;
  constexpr std::size_t k_word_bytes_max = 64;  // no name of ours is longer
  if (word.size() > k_word_bytes_max) return {};
  // A word of one or two letters must keep one of them, or every short choice would be near.
  std::size_t best = std::min(k_distance_max + 1, word.size());
  std::string found;
  for (const auto& choice : choices) {
    if (choice.size() > word.size() + k_distance_max) continue;
    const auto distance = edit_distance(word, choice);
    if (distance < best) {
      best = distance;
      found = choice;
    }
  }
  return found;
}

std::string mask_contact(std::string_view contact) {
  const auto at = contact.rfind('@');
  if (at != std::string_view::npos && at > 0) {
    return std::string(utf8_prefix(contact, 1)) + "***" + std::string(contact.substr(at));
  }
  const bool phone = !contact.empty() && (contact[0] == '+' || is_ascii_digit(contact[0])) &&
                     contact.find_first_not_of("+0123456789 -()") == std::string_view::npos;
  if (!phone) return std::string(utf8_prefix(contact, 1)) + "***";
  constexpr std::size_t k_shown_first = 5;
  constexpr std::size_t k_shown_last = 2;
  constexpr std::size_t k_hidden_min = 4;
  if (contact.size() < k_shown_first + k_hidden_min + k_shown_last) {
    return std::string(contact.substr(0, 2)) + "***";
  }
  std::string out(contact.substr(0, k_shown_first));
  out.append(contact.size() - k_shown_first - k_shown_last, '*');
  out += contact.substr(contact.size() - k_shown_last);
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr char k_hex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += k_hex[byte >> 4];
      out += k_hex[byte & 15];
    }
  }
  return out;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += plus_is_space && text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

}  // namespace flead
