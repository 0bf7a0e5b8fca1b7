#include "core/channels/template.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/embedded.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::channels {

namespace {

using Words = std::vector<std::string_view>;

// One text and, where it has one, its short variant.
struct CatalogueLine {
  std::string_view name, short_name;  // short_name "": none
  std::string_view purpose;
  std::string_view summary, short_summary;
};

const Words& words_of(std::string_view name) {
  static const Words k_greeting = {"name",       "tenant",          "message", "booking_url",
                                   "messengers", "messengers_line", "away"};
  static const Words k_booking = {"name", "tenant", "offer",    "host",
                                  "when", "zone",   "location", "manage_url"};
  static const Words k_cancelled = {"name", "tenant", "offer",  "host",
                                    "when", "zone",   "reason", "booking_url"};
  static const Words k_waiting = {"name", "tenant", "offer", "host",
                                  "when", "zone",   "until", "wait_url"};
  static const Words k_pay = {"name", "tenant", "offer",  "host",   "when",
                              "zone", "until",  "amount", "pay_url"};
  static const Words k_payment = {"name", "tenant", "amount", "what", "reason"};
  static const Words k_dropped = {"name", "tenant", "method"};
  static const Words k_round = {"name", "tenant", "group", "round", "people"};
  static const Words k_person = {"name", "tenant", "person_url"};
  static const Words k_host = {"name", "tenant", "host_url"};
  static const Words k_method_asked = {"name", "tenant", "method", "method_url"};
  static const Words k_method_told = {"name", "tenant", "method", "host", "when"};
  static const Words k_text = {"name", "tenant", "subject", "text", "booking_url"};
  static const Words k_step = {"name", "tenant", "text", "booking_url"};
  static const Words k_welcome = {"name", "tenant", "booking_url", "away"};
  static const Words k_chat = {"tenant", "text"};
  static const Words k_operator = {"tenant", "name", "contact", "reason", "lead"};
  static const Words k_request = {"tenant", "name",    "contact",    "offer",  "when",
                                  "zone",   "message", "decide_url", "booking"};
  static const Words k_news = {"tenant", "name", "contact", "offer",  "when",
                               "zone",   "news", "reason",  "booking"};
  static const Words k_report = {"tenant", "period", "report"};
  static const Words k_test = {"tenant", "channel"};
  if (name == "lead.greeting") return k_greeting;
  if (name == "booking.cancelled" || name == "booking.declined" || name == "booking.expired" ||
      name == "booking.unpaid" || name == "booking.paid_late") {
    return k_cancelled;
  }
  if (name == "booking.pay") return k_pay;
  if (name == "payment.method_dropped") return k_dropped;
  if (name.starts_with("payment.")) return k_payment;
  if (name == "operator.request") return k_request;
  if (name == "operator.booking") return k_news;
  if (name == "booking.waiting") return k_waiting;
  if (name == "host.link") return k_host;
  if (name == "host.method") return k_method_asked;
  if (name == "operator.method") return k_method_told;
  if (name == "person.link") return k_person;
  if (name == "group.round") return k_round;
  if (name.starts_with("booking.")) return k_booking;
  if (name == "message.text") return k_text;
  if (name.starts_with("sequence.")) return k_step;
  if (name == "channel.welcome") return k_welcome;
  if (name == "chat.text") return k_chat;
  if (name == "operator.needs_human") return k_operator;
  if (name == "report.weekly") return k_report;
  return k_test;
}

constexpr CatalogueLine k_catalogue[] = {
    {"lead.greeting", "lead.greeting.sms", "service", "The first answer to a new lead",
     "The first answer to a new lead, short"},
    {"booking.confirmed", "booking.confirmed.sms", "service", "A slot was booked",
     "A slot was booked, short"},
    {"booking.moved", "booking.moved.sms", "service", "A booking got another time",
     "A booking got another time, short"},
    {"booking.cancelled", "booking.cancelled.sms", "service", "A booking was cancelled",
     "A booking was cancelled, short"},
    {"booking.requested", "booking.requested.sms", "service", "A slot was asked for",
     "A slot was asked for, short"},
    {"booking.declined", "booking.declined.sms", "service", "A request was declined",
     "A request was declined, short"},
    {"booking.expired", "booking.expired.sms", "service", "Nobody answered a request in time",
     "Nobody answered a request in time, short"},
    {"booking.pay", "booking.pay.sms", "service", "A time is held until it is paid",
     "A time is held until it is paid, short"},
    {"booking.unpaid", "booking.unpaid.sms", "service", "A time was not paid and is free again",
     "A time was not paid and is free again, short"},
    {"booking.paid_late", "booking.paid_late.sms", "service",
     "Paid when the time was gone: the money goes back", "Paid when the time was gone, short"},
    {"payment.received", "payment.received.sms", "service", "A payment has come in",
     "A payment has come in, short"},
    {"payment.refunded", "payment.refunded.sms", "service", "A payment, or a part, was given back",
     "A payment, or a part, was given back, short"},
    {"payment.method_dropped", "payment.method_dropped.sms", "service",
     "A saved card or account is not charged any more: the consent was withdrawn",
     "A saved card or account is not charged any more, short"},
    {"booking.reminder", "booking.reminder.sms", "service", "A booking is near",
     "A booking is near, short"},
    {"booking.review", "booking.review.sms", "service", "A meeting took place (review.ask)",
     "A meeting took place, short"},
    {"booking.waiting", "booking.waiting.sms", "service", "A place came free for who waits",
     "A place came free for who waits, short"},
    {"message.text", "message.text.sms", "service", "flead message send: words of your own",
     "flead message send: words of your own, short"},
    {"channel.welcome", "channel.welcome.sms", "service",
     "The first word on a messenger: somebody pressed our link or wrote first",
     "The first word to somebody who wrote first, short"},
    {"chat.text", "chat.text.sms", "service", "flead chat send: nothing but your words",
     "flead chat send, by SMS"},
    {"sequence.step", "sequence.step.sms", "service", "A step of a sequence: your own words",
     "A step of a sequence, short"},
    {"sequence.ad", "sequence.ad.sms", "ad", "A step of an advertising sequence",
     "A step of an advertising sequence, short"},
    {"operator.needs_human", "operator.needs_human.sms", "service",
     "To you: a lead needs a person (operator.notify)", "To you: a lead needs a person, short"},
    {"operator.request", "operator.request.sms", "service",
     "To the host: somebody asks for a meeting", "To the host: somebody asks, short"},
    {"operator.booking", "operator.booking.sms", "service",
     "To the host: a meeting was booked, moved or called off (host.notify)",
     "To the host: a meeting was booked, moved or called off, short"},
    {"host.link", "host.link.sms", "service", "To the host: the way to their own pages",
     "To the host: the way to their own pages, short"},
    {"host.method", "host.method.sms", "service",
     "To the host: was it you who asked to be paid another way?",
     "To the host: was it you who asked to be paid another way, short"},
    {"operator.method", "operator.method.sms", "service",
     "To you: a host asks to be paid another way (operator.notify)",
     "To you: a host asks to be paid another way, short"},
    {"person.link", "person.link.sms", "service", "The way to all of a person's meetings",
     "The way to all of a person's meetings, short"},
    {"group.round", "group.round.sms", "service", "Who sits with whom (flead group rotate --tell)",
     "Who sits with whom, short"},
    {"report.weekly", "", "service", "The Monday report to the founder", ""},
    {"channel.test", "channel.test.sms", "service", "flead channel test",
     "flead channel test, short"},
};

std::vector<TemplateSpec> make_specs() {
  std::vector<TemplateSpec> specs;
  for (const CatalogueLine& line : k_catalogue) {
    specs.push_back({line.name, line.purpose, true, words_of(line.name), line.summary});
    if (line.short_name.empty()) continue;
    specs.push_back(
        {line.short_name, line.purpose, false, words_of(line.name), line.short_summary});
  }
  return specs;
}

}  // namespace

