// Text rules that every area shares: UTF-8, folding for search, splitting. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flead {

bool valid_utf8(std::string_view text);
// Every byte that is not part of valid UTF-8 becomes U+FFFD.
std::string repair_utf8(std::string_view text);
// Code points, not bytes. Text must be valid UTF-8.
std::size_t utf8_length(std::string_view text);
// The longest prefix of at most `characters_max` code points.
std::string_view utf8_prefix(std::string_view text, std::size_t characters_max);

// For matching and search: case folded for Latin, Greek and Cyrillic, accents dropped, "ё" as "е",
// white space runs as one space, ends trimmed. Stored in *_folded columns because SQLite folds only
// ASCII. Version 1: a change needs a migration that folds again.
std::string fold(std::string_view text);

std::string ascii_lower(std::string_view text);
std::string_view trim(std::string_view text);                           // ASCII white space
std::vector<std::string> split(std::string_view text, char separator);  // items trimmed, empty kept
std::string join(const std::vector<std::string>& items, std::string_view separator);
bool has_control_characters(std::string_view text);  // below U+0020 or U+007F; tab and newline too
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// "leed" against {"lead","list"}: the nearest by edit distance of at most 2, or "".
std::string nearest(std::string_view word, const std::vector<std::string>& choices);

// For logs and masked output: "+79160000001" is "+7916*****01", "ivan@example.ru"
// "i***@example.ru".
std::string mask_contact(std::string_view contact);

// Escapes & < > " ' for HTML text and quoted attributes.
std::string escape_html(std::string_view text);
// Everything but unreserved characters as %XX (RFC 3986 section 2.3).
std::string percent_encode(std::string_view text);
// Nothing is changed where a % is not followed by two hex digits. `plus_is_space`: form encoding.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace flead
