// Texts for people on pages, in Russian and English, as one table. Callers: page templates, where
// [[KEY]] is replaced once at load, and handlers that need a text of their own. A text is plain:
// it is escaped wherever it goes. Never holds anything of a tenant.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace flead::pages {

enum class Language { en, ru };

std::string_view language_name(Language language);  // "en" or "ru"
// "ru" is Russian, anything else English.
Language parse_language(std::string_view name);

struct TextRow {
  std::string_view key;  // "AREA.WORDS": booking.choose_time
  std::string_view ru;
  std::string_view en;
};

// Rows by area, one file each; every key has both languages (a test checks).
std::span<const TextRow> site_texts();     // texts_site.cpp: layout, errors, demo, thanks, legal
std::span<const TextRow> booking_texts();  // texts_booking.cpp: /b/ and /my/
std::span<const TextRow> host_texts();     // texts_host.cpp: /h/

std::optional<std::string_view> find_text(std::string_view key, Language language);
// An unknown key is a fault of ours and stops the program.
std::string_view text(std::string_view key, Language language);
// The same with {name} replaced; unknown names stay as they are.
std::string text_with(std::string_view key, Language language,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> values);

}  // namespace flead::pages
