// How a lead is found and shown: queries, JSON, links. Pure.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/phone.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/intake/lead.h"
#include "core/intake/lead_rules.h"
#include "core/intake/lead_text.h"

namespace flead::intake {

namespace {

constexpr std::string_view k_after_any_text = "\xf4\x8f\xbf\xbf";  // U+10FFFF sorts last
constexpr std::size_t k_phone_query_digits_min = 7;

// Where the members of a lead go: into a tree, or straight into text. Member by member in a tree
// too: a list of values in braces would copy each of them.
struct TreeSink {
  Json json = Json::object();

  void text(std::string_view name, std::string_view value) {
    json.append_member(std::string(name), Json(value));
  }
  void null(std::string_view name) { json.append_member(std::string(name), Json()); }
  void value(std::string_view name, const Json& value) {
    json.append_member(std::string(name), value);
  }
};

class TextSink {
 public:
  explicit TextSink(std::string& out) : out_(out) {}

  void text(std::string_view name, std::string_view value) {
    begin(name);
    append_json_string(out_, value);
  }
  void null(std::string_view name) {
    begin(name);
    out_ += "null";
  }
  void value(std::string_view name, const Json& value) {
    begin(name);
    out_ += value.dump();
  }

 private:
  // The names are ours and need no escapes.
  void begin(std::string_view name) {
    out_ += first_ ? '{' : ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }

  std::string& out_;
  bool first_ = true;
};

template <class Sink>
void write_text(Sink& sink, std::string_view name, const std::string& text) {
  if (text.empty()) {
    sink.null(name);
  } else {
    sink.text(name, text);
  }
}

template <class Sink>
void write_time(Sink& sink, std::string_view name, const std::optional<TimeMs>& time) {
  if (time) {
    sink.text(name, format_time(*time));
  } else {
    sink.null(name);
  }
}

Json utm_json(const Utm& utm) {
  TreeSink sink;
  write_text(sink, "source", utm.source);
  write_text(sink, "medium", utm.medium);
  write_text(sink, "campaign", utm.campaign);
  write_text(sink, "term", utm.term);
  write_text(sink, "content", utm.content);
  return std::move(sink.json);
}

template <class Sink>
void write_members(Sink& sink, const Lead& lead) {
  sink.text("id", lead.id.text());
  sink.text("status", lead.status);
  write_text(sink, "name", lead.name);
  write_text(sink, "phone", lead.phone.value_or(""));
  write_text(sink, "phone_typed", lead.phone_typed);
  write_text(sink, "email", lead.email);
  write_text(sink, "telegram", lead.telegram);
  write_text(sink, "vk", lead.vk);
  write_text(sink, "whatsapp", lead.whatsapp);
  write_text(sink, "max", lead.max);
  write_text(sink, "message", lead.message);
  write_text(sink, "channel", lead.channel);
  sink.text("locale", lead.locale);
  write_text(sink, "zone", lead.zone);
  sink.text("source", lead.source);
  write_text(sink, "page_url", lead.page_url);
  write_text(sink, "referrer", lead.referrer);
  sink.value("utm", utm_json(lead.utm));
  sink.value("custom", lead.custom);
  write_text(sink, "assignee", lead.assignee);
  Json tags = Json::array();
  for (const std::string& tag : lead.tags) tags.push(tag);
  sink.value("tags", tags);
  sink.text("created_at", format_time(lead.created_at));
  sink.text("updated_at", format_time(lead.updated_at));
  write_time(sink, "first_answer_at", lead.first_answer_at);
  write_time(sink, "needs_human_at", lead.needs_human_at);
  write_text(sink, "needs_human_why", lead.needs_human_why);
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

Json to_json(const Lead& lead) {
  TreeSink sink;
  write_members(sink, lead);
  return std::move(sink.json);
}

void append_json(std::string& out, const Lead& lead) {
  TextSink sink(out);
  write_members(sink, lead);
  out += '}';
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
