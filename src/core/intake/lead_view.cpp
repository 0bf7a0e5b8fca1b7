// How a lead is found and shown: queries, JSON, links. Pure.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/phone.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/intake/lead.h"
#include "core/intake/lead_rules.h"

namespace flead::intake {

namespace {

constexpr std::string_view k_after_any_text = "\xf4\x8f\xbf\xbf";  // U+10FFFF sorts last
constexpr std::size_t k_phone_query_digits_min = 7;

Json json_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json json_time(const std::optional<TimeMs>& time) {
  return time ? Json(format_time(*time)) : Json();
}

bool is_phone_writing(std::string_view text) {
  return text.find_first_not_of("+0123456789 ()-./") == std::string_view::npos;
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

// Lower case of one code point of two bytes, by its bytes; enough for addresses in Latin-1, Greek
// and Cyrillic. Capitals elsewhere stay: another spelling is then another address, never a lost
// one.
std::uint32_t lower_code_point(std::uint32_t c) {
  if (c >= 0x410 && c <= 0x42f) return c + 0x20;                // А-Я
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;                // Ѐ-Џ with Ё
  if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 0x20;     // À-Þ
  if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) return c + 0x20;  // Α-Ω
  if ((c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f)) {
    return c | 1;  // pairs: capital even, small odd
  }
  return c;
}

}  // namespace

bool is_status(std::string_view text) {
  const auto& all = statuses();
  return std::find(all.begin(), all.end(), text) != all.end();
}

const std::vector<std::string>& statuses() {
  static const std::vector<std::string> all = {"new", "contacted", "replied", "booked",
                                               "won", "lost",      "suspect"};
  return all;
}

const std::vector<std::string>& channel_kinds() {
  static const std::vector<std::string> all = {"email", "sms", "phone",    "telegram",
                                               "vk",    "max", "whatsapp", "file"};
  return all;
}

std::string fold_email(std::string_view email) {
  std::string folded = ascii_lower(trim(email));
  for (std::size_t i = 0; i + 1 < folded.size(); ++i) {
    const auto lead = static_cast<unsigned char>(folded[i]);
    if (lead < 0xc0 || lead > 0xdf) continue;
    const auto next = static_cast<unsigned char>(folded[i + 1]);
    const std::uint32_t lower = lower_code_point((lead & 0x1fU) << 6U | (next & 0x3fU));
    folded[i] = static_cast<char>(0xc0U | lower >> 6U);
    folded[i + 1] = static_cast<char>(0x80U | (lower & 0x3fU));
    ++i;
  }
  return folded;
}

Query parse_query(std::string_view text, std::string_view region) {
  text = trim(text);
  if (text.empty()) return {};
  if (is_phone_writing(text)) {
    const std::string digits = digits_of(text);
    if (digits.size() >= k_phone_query_digits_min) {
      const auto phone = parse_phone(text, region);
      if (phone) return {Query::Kind::phone, phone->e164, phone->e164 + ":"};  // ':' follows '9'
    }
    if (text.starts_with('+') && !digits.empty()) {
      return {Query::Kind::phone, "+" + digits, "+" + digits + ":"};
    }
  }
  if (text.find('@', 1) != std::string_view::npos) {
    std::string low = fold_email(text);
    std::string high = low + std::string(k_after_any_text);
    return {Query::Kind::email, std::move(low), std::move(high)};
  }
  return {Query::Kind::name, fold(text), {}};
}

// Member by member: a list of values in braces would copy each of them, and pages have fifty leads.
Json to_json(const Lead& lead) {
  Json utm = Json::object();
  utm.append_member("source", json_or_null(lead.utm.source));
  utm.append_member("medium", json_or_null(lead.utm.medium));
  utm.append_member("campaign", json_or_null(lead.utm.campaign));
  utm.append_member("term", json_or_null(lead.utm.term));
  utm.append_member("content", json_or_null(lead.utm.content));
  Json tags = Json::array();
  for (const std::string& tag : lead.tags) tags.push(tag);
  Json json = Json::object();
  json.append_member("id", lead.id.text());
  json.append_member("status", lead.status);
  json.append_member("name", json_or_null(lead.name));
  json.append_member("phone", Json(lead.phone));
  json.append_member("phone_typed", json_or_null(lead.phone_typed));
  json.append_member("email", json_or_null(lead.email));
  json.append_member("telegram", json_or_null(lead.telegram));
  json.append_member("vk", json_or_null(lead.vk));
  json.append_member("whatsapp", json_or_null(lead.whatsapp));
  json.append_member("max", json_or_null(lead.max));
  json.append_member("message", json_or_null(lead.message));
  json.append_member("channel", json_or_null(lead.channel));
  json.append_member("locale", lead.locale);
  json.append_member("zone", json_or_null(lead.zone));
  json.append_member("source", lead.source);
  json.append_member("page_url", json_or_null(lead.page_url));
  json.append_member("referrer", json_or_null(lead.referrer));
  json.append_member("utm", std::move(utm));
  json.append_member("custom", lead.custom);
  json.append_member("assignee", json_or_null(lead.assignee));
  json.append_member("tags", std::move(tags));
  json.append_member("created_at", format_time(lead.created_at));
  json.append_member("updated_at", format_time(lead.updated_at));
  json.append_member("first_answer_at", json_time(lead.first_answer_at));
  json.append_member("needs_human_at", json_time(lead.needs_human_at));
  json.append_member("needs_human_why", json_or_null(lead.needs_human_why));
  return json;
}

Json to_json(const Event& event) {
  return Json::object({{"id", event.id.text()},
                       {"lead", event.lead.text()},
                       {"kind", event.kind},
                       {"actor", event.actor},
                       {"data", event.data},
                       {"at", format_time(event.at)}});
}

std::string booking_url(std::string_view base_url, const tenants::Tenant& tenant,
                        const Lead& lead) {
  std::string url(base_url);
  url.append("/b/").append(tenant.slug).append("?t=").append(lead.link_token);
  return url;
}

}  // namespace flead::intake
