#include "core/intake/lead.h"
#include "core/intake/consents.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/base/limits.h"
#include "core/base/phone.h"
#include "core/base/text.h"
#include "core/base/zone.h"
#include "core/intake/lead_rules.h"

namespace flead::intake {

namespace {

constexpr std::size_t k_email_local_bytes_max = 64;   // RFC 5321 section 4.5.3.1.1
constexpr std::size_t k_domain_label_bytes_max = 63;  // RFC 1035 section 2.3.4
constexpr std::size_t k_domain_bytes_max = 255;

struct TextRule {
  std::string NewLead::*member;
  std::string_view field;
  std::size_t characters_max;
};
// What a person typed into one line.
constexpr std::array k_line_rules = {
    TextRule{&NewLead::name, "name", k_name_characters_max},
    TextRule{&NewLead::phone, "phone", k_phone_characters_max},
    TextRule{&NewLead::email, "email", k_email_characters_max},
    TextRule{&NewLead::telegram, "telegram", k_handle_characters_max},
    TextRule{&NewLead::vk, "vk", k_handle_characters_max},
    TextRule{&NewLead::whatsapp, "whatsapp", k_handle_characters_max},
    TextRule{&NewLead::max, "max", k_handle_characters_max},
    TextRule{&NewLead::page_url, "page_url", k_url_characters_max},
    TextRule{&NewLead::referrer, "referrer", k_url_characters_max},
    TextRule{&NewLead::consent_version, "consent.version", k_consent_version_characters_max},
};
struct UtmRule {
  std::string Utm::*member;
  std::string_view field;
};
constexpr std::array k_utm_rules = {
    UtmRule{&Utm::source, "utm.source"},     UtmRule{&Utm::medium, "utm.medium"},
    UtmRule{&Utm::campaign, "utm.campaign"}, UtmRule{&Utm::term, "utm.term"},
    UtmRule{&Utm::content, "utm.content"},
};
constexpr std::array k_handle_members = {&NewLead::telegram, &NewLead::vk, &NewLead::whatsapp,
                                         &NewLead::max};

bool is_break(char c) {
  return c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

bool is_label_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-';
}

bool is_local_character(char c) {
  constexpr std::string_view k_atext = "!#$%&'*+-/=?^_`{|}~";
  return is_label_character(c) || k_atext.find(c) != std::string_view::npos;
}

bool valid_email_local(std::string_view local) {
  if (local.empty() || local.size() > k_email_local_bytes_max) return false;
  if (local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(),
                     [](char c) { return c == '.' || is_local_character(c); });
}

bool valid_email_domain(std::string_view domain) {
  if (domain.size() > k_domain_bytes_max) return false;
  std::size_t labels = 0;
  std::string_view label;
  while (true) {
    const std::size_t dot = domain.find('.');
    label = domain.substr(0, dot);
    ++labels;
    if (label.empty() || label.size() > k_domain_label_bytes_max || label.front() == '-' ||
        label.back() == '-' || !std::all_of(label.begin(), label.end(), is_label_character)) {
      return false;
    }
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  // "user@10.0.0.1" is a machine, not a domain.
  const bool digits =
      std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
  return labels >= 2 && !digits;
}

// "https://t.me/ivan/?start=1" without all but "ivan"; what is no such address stays.
std::string_view without_handle_host(std::string_view typed) {
  constexpr std::array<std::string_view, 2> k_schemes = {"https://", "http://"};
  constexpr std::array<std::string_view, 9> k_hosts = {
      "t.me/",     "telegram.me/", "vk.com/",
      "m.vk.com/", "vk.ru/",       "wa.me/",
      "max.ru/",   "www.vk.com/",  "api.whatsapp.com/send?phone="};
  const std::string lower = ascii_lower(typed);
  std::size_t skip = 0;
  for (const auto scheme : k_schemes) {
    if (lower.starts_with(scheme)) skip = scheme.size();
  }
  const std::string_view address = std::string_view(lower).substr(skip);
  const auto host = std::find_if(k_hosts.begin(), k_hosts.end(),
                                 [&](std::string_view h) { return address.starts_with(h); });
  if (host == k_hosts.end()) return typed;
  typed.remove_prefix(skip + host->size());
  typed = typed.substr(0, typed.find_first_of("?#&"));
  while (typed.ends_with('/')) typed.remove_suffix(1);
  return typed;
}

}  // namespace

bool valid_email(std::string_view email) {
  if (!valid_utf8(email) || has_control_characters(email)) return false;
  const std::size_t at = email.rfind('@');
  if (at == std::string_view::npos) return false;
  return valid_email_local(email.substr(0, at)) && valid_email_domain(email.substr(at + 1));
}

std::string normalize_handle(std::string_view typed) {
  // Each turn takes one wrapping off; a wrapped wrapping ends bare too.
  for (std::size_t before = typed.size() + 1; before != typed.size();) {
    before = typed.size();
    typed = trim(typed);
    while (typed.starts_with('@')) typed.remove_prefix(1);
    typed = without_handle_host(typed);
  }
  return std::string(typed);
}

void clean_line(std::string& text, std::string_view field, std::size_t characters_max,
                std::vector<FieldError>& errors) {
  if (text.empty()) return;
  if (!valid_utf8(text)) {
    errors.push_back({std::string(field), "characters_invalid", "This is not valid text."});
    text.clear();
    return;
  }
  std::replace_if(text.begin(), text.end(), is_break, ' ');  // pasted tabs and line ends
  const std::string_view kept = trim(text);
  if (kept.size() != text.size()) text = std::string(kept);
  if (has_control_characters(text)) {
    errors.push_back(
        {std::string(field), "characters_invalid", "Control characters are not allowed here."});
  } else if (text.size() > characters_max && utf8_length(text) > characters_max) {
    errors.push_back({std::string(field), "too_long",
                      "At most " + std::to_string(characters_max) + " characters."});
  }
}

void clean_message(std::string& text, std::string_view field, std::vector<FieldError>& errors) {
  if (!valid_utf8(text) || text.find('\0') != std::string::npos) {
    errors.push_back({std::string(field), "characters_invalid", "This is not valid text."});
    text.clear();
  } else if (text.size() > k_message_characters_max &&
             utf8_length(text) > k_message_characters_max) {
    errors.push_back({std::string(field), "too_long",
                      "At most " + std::to_string(k_message_characters_max) + " characters."});
  }
}

void check_custom(const Json& custom, std::vector<FieldError>& errors) {
  const auto refuse = [&](std::string message) {
    errors.push_back({"custom", "custom_invalid", std::move(message)});
  };
  if (!custom.is_object()) return refuse("An object of texts, numbers and flags is expected.");
  if (custom.members().empty()) return;
  if (custom.members().size() > k_custom_values_max) {
    return refuse("At most " + std::to_string(k_custom_values_max) + " values.");
  }
  for (const auto& [key, value] : custom.members()) {
    if (key.empty() || has_control_characters(key)) return refuse("A key is empty or not text.");
    if (value.is_null() || value.is_object() || value.is_array()) {
      return refuse("Values are texts, numbers or flags.");
    }
    if (value.is_text() && value.text()->find('\0') != std::string::npos) {
      return refuse("A value is not valid text.");
    }
  }
  if (custom.dump().size() > k_custom_bytes_max) {
    return refuse("At most " + std::to_string(k_custom_bytes_max) + " bytes together.");
  }
}

void check_tags(std::vector<std::string>& tags, std::vector<FieldError>& errors) {
  for (std::string& tag : tags) {
    tag = trim(tag);
    if (tag.empty() || !valid_utf8(tag) || utf8_length(tag) > k_tag_characters_max ||
        has_control_characters(tag) || tag.find(',') != std::string::npos) {
      errors.push_back({"tags", "tag_invalid",
                        "A tag is 1 to " + std::to_string(k_tag_characters_max) +
                            " characters without commas."});
      return;
    }
  }
}

Error refused_fields(std::vector<FieldError> errors) {
  FLEAD_ASSERT(!errors.empty());
  // One wrong field speaks for itself; several are listed.
  Error error = refused(errors.front().code, errors.front().field + ": " + errors.front().message);
  if (errors.size() > 1) error.message += " (and " + std::to_string(errors.size() - 1) + " more)";
  error.fields = std::move(errors);
  return error;
}

void clean_texts(NewLead& input, std::vector<FieldError>& errors) {
  for (const auto member : k_handle_members) {
    std::string& handle = input.*member;
    if (!handle.empty()) handle = normalize_handle(handle);
  }
  for (const auto& rule : k_line_rules) {
    clean_line(input.*rule.member, rule.field, rule.characters_max, errors);
  }
  clean_message(input.message, "message", errors);
  for (const auto& rule : k_utm_rules) {
    clean_line(input.utm.*rule.member, rule.field, k_url_characters_max, errors);
  }
  if (!input.channel.empty()) {
    input.channel = ascii_lower(trim(input.channel));
    const auto& kinds = channel_kinds();
    if (!input.channel.empty() &&
        std::find(kinds.begin(), kinds.end(), input.channel) == kinds.end()) {
      errors.push_back({"channel", "channel_unknown", "No such kind of channel."});
    }
  }
  check_custom(input.custom, errors);
}

namespace {

bool has_error(const std::vector<FieldError>& errors, std::string_view field) {
  return std::any_of(errors.begin(), errors.end(),
                     [&](const FieldError& error) { return error.field == field; });
}

void check_consent(NewLead& input, bool required, std::vector<FieldError>& errors) {
  auto& purposes = input.consent_purposes;
  for (std::string& purpose : purposes) purpose = ascii_lower(trim(purpose));
  std::sort(purposes.begin(), purposes.end(), std::greater<>());  // processing before marketing
  purposes.erase(std::unique(purposes.begin(), purposes.end()), purposes.end());
  std::erase(purposes, "");
  bool processing = false;
  for (const std::string& purpose : purposes) {
    processing = processing || purpose == "processing";
    if (!is_purpose(purpose)) {
      errors.push_back(
          {"consent.purposes", "purpose_unknown", "The purposes are " + purposes_text() + "."});
      return;
    }
  }
  if (required && !processing) {
    errors.push_back(
        {"consent", "consent_required", "Consent to the processing of personal data is needed."});
  }
}

// Wishes about language and zone are hints: what we do not know falls back, nobody is refused.
void choose_language_and_zone(NewLead& input, const tenants::Tenant& tenant) {
  const std::string locale = ascii_lower(trim(input.locale)).substr(0, 2);
  input.locale = locale == "ru" || locale == "en" ? locale : tenant.locale;
  if (input.zone.empty()) return;
  const auto zone = Zone::load(trim(input.zone));
  input.zone = zone ? zone->name() : std::string();
}

}  // namespace

Status check_contacts(CheckedLead& checked, std::string_view region,
                      std::vector<FieldError>& errors) {
  NewLead& input = checked.input;
  if (!input.phone.empty() && !has_error(errors, "phone")) {
    auto phone = parse_phone(input.phone, region);
    if (phone) {
      checked.phone = std::move(phone->e164);
      checked.phone_unknown_range = !phone->valid;
    } else if (phone.error().kind == ErrorKind::refused) {
      errors.push_back({"phone", "phone_invalid", "This is not a phone number."});
    } else {
      return std::move(phone).error();
    }
  }
  if (!input.email.empty() && !has_error(errors, "email")) {
    if (valid_email(input.email)) {
      checked.email_folded = fold_email(input.email);
    } else {
      errors.push_back({"email", "email_invalid", "This is not an e-mail address."});
    }
  }
  return {};
}

Result<CheckedLead> check_new_lead(const tenants::Tenant& tenant, const Rules& rules,
                                   const NewLead& input, const Origin& origin) {
  CheckedLead checked;
  checked.input = input;
  NewLead& lead = checked.input;
  std::vector<FieldError> errors;
  clean_texts(lead, errors);
  FLEAD_CHECK(check_contacts(checked, tenant.region, errors));
  if (lead.phone.empty() && lead.email.empty() && lead.telegram.empty() && lead.vk.empty() &&
      lead.whatsapp.empty() && lead.max.empty() && !has_error(errors, "phone") &&
      !has_error(errors, "email")) {
    errors.push_back(
        {"contact", "contact_required", "A phone, an e-mail or a messenger contact is needed."});
  }
  check_consent(lead, rules.consent_required && !origin.vouched, errors);
  if (!errors.empty()) return refused_fields(std::move(errors));
  choose_language_and_zone(lead, tenant);
  return checked;
}

}  // namespace flead::intake
