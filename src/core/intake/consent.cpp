#include "core/intake/consent.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "core/law/legal.h"

namespace flead::intake {

namespace {

using leads_store::ConsentText;

std::optional<std::int64_t> parse_version(std::string_view text) {
  std::int64_t version = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, version);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return version;
}

ConsentText named(const law::Evidence& text) {
  return {std::to_string(text.version), text.body_hash};
}

}  // namespace

Result<ConsentText> consent_text(store::Tx& tx, const TenantId& tenant, std::string_view purpose,
                                 std::string_view version, std::string_view locale) {
  const std::string_view doc = law::doc_of_purpose(purpose);
  const std::array<std::string_view, 2> langs = {locale, locale == "ru" ? "en" : "ru"};
  if (const auto number = parse_version(version)) {
    for (const std::string_view lang : langs) {
      FLEAD_TRY(const auto text, law::evidence(tx, tenant, doc, lang, *number));
      if (text) return named(*text);
    }
  }
  for (const std::string_view lang : langs) {
    FLEAD_TRY(const auto text, law::evidence(tx, tenant, doc, lang, std::nullopt));
    if (!text) continue;
    if (version.empty() || purpose != "processing") return named(*text);
    return refused_field("consent.version", "consent_version_unknown",
                         "No published text has this version.");
  }
  return ConsentText{std::string(version), ""};
}

}  // namespace flead::intake
