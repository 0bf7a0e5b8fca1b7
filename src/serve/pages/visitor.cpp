// What a page learns from the browser's headers, what it sends back with every page, and the page
// that says no. Pure.
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "serve/pages/page.h"

namespace flead::pages {

namespace {

// The q of an Accept-like item in thousandths: "ru;q=0.8" is 800, without one 1000.
int quality(std::string_view item) {
  const std::size_t at = item.find(";q=");
  if (at == item.npos) return 1000;
  const std::string_view digits = item.substr(at + 3);
  if (digits.empty() || digits[0] == '1') return 1000;
  int value = 0;
  int place = 100;
  for (std::size_t i = 2; i < digits.size() && i < 5 && digits[i] >= '0' && digits[i] <= '9'; ++i) {
    value += (digits[i] - '0') * place;
    place /= 10;
  }
  return value;
}

std::string error_text(int status, Language language) {
  if (const auto found = find_text("error." + std::to_string(status), language)) {
    return std::string(*found);
  }
  return std::string(text(status >= 500 ? "error.500" : "error.400", language));
}

// Only a page of this very site, so that an error page never sends a visitor elsewhere.
std::string back_url(const http::Request& request) {
  const std::string_view referrer = request.header("referer");
  const std::string_view host = request.header("host");
  if (host.empty()) return {};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!referrer.starts_with(scheme)) continue;
    const std::string_view rest = referrer.substr(scheme.size());
    if (rest.starts_with(host) && rest.substr(host.size()).starts_with('/')) {
      return std::string(referrer);
    }
  }
  return {};
}

}  // namespace

Language choose_language(const http::Request& request, Language fallback) {
  if (const auto asked = request.query_value("lang"); asked == "ru" || asked == "en") {
    return parse_language(*asked);
  }
  int best = 0;
  Language language = fallback;
  for (const std::string& item : split(ascii_lower(request.header("accept-language")), ',')) {
    const std::string_view name = std::string_view(item).substr(0, item.find_first_of("-; "));
    if (name != "ru" && name != "en") continue;
    if (const int q = quality(replace_all(item, " ", "")); q > best) {
      best = q;
      language = parse_language(name);
    }
  }
  return language;
}

Language choose_language(const http::Request& request, const tenants::Tenant& tenant) {
  return choose_language(request, parse_language(tenant.locale));
}

bool wants_page(const http::Request& request) {
  const std::string accept = ascii_lower(request.header("accept"));
  return accept.find("text/html") != accept.npos && accept.find("application/json") == accept.npos;
}

http::Reply error_page(const http::Request& request, int status, const Error& error,
                       Language fallback) {
  const Language language = choose_language(request, fallback);
  Page page;
  page.content = "error";
  page.language = language;
  page.title = std::string(text("error.title", language));
  const auto known = find_text("field." + error.code, language);
  page.data.set("MESSAGE", known ? std::string(*known) : error_text(status, language));
  // Field texts are ours and name no value that was typed; an unknown code falls back to English.
  if (!error.fields.empty() && !(known && error.fields.size() == 1)) {
    Data& fields = page.data.add("FIELDS");
    for (const FieldError& field : error.fields) {
      const auto found = find_text("field." + field.code, language);
      fields.add("FIELD").set("TEXT", found ? std::string(*found) : field.message);
    }
  }
  if (const std::string back = back_url(request); !back.empty()) {
    page.data.add("BACK").set("BACK_URL", back);
  }
  if (!request.request_id.empty()) page.data.add("REQUEST").set("REQUEST_ID", request.request_id);
  http::Reply reply = render(status, page);
  reply.header("cache-control", "no-store");
  return reply;
}

void add_security_headers(http::Reply& reply) {
  reply.header("content-security-policy",
               "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
               "form-action 'self'; frame-ancestors 'none'");
  reply.header("x-content-type-options", "nosniff");
  reply.header("x-frame-options", "DENY");
  reply.header("referrer-policy", "same-origin");
}

}  // namespace flead::pages