const std::vector<TemplateSpec>& template_specs() {
  static const std::vector<TemplateSpec> k_specs = make_specs();
  return k_specs;
}

Result<const TemplateSpec*> find_template(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& spec : template_specs()) {
    if (spec.name == name) return &spec;
    names.emplace_back(spec.name);
  }
  const std::string near = nearest(name, names);
  return not_found(
      "template_unknown", "There is no template of this name",
      near.empty() ? "flead template list shows them all" : "Did you mean " + near + "?");
}

namespace {

bool is_variable_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

Error template_syntax(std::string_view text, std::size_t at, std::string_view what) {
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return refused_field("body", "template_syntax",
                       "Line " + std::to_string(line) + ": " + std::string(what));
}

// "{{name}}", as other programs write a variable: here it would come out as "{name}".
bool is_mustache(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "{{") return false;
  std::size_t end = at + 2;
  while (end < text.size() && is_variable_character(text[end])) ++end;
  return end > at + 2 && text.substr(end, 2) == "}}";
}

Error variable_unknown(std::string_view name, const std::vector<std::string_view>& known) {
  std::vector<std::string> names(known.begin(), known.end());
  const std::string near = nearest(name, names);
  std::string all;
  for (const auto& one : names) all += (all.empty() ? "{" : ", {") + one + "}";
  Error error = refused_field("body", "template_variable_unknown",
                              "Unknown variable {" + std::string(utf8_prefix(name, 40)) + "}" +
                                  (near.empty() ? "" : ", did you mean {" + near + "}?"));
  error.hint = "Known here: " + all;
  return error;
}

