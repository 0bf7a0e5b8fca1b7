// Pages: HTML for people, from templates in src/serve/pages/templates. Callers: the page handlers
// and whatever must show an error to a browser. Every value is escaped by where it stands (text,
// attribute, URL) without the caller's help, and no page carries an inline script or style. The
// template library stays behind page.cpp. Nothing here reads the store.
//
//   Page page{.content = "thanks", .language = language, .title = std::string(text(...))};
//   page.data.set("NAME", tenant.name);
//   for (const Slot& slot : slots) page.data.add("SLOT").set("TIME", slot.label);
//   return render(200, page);
//
// In a template: {{NAME}} is a value, {{#SLOT}}...{{/SLOT}} a section (shown once per add() or
// show(), not at all otherwise), [[booking.title]] a text of texts.h in the page's language,
// [[>terms]] what terms.html has. Each file starts with {{%AUTOESCAPE context="HTML"}}. An URL put
// together from parts has its parts percent-encoded by the caller.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/tenants/tenant.h"
#include "serve/http/http.h"
#include "serve/pages/texts.h"

namespace flead::pages {

// What a template shows. A name that the template asks for and nobody set is empty text.
class Data {
 public:
  Data& set(std::string_view name, std::string_view value);
  Data& show(std::string_view section);  // a section without values of its own
  Data& show_if(std::string_view section, bool condition);
  // One more repetition of a section: its own values, seen with those around it. The reference
  // lives as long as this Data.
  Data& add(std::string_view section);

  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }
  const std::vector<std::pair<std::string, std::unique_ptr<Data>>>& sections() const {
    return sections_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<std::pair<std::string, std::unique_ptr<Data>>> sections_;
};

// A link that opens a messenger, and the same as a QR code (qr.h); a side of 0 is no code.
struct MessengerLink {
  std::string label, url;
  std::string qr_path;
  int qr_side = 0;
};

struct Page {
  std::string_view content;  // template's name without ".html"
  Language language = Language::en;
  std::string title;
  std::string brand;                      // the tenant's name above the content, or ""
  std::string brand_url;                  // "" leaves the brand without a link
  std::string policy_url;                 // link to the privacy policy in the footer, or ""
  std::string_view script;                // asset to load with `defer` ("booking.js"), or ""
  bool index = false;                     // search engines may list it
  std::vector<MessengerLink> messengers;  // shown below the content
  Data data;
};

// text/html with the security headers. A template that does not exist is a fault of ours.
http::Reply render(int status, const Page& page);

// The content template alone, without layout: for tests and fragments.
std::string render_content(const Page& page);

// ?lang=ru|en, else what the browser prefers of the two (Accept-Language), else `fallback`.
Language choose_language(const http::Request& request, Language fallback);
Language choose_language(const http::Request& request, const tenants::Tenant& tenant);

// Whether the peer wants a page and not JSON: Accept names text/html and not application/json.
bool wants_page(const http::Request& request);

// A readable page for any refusal, in the visitor's language; `error.fields` are listed. Used by
// the router for pages that do not exist and by form posts.
http::Reply error_page(const http::Request& request, int status, const Error& error,
                       Language fallback = Language::en);

// CSP and its company, for replies of this folder that are not made by render().
void add_security_headers(http::Reply& reply);

}  // namespace flead::pages
