#include "core/intake/widget.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::intake {

namespace {

constexpr std::string_view k_draft_key = "widget.draft";
constexpr std::string_view k_published_key = "widget.published";
constexpr std::string_view k_white = "#ffffff";
constexpr std::string_view k_dark = "#111111";
constexpr double k_contrast_text_min = 4.5;     // WCAG 2.2, 1.4.3
constexpr double k_contrast_control_min = 3.0;  // WCAG 2.2, 1.4.11

const std::vector<std::string> k_widget_fields = {"name", "phone", "email", "message"};
const std::vector<std::string> k_widget_purposes = {"processing", "marketing"};

bool listed(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::string known_text_keys() {
  std::vector<std::string> keys;
  for (const WidgetTextSpec& spec : widget_texts()) keys.emplace_back(spec.key);
  return joined(keys);
}

// "name, phone" as known names without repeats.
Result<std::vector<std::string>> parse_names(std::string_view text, std::string_view option,
                                             const std::vector<std::string>& known,
                                             std::string code) {
  std::vector<std::string> names;
  for (const std::string& item : split(text, ',')) {
    const std::string name = ascii_lower(item);
    if (name.empty()) continue;
    if (!listed(known, name)) {
      return refused_field(
          std::string(option), std::move(code),
          "'" + std::string(utf8_prefix(name, 40)) + "' is not one of " + joined(known) + ".");
    }
    if (!listed(names, name)) names.push_back(name);
  }
  return names;
}

Result<std::string> parse_choice(std::string_view text, std::string_view option,
                                 const std::vector<std::string>& choices) {
  std::string choice = ascii_lower(trim(text));
  if (listed(choices, choice)) return choice;
  return refused_field(std::string(option), std::string(option) + "_unknown",
                       "The " + std::string(option) + " is one of " + joined(choices) + ".");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// "#0a7" and "#0a7d5a", any case, as #rrggbb.
Result<std::string> parse_color(std::string_view text) {
  std::string color = ascii_lower(trim(text));
  const bool hex = color.starts_with('#') && std::all_of(color.begin() + 1, color.end(),
                                                         [](char c) { return hex_digit(c) >= 0; });
  if (hex && color.size() == 7) return color;
  if (hex && color.size() == 4) {
    return std::string{'#', color[1], color[1], color[2], color[2], color[3], color[3]};
  }
  return refused_field("color", "color_invalid", "A colour is written as #0a7d5a or #0a7.");
}

Status apply_text(WidgetSettings& settings, std::string_view typed) {
  const std::size_t equals = typed.find('=');
  if (equals == typed.npos) {
    return refused_field("text", "text_invalid", "A text is written as KEY=VALUE or KEY.ru=VALUE.");
  }
  WidgetText text;
  text.key = std::string(trim(typed.substr(0, equals)));
  text.value = std::string(trim(typed.substr(equals + 1)));
  if (text.key.ends_with(".ru") || text.key.ends_with(".en")) {
    text.language = text.key.substr(text.key.size() - 2);
    text.key.resize(text.key.size() - 3);
  }
  const auto specs = widget_texts();
  if (std::none_of(specs.begin(), specs.end(),
                   [&](const WidgetTextSpec& spec) { return spec.key == text.key; })) {
    Error error = refused_field("text", "text_unknown", "There is no such text in the widget.");
    error.hint = "Known texts: " + known_text_keys() + ".";
    return error;
  }
  if (!valid_utf8(text.value) || has_control_characters(text.value)) {
    return refused_field("text", "text_invalid", "A text is one line of UTF-8.");
  }
  if (utf8_length(text.value) > k_widget_text_characters_max) {
    return refused_field(
        "text", "too_long",
        "A text has at most " + std::to_string(k_widget_text_characters_max) + " characters.");
  }
  std::erase_if(settings.texts, [&](const WidgetText& known) {
    return known.key == text.key && known.language == text.language;
  });
  if (!text.value.empty()) settings.texts.push_back(std::move(text));
  return {};
}

// Linear light of one channel, by the definition of relative luminance in WCAG 2.2.
double linear(int byte) {
  const double value = byte / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double luminance(std::string_view color) {
  std::array<double, 3> channel{};
  for (std::size_t i = 0; i < channel.size(); ++i) {
    channel[i] = linear(hex_digit(color[1 + 2 * i]) * 16 + hex_digit(color[2 + 2 * i]));
  }
  return 0.2126 * channel[0] + 0.7152 * channel[1] + 0.0722 * channel[2];
}

Json names_to_json(const std::vector<std::string>& names) {
  Json array = Json::array();
  for (const std::string& name : names) array.push(name);
  return array;
}

Result<std::optional<WidgetSettings>> stored(store::Tx& tx, const TenantId& tenant,
                                             std::string_view key) {
  FLEAD_TRY(auto text, tenants::document(tx, tenant, key));
  if (!text) return std::optional<WidgetSettings>();
  FLEAD_TRY(auto json, parse_json(*text));
  return std::optional(parse_widget_settings(json));
}

}  // namespace

Result<WidgetSettings> apply_widget_edit(WidgetSettings settings, const WidgetEdit& edit) {
  if (edit.fields) {
    FLEAD_TRY(settings.fields,
              parse_names(*edit.fields, "fields", k_widget_fields, "field_unknown"));
    // A field that leaves the form is no longer required of anybody.
    std::erase_if(settings.required,
                  [&](const std::string& name) { return !listed(settings.fields, name); });
  }
  if (edit.required) {
    FLEAD_TRY(settings.required,
              parse_names(*edit.required, "required", k_widget_fields, "field_unknown"));
  }
  if (edit.purposes) {
    FLEAD_TRY(settings.purposes,
              parse_names(*edit.purposes, "purposes", k_widget_purposes, "purpose_unknown"));
  }
  for (const std::string& name : settings.required) {
    if (!listed(settings.fields, name)) {
      return refused_field("required", "required_not_shown",
                           "'" + name + "' is required, but the form does not have it.");
    }
  }
  if (!listed(settings.fields, "phone") && !listed(settings.fields, "email")) {
    return refused_field("fields", "contact_field_needed",
                         "The form needs phone or email, or nobody can be answered.");
  }
  if (edit.color) {
    FLEAD_TRY(settings.color, parse_color(*edit.color));
  }
  if (edit.position) {
    FLEAD_TRY(settings.position, parse_choice(*edit.position, "position", {"right", "left"}));
  }
  if (edit.locale) {
    FLEAD_TRY(settings.locale, parse_choice(*edit.locale, "locale", {"auto", "ru", "en"}));
  }
  if (edit.then) {
    FLEAD_TRY(settings.then, parse_choice(*edit.then, "then", {"booking", "thanks"}));
  }
  for (const std::string& text : edit.texts) FLEAD_CHECK(apply_text(settings, text));
  return settings;
}

std::vector<std::string> widget_warnings(const WidgetSettings& settings) {
  std::vector<std::string> warnings;
  if (contrast_ratio(settings.color, k_white) < k_contrast_control_min) {
    warnings.push_back("The colour " + settings.color +
                       " is hard to see on a white page: its contrast is under 3 to 1.");
  }
  if (!listed(settings.purposes, "processing")) {
    warnings.push_back(
        "The form has no box for consent to processing: where the tenant requires it, every lead "
        "is refused.");
  }
  return warnings;
}

std::string widget_ink(std::string_view color) {
  const double white = contrast_ratio(color, k_white);
  // White is what people expect on a coloured button; dark where white is too faint to read.
  const bool use_white = white >= k_contrast_text_min || white >= contrast_ratio(color, k_dark);
  return std::string(use_white ? k_white : k_dark);
}

double contrast_ratio(std::string_view a, std::string_view b) {
  const double first = luminance(a);
  const double second = luminance(b);
  return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

Result<WidgetSettings> published_widget(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto found, stored(tx, tenant, k_published_key));
  return found.value_or(WidgetSettings{});
}

Result<WidgetSettings> draft_widget(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto found, stored(tx, tenant, k_draft_key));
  if (found) return std::move(*found);
  return published_widget(tx, tenant);
}

Result<WidgetSettings> edit_widget(World& world, store::Tx& tx, const TenantId& tenant,
                                   const WidgetEdit& edit) {
  FLEAD_TRY(auto draft, draft_widget(tx, tenant));
  FLEAD_TRY(auto edited, apply_widget_edit(std::move(draft), edit));
  FLEAD_CHECK(tenants::set_document(world, tx, tenant, k_draft_key, to_json(edited).dump()));
  return edited;
}

Result<WidgetSettings> publish_widget(World& world, store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto published, published_widget(tx, tenant));
  FLEAD_TRY(auto draft, draft_widget(tx, tenant));
  draft.version = published.version;
  draft.published_at = published.published_at;
  if (published.version > 0 && to_json(draft) == to_json(published)) return published;
  draft.version = published.version + 1;
  draft.published_at = world.clock.now();
  const std::string text = to_json(draft).dump();
  FLEAD_CHECK(tenants::set_document(world, tx, tenant, k_published_key, text));
  FLEAD_CHECK(tenants::set_document(world, tx, tenant, k_draft_key, text));
  return draft;
}

Json to_json(const WidgetSettings& settings) {
  Json texts = Json::object();
  for (const WidgetText& text : settings.texts) {
    texts.set(text.language.empty() ? text.key : text.key + "." + text.language, text.value);
  }
  return Json::object(
      {{"fields", names_to_json(settings.fields)},
       {"required", names_to_json(settings.required)},
       {"purposes", names_to_json(settings.purposes)},
       {"color", settings.color},
       {"position", settings.position},
       {"locale", settings.locale},
       {"then", settings.then},
       {"texts", texts},
       {"version", settings.version},
       {"published_at",
        settings.published_at ? Json(format_time(*settings.published_at)) : Json()}});
}

WidgetSettings parse_widget_settings(const Json& json) {
  const auto names = [&](std::string_view key) -> std::optional<std::string> {
    const Json* list = json.find(key);
    if (list == nullptr || !list->is_array()) return std::nullopt;
    std::string out;
    for (const Json& item : list->items()) out += item.text().value_or("") + ",";
    return out;
  };
  WidgetSettings settings;
  // Each part on its own, so one that this program does not know leaves the others alone.
  const auto keep = [&](const WidgetEdit& part) {
    if (auto changed = apply_widget_edit(settings, part)) settings = std::move(*changed);
  };
  keep({.fields = names("fields")});
  keep({.required = names("required")});
  keep({.purposes = names("purposes")});
  keep({.color = json.text("color")});
  keep({.position = json.text("position")});
  keep({.locale = json.text("locale")});
  keep({.then = json.text("then")});
  if (const Json* texts = json.find("texts")) {
    for (const auto& [key, value] : texts->members()) {
      keep({.texts = {key + "=" + value.text().value_or("")}});
    }
  }
  settings.version = json.integer("version").value_or(0);
  settings.published_at = parse_time(json.text("published_at").value_or(""));
  return settings;
}

std::string widget_snippet(std::string_view base_url, const tenants::Tenant& tenant) {
  return "<script async src=\"" + escape_html(base_url) + "/w/" + tenant.publishable_key +
         ".js\"></script>";
}

}  // namespace flead::intake
