// The parts of csv.h without a state: letters, and cells as they are written.
#include <array>
#include <cstring>

#include "core/base/csv.h"
#include "core/base/utf8.h"

namespace flead {
namespace {

// U+0000: the byte has no meaning. Bytes 0xC0 to 0xFF are А to я.
constexpr std::array<char16_t, 64> k_windows1251_upper = {
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409,
    0x2039, 0x040A, 0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x0000, 0x2122, 0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0,
    0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6, 0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB,
    0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456, 0x0491, 0x00B5, 0x00B6,
    0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457};

// Whether `text`, which is no valid character, is the beginning of one.
bool is_cut_character(std::string_view text) {
  if (text.empty() || text.size() > 3) return false;
  // It is, if some continuation makes it valid; the second byte's range is what differs.
  for (const char second : {'\x80', '\x90', '\xA0', '\xBF'}) {
    std::string whole(text);
    if (whole.size() == 1) whole += second;
    while (whole.size() < 4) whole += '\x80';
    if (utf8::step(whole.data(), whole.data() + whole.size()).size > text.size()) return true;
  }
  return false;
}

constexpr std::uint64_t csv_every_byte(char byte) {
  return 0x0101010101010101ULL * static_cast<unsigned char>(byte);
}

// Not zero when one of the 8 bytes of `word` is the byte that `every_byte` repeats.
inline std::uint64_t csv_holds(std::uint64_t word, std::uint64_t every_byte) {
  const std::uint64_t difference = word ^ every_byte;
  return (difference - csv_every_byte(1)) & ~difference & csv_every_byte('\x80');
}

// Whether `text` holds a special byte: asks `word_test` for 8 bytes at a time (not 0: yes), and
// `is_special` for the last few.
template <class WordTest, class ByteTest>
bool any_special(std::string_view text, WordTest word_test, ByteTest is_special) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if (word_test(word) != 0) return true;
  }
  for (; at != end; ++at) {
    if (is_special(*at)) return true;
  }
  return false;
}

bool begins_formula(std::string_view cell) {
  if (cell.empty()) return false;
  switch (cell.front()) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r':
      return true;
    default:
      return false;
  }
}

}  // namespace

void CharsetDetector::feed(std::string_view chunk) {
  if (start_.size() < 3) start_ += chunk.substr(0, 3 - start_.size());
  if (!zero_bytes_) zero_bytes_ = chunk.find('\0') != std::string_view::npos;
  if (bad_utf8_) return;
  // The character that the last chunk began is finished first.
  std::string joined;
  if (!tail_.empty()) {
    joined = tail_ + std::string(chunk.substr(0, 4));
    const auto size = utf8::step(joined.data(), joined.data() + joined.size()).size;
    if (size == 0) {
      if (joined.size() < 4 && is_cut_character(joined)) {
        tail_ = joined;
      } else {
        bad_utf8_ = true;
      }
      return;
    }
    many_byte_characters_ = true;
    chunk.remove_prefix(size - tail_.size());
    tail_.clear();
  }
  const char* at = chunk.data();
  const char* const end = at + chunk.size();
  while (at != end) {
    if (end - at >= 8 && utf8::ascii_word(at)) {
      at += 8;
      continue;
    }
    const auto size = utf8::step(at, end).size;
    if (size == 0) {
      tail_.assign(at, end);
      if (!is_cut_character(tail_)) bad_utf8_ = true;
      return;
    }
    if (size > 1) many_byte_characters_ = true;
    at += size;
  }
}

Charset CharsetDetector::charset() const {
  if (zero_bytes_) return Charset::not_text;
  if (start_ == "\xEF\xBB\xBF") return Charset::utf8;
  // A lone letter at the end of a file of ASCII is a letter; after others, it is a cut one.
  const bool cut = !tail_.empty() && !many_byte_characters_;
  return bad_utf8_ || cut ? Charset::windows1251 : Charset::utf8;
}

void append_windows1251(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else if (byte >= 0xC0) {
      utf8::append(out, 0x410U + byte - 0xC0U);
    } else if (const char32_t code = k_windows1251_upper[byte - 0x80U]; code != 0) {
      utf8::append(out, code);
    } else {
      out += utf8::k_replacement;
    }
  }
}

void append_csv_cell(std::string& out, std::string_view cell, char delimiter) {
  const std::uint64_t delimiters = csv_every_byte(delimiter);
  const bool quoted = any_special(
      cell,
      [delimiters](std::uint64_t word) {
        return csv_holds(word, delimiters) | csv_holds(word, csv_every_byte('"')) |
               csv_holds(word, csv_every_byte('\n')) | csv_holds(word, csv_every_byte('\r'));
      },
      [delimiter](char c) { return c == delimiter || c == '"' || c == '\n' || c == '\r'; });
  if (!quoted) {
    if (begins_formula(cell)) out += '\'';
    out += cell;
    return;
  }
  out += '"';
  if (begins_formula(cell)) out += '\'';
  for (auto quote = cell.find('"'); quote != std::string_view::npos; quote = cell.find('"')) {
    out += cell.substr(0, quote + 1);
    out += '"';
    cell.remove_prefix(quote + 1);
  }
  out += cell;
  out += '"';
}

std::string_view without_formula_guard(std::string_view cell) {
  const bool guarded = cell.size() >= 2 && cell.front() == '\'' && begins_formula(cell.substr(1));
  return guarded ? cell.substr(1) : cell;
}

void append_tsv_cell(std::string& out, std::string_view cell) {
  const auto is_special = [](char c) { return c == '\t' || c == '\n' || c == '\r' || c == '\\'; };
  const bool escaped = any_special(
      cell,
      [](std::uint64_t word) {
        return csv_holds(word, csv_every_byte('\t')) | csv_holds(word, csv_every_byte('\n')) |
               csv_holds(word, csv_every_byte('\r')) | csv_holds(word, csv_every_byte('\\'));
      },
      is_special);
  if (!escaped) {
    out += cell;
    return;
  }
  for (const char c : cell) {
    if (!is_special(c)) {
      out += c;
      continue;
    }
    out += '\\';
    out += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\';
  }
}

}  // namespace flead