// Values come from visitors: what they may do to a text is decided here and nowhere else.
std::string clean_value(std::string_view value, Medium medium) {
  const std::string good = repair_utf8(value);
  std::string out;
  out.reserve(good.size());
  for (const char c : good) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else if (c == '\n' || c == '\t') {
      out += medium == Medium::text || medium == Medium::html ? c : ' ';
    } else if (medium == Medium::line) {
      out += ' ';
    }
  }
  return out;
}

bool is_web_link(std::string_view name, std::string_view value) {
  return name.ends_with("_url") && (value.starts_with("https://") || value.starts_with("http://"));
}

std::string written_value(std::string_view name, std::string_view value, Medium medium) {
  const std::string clean = clean_value(value, medium);
  if (medium != Medium::html) return clean;
  const std::string escaped = escape_html(clean);
  if (!is_web_link(name, clean)) return escaped;
  return "<a href=\"" + escaped + "\">" + escaped + "</a>";
}

std::string written_text(std::string_view text, Medium medium) {
  return medium == Medium::html ? escape_html(text) : std::string(text);
}

}  // namespace

Result<std::string> substitute(std::string_view text, const std::vector<std::string_view>& known,
                               const Variables& values, Medium medium) {
  std::string out;
  std::string plain;  // text between variables, escaped in one piece
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      plain += c;
      ++at;
      continue;
    }
    if (is_mustache(text, at)) {
      return template_syntax(text, at, "a variable is written with single braces: {name}");
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      plain += c;
      at += 2;
      continue;
    }
    if (c == '}') return template_syntax(text, at, "a single } (write }} for a brace)");
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return template_syntax(text, at, "{ without }");
    const std::string_view inside = text.substr(at + 1, end - at - 1);
    const std::size_t bar = inside.find('|');
    const std::string_view name = inside.substr(0, bar);
    const std::string_view fallback =
        bar == std::string_view::npos ? std::string_view() : inside.substr(bar + 1);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_variable_character)) {
      return template_syntax(text, at,
                             "a variable is {name} or {name|fallback} (write {{ for a brace)");
    }
    if (fallback.find('{') != std::string_view::npos) {
      return template_syntax(text, at, "a fallback has no variables in it");
    }
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return variable_unknown(name, known);
    }
    out += written_text(plain, medium);
    plain.clear();
    const auto found = values.find(name);
    const bool given = found != values.end() && !trim(found->second).empty();
    out += given ? written_value(name, found->second, medium) : written_text(fallback, medium);
    at = end + 1;
  }
  out += written_text(plain, medium);
  return out;
}

