#include "core/intake/consents.h"

#include <algorithm>
#include <array>

namespace flead::intake {
namespace {

// Kinds of channels that reach a person. A kind that is new has to be added here, which a test
// holds against the table of providers.
constexpr std::array<std::string_view, 7> k_kinds = {"email", "sms",      "telegram", "vk",
                                                     "max",   "whatsapp", "instagram"};
constexpr std::string_view k_of_a_kind = "marketing.";

}  // namespace

bool is_purpose(std::string_view purpose) {
  if (purpose == "processing" || purpose == "marketing") return true;
  return purpose.starts_with(k_of_a_kind) &&
         std::find(k_kinds.begin(), k_kinds.end(), purpose.substr(k_of_a_kind.size())) !=
             k_kinds.end();
}

std::string purposes_text() {
  std::string out = "processing, marketing";
  for (const std::string_view kind : k_kinds) {
    out += ", " + std::string(k_of_a_kind) + std::string(kind);
  }
  return out;
}

void take_word(Advertising& said, std::string_view kind, bool granted) {
  if (kind.empty()) {
    said.everywhere = granted;
    said.kinds.clear();
    return;
  }
  for (auto& [known, agreed] : said.kinds) {
    if (known != kind) continue;
    agreed = granted;
    return;
  }
  said.kinds.emplace_back(kind, granted);
}

bool agrees(const Advertising& said, std::string_view kind) {
  for (const auto& [known, agreed] : said.kinds) {
    if (known == kind) return agreed;
  }
  return said.everywhere;
}

bool agrees_anywhere(const Advertising& said) {
  return said.everywhere || std::any_of(said.kinds.begin(), said.kinds.end(),
                                        [](const auto& one) { return one.second; });
}

}  // namespace flead::intake
