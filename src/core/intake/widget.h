// Widget settings: which fields the form on a tenant's site has, its colours and its texts. Data
// only: the script itself is in src/serve/web/widget, `GET /w/{file}` joins the two. Callers:
// `flead widget`, the widget's route. A tenant that never set anything has the defaults, published.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::intake {

struct WidgetText {
  std::string key;       // "title"; see widget_texts()
  std::string language;  // "ru", "en", or "" for both
  std::string value;
};

struct WidgetSettings {
  std::vector<std::string> fields = {"name", "phone", "email", "message"};  // in the form's order
  std::vector<std::string> required;  // of `fields`; one contact is needed in any case
  std::vector<std::string> purposes = {"processing"};  // consent boxes: processing, marketing
  std::string color = "#0a7d5a";                       // #rrggbb, lower case
  std::string position = "right";                      // right or left
  std::string locale = "auto";                         // auto (the page's language), ru, en
  std::string then = "booking";   // after success: booking (offer the link) or thanks
  std::vector<WidgetText> texts;  // what differs from widget_texts()
  std::int64_t version = 0;       // 0: never published
  std::optional<TimeMs> published_at;
};

// What may be said in other words, and the words we came with. [Brackets] become the link to the
// legal text in the consent_* texts.
struct WidgetTextSpec {
  std::string_view key;
  std::string_view ru;
  std::string_view en;
};
std::span<const WidgetTextSpec> widget_texts();
// The settings' word for it, else ours. `language` is "ru" or "en"; `key` is a known one.
std::string widget_text(const WidgetSettings& settings, std::string_view key,
                        std::string_view language);

struct WidgetEdit {
  std::optional<std::string> fields = {};  // names joined by commas; "" for none
  std::optional<std::string> required = {};
  std::optional<std::string> purposes = {};
  std::optional<std::string> color = {};
  std::optional<std::string> position = {};
  std::optional<std::string> locale = {};
  std::optional<std::string> then = {};
  // "KEY=VALUE" or "KEY.ru=VALUE"; an empty value goes back to ours.
  std::vector<std::string> texts = {};
};
// Pure. Errors (refused, with the field): field_unknown, required_not_shown, contact_field_needed,
// purpose_unknown, color_invalid, position_unknown, locale_unknown, then_unknown, text_unknown,
// text_invalid, too_long.
Result<WidgetSettings> apply_widget_edit(WidgetSettings settings, const WidgetEdit& edit);

// What a person should know and may ignore: a colour hardly seen on white, a form that needs no
// consent box. One sentence each.
std::vector<std::string> widget_warnings(const WidgetSettings& settings);

// Text colour on the button: "#ffffff" or "#111111", whichever is easier to read on `color`.
std::string widget_ink(std::string_view color);
// WCAG 2.2 contrast ratio of two #rrggbb colours, 1 to 21.
double contrast_ratio(std::string_view a, std::string_view b);

// What visitors get: the last published settings, or the defaults.
Result<WidgetSettings> published_widget(store::Tx& tx, const TenantId& tenant);
// What `widget set` is working on: the draft, or the published settings where there is none.
Result<WidgetSettings> draft_widget(store::Tx& tx, const TenantId& tenant);
Result<WidgetSettings> edit_widget(World& world, store::Tx& tx, const TenantId& tenant,
                                   const WidgetEdit& edit);
// The draft becomes what visitors get, as the next version; the same again when nothing changed.
Result<WidgetSettings> publish_widget(World& world, store::Tx& tx, const TenantId& tenant);

Json to_json(const WidgetSettings& settings);
// Total: what is missing or wrong keeps its default (stored by an older or newer program).
WidgetSettings parse_widget_settings(const Json& json);

// `<script async src="BASE/w/pk_….js"></script>`
std::string widget_snippet(std::string_view base_url, const tenants::Tenant& tenant);

}  // namespace flead::intake
