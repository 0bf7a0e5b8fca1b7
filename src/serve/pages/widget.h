// The widget's script as one tenant's visitors get it: settings, texts and style in front of the
// bundle of src/serve/web/widget, in one answer. Callers: the route GET /w/{file} and tests.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/intake/widget.h"
#include "core/tenants/tenant.h"
#include "serve/http/http.h"

namespace flead::pages {

// A box to tick: what for, and which version of which text stands behind it in each language.
struct WidgetConsent {
  std::string purpose;
  std::string doc;
  std::array<std::int64_t, 2> versions{};  // by Language; 0 where no text is published
  bool required = false;
};

struct WidgetParts {
  const tenants::Tenant& tenant;
  const intake::WidgetSettings& settings;
  std::vector<WidgetConsent> consents;
  bool policy = false;        // whether a privacy policy is published
  std::string_view bundle;    // widget.js
  std::string_view style;     // widget.css
  std::string proof = "off";  // the setting spam.proof
  bool messengers = false;    // whether there are links into any
};
// `((FLEAD) => {bundle})({settings});`: no global, nothing of the page touched. Pure.
std::string build_widget_script(const WidgetParts& parts);

void add_widget_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
