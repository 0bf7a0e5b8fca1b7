// The page of Cal.com's double where people book: it reads name, email and metadata[…] out of its
// address, and books without a script.
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/mock/calcom_double.h"

namespace flead::serve::mock::calcom_double {

namespace {

constexpr std::string_view k_metadata_begin = "metadata[";
constexpr std::int64_t k_page_days = 7;

Json metadata_of(const Call& call) {
  Json out = Json::object();
  for (const auto& [name, value] : call.fields) {
    if (!name.starts_with(k_metadata_begin) || !name.ends_with(']')) continue;
    const std::string key =
        name.substr(k_metadata_begin.size(), name.size() - k_metadata_begin.size() - 1);
    if (key.size() <= 40 && value.size() <= 500) out.set(key, value);
  }
  return out;
}

std::string input(std::string_view type, std::string_view name, std::string_view value) {
  return "<input type=\"" + std::string(type) + "\" name=\"" + escape_html(name) + "\" value=\"" +
         escape_html(value) + "\">\n";
}

}  // namespace

http::Reply Calcom::page(const Call& call, const std::string& slug) {
  const EventType* type = nullptr;
  for (const EventType& one : types_) {
    if (one.slug == slug) type = &one;
  }
  if (type == nullptr) return http::text_reply(404, "Not found");
  std::string html = "<!doctype html><meta charset=\"utf-8\"><title>Cal.com</title>\n";
  if (call.method == "POST") {
    Wish wish;
    wish.starts_at = parse_time(call.field("start")).value_or(0);
    wish.name = call.field("name");
    wish.email = call.field("email");
    wish.phone = call.field("phone");
    wish.zone = call.field("timeZone");
    wish.metadata = metadata_of(call);
    const auto made = book(*type, wish);
    if (!made) return http::html_reply(400, html + "<p>" + escape_html(made.error().message));
    return http::html_reply(200,
                            html + "<p>Booked: <b id=\"uid\">" + bookings_[*made].uid + "</b>");
  }
  html += "<h1>" + escape_html(type->title) + "</h1>\n<form method=\"post\">\n";
  html += input("text", "name", call.field("name")) + input("email", "email", call.field("email"));
  const Json metadata = metadata_of(call);
  for (const auto& [key, value] : metadata.members()) {
    html += input("hidden", "metadata[" + key + "]", value.text().value_or(""));
  }
  html += "<select name=\"start\">\n";
  const std::int64_t length_ms = type->length_min * k_minute_ms;
  const TimeMs now = world_.clock.now();
  for (TimeMs at = now - now % length_ms; at < now + k_page_days * k_day_ms; at += length_ms) {
    if (is_slot(*type, at) && is_free(*type, at, "")) {
      html += "<option>" + format_time(at) + "</option>\n";
    }
  }
  return http::html_reply(200, html + "</select>\n<button>Confirm</button>\n</form>\n");
}

}  // namespace flead::serve::mock::calcom_double