namespace {

// A paragraph of nothing but a variable without a value leaves no hole.
std::string close_gaps(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) {
    text.erase(at, 1);
  }
  return text;
}

// "a\n\nb" is two paragraphs. A paragraph that is one `{name}` with markup of ours becomes that.
Result<std::string> render_html(std::string_view body, const TemplateSpec& spec,
                                const Variables& variables, const Variables& html_variables) {
  std::string out;
  std::size_t at = 0;
  while (at <= body.size()) {
    std::size_t end = body.find("\n\n", at);
    if (end == std::string_view::npos) end = body.size();
    const std::string_view paragraph = trim(body.substr(at, end - at));
    at = end + 2;
    if (paragraph.empty()) continue;
    if (paragraph.size() > 2 && paragraph.front() == '{' && paragraph.back() == '}') {
      const auto found = html_variables.find(paragraph.substr(1, paragraph.size() - 2));
      if (found != html_variables.end()) {
        out += found->second + "\n";
        continue;
      }
    }
    FLEAD_TRY(const std::string text,
              substitute(paragraph, spec.variables, variables, Medium::html));
    if (trim(text).empty()) continue;
    out += "<p>" + replace_all(text, "\n", "<br>\n") + "</p>\n";
  }
  return out;
}

Status check_values(const TemplateSpec& spec, const Variables& values) {
  for (const auto& [name, value] : values) {
    if (std::find(spec.variables.begin(), spec.variables.end(), name) == spec.variables.end()) {
      return internal_error("A value was given that the template does not know",
                            std::string(spec.name) + ": " + name);
    }
  }
  return {};
}

}  // namespace

Result<Rendered> render_template(const TemplateText& text, const Variables& variables,
                                 const Variables& html_variables) {
  FLEAD_TRY(const TemplateSpec* spec, find_template(text.name));
  FLEAD_CHECK(check_values(*spec, variables));
  FLEAD_CHECK(check_values(*spec, html_variables));
  Rendered out;
  if (!spec->subject) {
    FLEAD_TRY(const std::string body,
              substitute(trim(text.body), spec->variables, variables, Medium::sms));
    out.text = trim(body);  // a value at its end may be empty
    return out;
  }
  FLEAD_TRY(out.subject, substitute(text.subject, spec->variables, variables, Medium::line));
  FLEAD_TRY(auto body, substitute(trim(text.body), spec->variables, variables, Medium::text));
  out.text = close_gaps(std::string(trim(body))) + '\n';
  FLEAD_TRY(out.html, render_html(text.body, *spec, variables, html_variables));
  return out;
}

TemplateText default_template(const TemplateSpec& spec, std::string_view language) {
  TemplateText out;
  out.name = std::string(spec.name);
  out.language = language == "ru" ? "ru" : "en";
  out.purpose = std::string(spec.purpose);
  const std::string path = out.language + "/" + out.name + ".txt";
  const auto files = embedded::templates();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const embedded::File& one) { return one.path == path; });
  FLEAD_ASSERT(file != files.end());
  std::string_view data = file->data;
  constexpr std::string_view k_head = "Subject: ";
  if (spec.subject) {
    FLEAD_ASSERT(data.starts_with(k_head));
    const std::size_t end = data.find('\n');
    out.subject = std::string(data.substr(k_head.size(), end - k_head.size()));
    data.remove_prefix(end + 1);
  }
  out.body = std::string(trim(data)) + "\n";
  return out;
}

