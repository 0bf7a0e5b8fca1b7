// The settings of a WhatsApp channel.
#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/channels/whatsapp.h"

namespace flead::channels::whatsapp {

namespace {

constexpr std::size_t k_header_bytes_max = 64;
constexpr std::size_t k_templates_max = 100;
constexpr std::size_t k_template_name_max = 512;
constexpr std::size_t k_template_parameters_max = 20;
constexpr std::size_t k_parameter_name_max = 200;  // with its fallback

bool made_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != more.npos;
  });
}

bool is_header_name(std::string_view name) {
  return name.size() <= k_header_bytes_max && made_of(ascii_lower(name), "-_");
}

Error template_error(std::string_view ours, std::string_view why) {
  return refused_field("templates", "templates_invalid",
                       "Template " + cut_words(ours) + ": " + std::string(why));
}

Result<Json> check_parameters(std::string_view ours, const Json* setting) {
  Json out = Json::array();
  if (setting == nullptr || setting->is_null()) return out;
  if (!setting->is_array() || setting->items().size() > k_template_parameters_max) {
    return template_error(ours, "parameters is a list of names of our variables");
  }
  for (const Json& item : setting->items()) {
    const std::string text = item.text().value_or("");
    const std::string name(trim(text.substr(0, text.find('|'))));
    if (!made_of(name, "_") || text.size() > k_parameter_name_max || has_control_characters(text)) {
      return template_error(ours, "a parameter is a variable, or variable|fallback");
    }
    out.push(text);
  }
  return out;
}

Result<Json> check_template(std::string_view ours, const Json& setting) {
  constexpr std::string_view k_names[] = {"name", "language", "parameters", "button",
                                          "button_prefix"};
  if (!setting.is_object()) return template_error(ours, "it is an object with name and language");
  for (const auto& member : setting.members()) {
    if (std::find(std::begin(k_names), std::end(k_names), member.first) == std::end(k_names)) {
      return template_error(ours, "unknown setting " + cut_words(member.first));
    }
  }
  const std::string name = setting.text("name").value_or("");
  const std::string language = setting.text("language").value_or("");
  if (!made_of(name, "_") || name.size() > k_template_name_max) {
    return template_error(ours, "name is the approved one: a-z, 0-9 and _");
  }
  if (!made_of(ascii_lower(language), "_") || language.size() < 2 || language.size() > 15) {
    return template_error(ours, "language is a code such as ru or en_US");
  }
  FLEAD_TRY(Json parameters, check_parameters(ours, setting.find("parameters")));
  const Json* button = setting.find("button");
  if (button != nullptr && !button->boolean()) return template_error(ours, "button is true or not");
  const bool has_button = button != nullptr && *button->boolean();
  const std::string prefix = setting.text("button_prefix").value_or("");
  const bool is_url = prefix.starts_with("https://") || prefix.starts_with("http://");
  if ((has_button || !prefix.empty()) &&
      (!is_url || prefix.size() > k_url_characters_max || has_control_characters(prefix))) {
    return template_error(ours, "button_prefix is the link's address before {{1}}");
  }
  Json out = Json::object({{"name", name}, {"language", language}});
  out.set("parameters", std::move(parameters)).set("button", has_button);
  if (has_button) out.set("button_prefix", prefix);
  return out;
}

Result<Json> check_templates(const Json& config) {
  Json out = Json::object();
  const Json* setting = config.find("templates");
  if (setting == nullptr || setting->is_null()) return out;
  Json written;  // as a text on a command line
  if (const auto text = setting->text()) {
    if (auto parsed = parse_json(*text)) written = std::move(*parsed);
    setting = &written;
  }
  if (!setting->is_object() || setting->members().size() > k_templates_max) {
    return refused_field("templates", "templates_invalid",
                         "templates is an object: our template's name to the approved one");
  }
  for (const auto& [ours, one] : setting->members()) {
    FLEAD_TRY(Json checked, check_template(ours, one));
    out.set(ours, std::move(checked));
  }
  return out;
}

Result<std::string> check_auth_header(const Json& config, bool dialog) {
  FLEAD_TRY(std::string header, config_line(config, "auth_header", k_header_bytes_max));
  if (header.empty()) return std::string(dialog ? k_dialog_header : k_cloud_header);
  if (!is_header_name(header)) {
    return refused_field("auth_header", "auth_header_invalid",
                         "auth_header is the name of a header, such as X-API-KEY");
  }
  return header;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(std::string flavour, config_line(config, "flavour", k_header_bytes_max));
  if (flavour.empty()) flavour = "cloud";
  const bool dialog = flavour == "360dialog";
  if (flavour != "cloud" && !dialog) {
    return refused_field("flavour", "flavour_invalid", "flavour is cloud or 360dialog");
  }
  FLEAD_TRY(Json out, check_http_config(config, dialog ? k_dialog_url : k_cloud_url));
  FLEAD_TRY(const std::string version, meta::check_version(config));
  FLEAD_TRY(const std::string phone_number_id, meta::check_digits(config, "phone_number_id"));
  FLEAD_TRY(const std::string waba_id, meta::check_digits(config, "waba_id"));
  FLEAD_TRY(const std::string auth_header, check_auth_header(config, dialog));
  FLEAD_TRY(Json templates, check_templates(config));
  if (!dialog && phone_number_id.empty()) {
    return refused_field("phone_number_id", "phone_number_id_needed",
                         "phone_number_id is needed: Meta's console shows it beside the number");
  }
  out.set("flavour", flavour).set("version", version).set("auth_header", auth_header);
  if (!phone_number_id.empty()) out.set("phone_number_id", phone_number_id);
  if (!waba_id.empty()) out.set("waba_id", waba_id);
  out.set("templates", std::move(templates));
  return out;
}

}  // namespace flead::channels::whatsapp
