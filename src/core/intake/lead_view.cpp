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

// Member by member: a list of values in braces would copy each of them.
class Members {
 public:
  void text(std::string_view name, std::string_view value) {
    json_.append_member(std::string(name), value.empty() ? Json() : Json(value));
  }
  void time(std::string_view name, const std::optional<TimeMs>& time) {
    text(name, time ? format_time(*time) : "");
  }
  void value(std::string_view name, Json value) {
    json_.append_member(std::string(name), std::move(value));
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

Json utm_json(const Utm& utm) {
  Members members;
  members.text("source", utm.source);
  members.text("medium", utm.medium);
  members.text("campaign", utm.campaign);
  members.text("term", utm.term);
  members.text("content", utm.content);
  return members.take();
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

// As core/intake/lead_columns.h writes it.
Json to_json(const Lead& lead) {
  Members members;
  members.text("id", lead.id.text());
  members.text("status", lead.status);
  members.text("name", lead.name);
  members.text("phone", lead.phone.value_or(""));
  members.text("phone_typed", lead.phone_typed);
  members.text("email", lead.email);
  members.text("telegram", lead.telegram);
  members.text("vk", lead.vk);
  members.text("whatsapp", lead.whatsapp);
  members.text("max", lead.max);
  members.text("message", lead.message);
  members.text("channel", lead.channel);
  members.text("locale", lead.locale);
  members.text("zone", lead.zone);
  members.text("source", lead.source);
  members.text("page_url", lead.page_url);
  members.text("referrer", lead.referrer);
  members.value("utm", utm_json(lead.utm));
  members.value("custom", lead.custom);
  members.text("assignee", lead.assignee);
  Json tags = Json::array();
  for (const std::string& tag : lead.tags) tags.push(tag);
  members.value("tags", std::move(tags));
  members.time("created_at", lead.created_at);
  members.time("updated_at", lead.updated_at);
  members.time("first_answer_at", lead.first_answer_at);
  members.time("needs_human_at", lead.needs_human_at);
  members.text("needs_human_why", lead.needs_human_why);
  return members.take();
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
