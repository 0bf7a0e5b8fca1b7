#include "core/base/form.h"

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead {
namespace {

bool is_form_text(const std::string& text) {
  return valid_utf8(text) && text.find('\0') == std::string::npos;
}

}  // namespace

Result<FormPairs> parse_form(std::string_view text) {
  FormPairs pairs;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view piece = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (piece.empty()) continue;
    if (pairs.size() == k_form_values_max) {
      return usage_error("bad_form", "The form or query has too many values.");
    }
    const auto equals = piece.find('=');
    std::string name = percent_decode(piece.substr(0, equals), true);
    std::string value = equals == std::string_view::npos
                            ? std::string()
                            : percent_decode(piece.substr(equals + 1), true);
    if (!is_form_text(name) || !is_form_text(value)) {
      return usage_error("bad_form", "The form or query is not text in UTF-8.");
    }
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

std::optional<std::string> form_value(const FormPairs& pairs, std::string_view name) {
  for (const auto& pair : pairs) {
    if (pair.first == name) return pair.second;
  }
  return std::nullopt;
}

}  // namespace flead
