#include "serve/pages/texts.h"

#include "core/base/assert.h"
#include "core/base/text.h"

namespace flead::pages {

std::string_view language_name(Language language) {
  return language == Language::ru ? "ru" : "en";
}

Language parse_language(std::string_view name) {
  return name == "ru" ? Language::ru : Language::en;
}

std::optional<std::string_view> find_text(std::string_view key, Language language) {
  for (const auto rows : {site_texts(), booking_texts(), host_texts()}) {
    for (const TextRow& row : rows) {
      if (row.key == key) return language == Language::ru ? row.ru : row.en;
    }
  }
  return std::nullopt;
}

std::string_view text(std::string_view key, Language language) {
  const auto found = find_text(key, language);
  FLEAD_ASSERT(found.has_value());
  return *found;
}

std::string text_with(std::string_view key, Language language,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string out;
  std::string_view rest = text(key, language);
  while (!rest.empty()) {  // one pass, so a value that looks like {name} stays what it is
    const std::size_t open = rest.find('{');
    const std::size_t close = open == rest.npos ? rest.npos : rest.find('}', open);
    out += rest.substr(0, open);
    if (open == rest.npos) break;
    if (close == rest.npos) {
      out += rest.substr(open);
      break;
    }
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    std::string_view value = rest.substr(open, close - open + 1);
    for (const auto& [known, replacement] : values) {
      if (known == name) value = replacement;
    }
    out += value;
    rest.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace flead::pages