Status check_template(const TemplateSpec& spec, const TemplateText& text) {
  if (text.language != "ru" && text.language != "en") {
    return refused_field("language", "language_unknown", "The language is ru or en");
  }
  if (text.purpose != "service" && text.purpose != "ad") {
    return refused_field("purpose", "template_purpose", "The purpose is service or ad");
  }
  if (text.subject.size() + text.body.size() > k_template_bytes_max) {
    return refused_field(
        "body", "template_too_long",
        "A template is at most " + std::to_string(k_template_bytes_max) + " bytes");
  }
  if (!valid_utf8(text.subject) || !valid_utf8(text.body)) {
    return refused_field("body", "template_syntax", "The text is not UTF-8");
  }
  if (trim(text.body).empty()) {
    return refused_field("body", "template_empty", "The text is empty");
  }
  if (spec.subject && trim(text.subject).empty()) {
    return refused_field("subject", "template_empty", "The subject is empty");
  }
  if (has_control_characters(text.subject)) {
    return refused_field("subject", "template_syntax", "A subject is one line");
  }
  FLEAD_CHECK(substitute(text.body, spec.variables, {}, Medium::text));
  auto subject = substitute(text.subject, spec.variables, {}, Medium::line);
  if (!subject) {
    for (auto& field : subject.error().fields) field.field = "subject";
    return std::move(subject).error();
  }
  return {};
}

Variables sample_variables(std::string_view language, std::string_view base_url) {
  const bool ru = language == "ru";
  const std::string base(base_url);
  return {{"name", ru ? "Анна" : "Anna"},
          {"tenant", ru ? "Студия «Пример»" : "Example Studio"},
          {"message", ru ? "Хочу попробовать" : "I would like to try"},
          {"booking_url", base + "/b/example?t=sample"},
          {"offer", ru ? "Знакомство" : "First meeting"},
          {"host", ru ? "Ира" : "Ira"},
          {"when", ru ? "понедельник, 5 января, 12:00" : "Monday, 5 January, 12:00"},
          {"zone", "Europe/Moscow"},
          {"messengers", (ru ? "Удобнее в мессенджере?\n" : "Prefer a messenger?\n") +
                             std::string("Telegram: https://t.me/example_bot?start=sample")},
          {"messengers_line", "Telegram, MAX: " + base + "/s/sample"},
          {"away", ""},
          {"location", ru ? "Видеозвонок" : "Video call"},
          {"manage_url", base + "/my/sample"},
          {"group", ru ? "Основатели" : "Founders"},
          {"round", "3"},
          {"people", ru ? "Борис, Вера" : "Boris, Vera"},
          {"person_url", base + "/me/in/sample"},
          {"host_url", base + "/h/in/sample"},
          {"method_url", base + "/h/method/sample"},
          {"wait_url", base + "/wait/sample"},
          {"pay_url", base + "/pay/sample"},
          {"amount", ru ? "1 500 ₽" : "1,500 RUB"},
          {"method", "Mir *4477"},
          {"what", ru ? "Консультация, понедельник, 5 января, 10:00"
                      : "Consultation, Monday, 5 January, 10:00"},
          {"until", ru ? "понедельник, 5 января, 10:00" : "Monday, 5 January, 10:00"},
          {"reason", ""},
          {"news", ru ? "Новая встреча" : "New meeting"},
          {"decide_url", base + "/r/sample"},
          {"booking", "bkg_01k9x0000000000000000000000"},
          {"period", ru ? "29.12–04.01" : "29 Dec – 4 Jan"},
          {"report", ru ? "Заявок: 12" : "Leads: 12"},
          {"subject", ru ? "Ваша заявка" : "Your request"},
          {"text", ru ? "Будем рады помочь." : "We will be glad to help."},
          {"channel", "email"},
          {"contact", "+79160000001"},
          {"lead", "lead_01k9x0000000000000000000000"}};
}

Json to_json(const TemplateText& text) {
  Json out = Json::object({{"name", text.name},
                           {"language", text.language},
                           {"purpose", text.purpose},
                           {"edited", text.edited},
                           {"subject", text.subject},
                           {"body", text.body}});
  const auto spec = find_template(text.name);
  if (spec) {
    Json names = Json::array();
    for (const auto name : (*spec)->variables) names.push(Json(name));
    out.set("variables", std::move(names));
    out.set("summary", Json((*spec)->summary));
  }
  out.set("updated_at", text.updated_at ? Json(format_time(*text.updated_at)) : Json());
  return out;
}

}  // namespace flead::channels
