#include "core/channels/whatsapp.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/channels/provider_http.h"

namespace flead::channels::whatsapp {

namespace {

using meta::ErrorRule;

constexpr std::int64_t k_throughput_wait_ms = 5 * k_second_ms;
constexpr std::int64_t k_call_rate_wait_ms = 5 * k_minute_ms;

// Where a template or the account itself is at fault the channel pauses: a person has to act, and
// until then messages go elsewhere or wait, which is better than losing each of them.
constexpr ErrorRule k_error_rules[] = {
    {100, 100, 33, Verdict::misconfigured, "no such phone_number_id, or the token may not use it"},
    {0, 0, 0, Verdict::misconfigured, "the access token is invalid or has expired"},
    {190, 190, 0, Verdict::misconfigured, "the access token is invalid or has expired"},
    {3, 3, 0, Verdict::misconfigured, "the app lacks a permission"},
    {10, 10, 0, Verdict::misconfigured, "the app lacks a permission"},
    {200, 299, 0, Verdict::misconfigured, "the app lacks a permission"},
    {131005, 131005, 0, Verdict::misconfigured, "the app lacks a permission"},
    {2500, 2500, 0, Verdict::misconfigured, "no such address: base_url or version"},
    {4, 4, 0, Verdict::retry, "the app calls too often", k_call_rate_wait_ms},
    {80007, 80007, 0, Verdict::retry, "the account calls too often", k_call_rate_wait_ms},
    {130429, 130429, 0, Verdict::retry, "too many messages a second", k_throughput_wait_ms},
    // One in 6 seconds to a person. No fixed wait: the outbox' own back-off grows, as Meta wants.
    {131056, 131056, 0, Verdict::retry, "too many messages to this person"},
    // To write on after some hours would cost the number more: somebody should look.
    {131048, 131048, 0, Verdict::misconfigured, "spam limit on our number: see its quality"},
    {131049, 131049, 0, Verdict::unreachable, "withheld by Meta for this person, for a day"},
    {131050, 131050, 0, Verdict::unreachable, "the person stopped marketing messages", 0, false,
     Closes::advertising},
    {131064, 131064, 0, Verdict::misconfigured, "templates of a wrong category"},
    // Our own clock said that the window was open.
    {131047, 131047, 0, Verdict::unreachable, "outside of the 24 hour window"},
    {131026, 131026, 0, Verdict::unreachable, "undeliverable: no WhatsApp, an old app, or terms"},
    {130472, 130472, 0, Verdict::unreachable, "the person is in an experiment of Meta's"},
    {131021, 131021, 0, Verdict::unreachable, "the recipient is the sender"},
    {131030, 131030, 0, Verdict::misconfigured, "a test number: the recipient is not on its list"},
    {131008, 131008, 0, Verdict::rejected, "a parameter is missing"},
    {131009, 131009, 0, Verdict::rejected, "a parameter is invalid"},
    {100, 100, 0, Verdict::rejected, "a parameter is invalid"},
    {131051, 131051, 0, Verdict::rejected, "unsupported type of message"},
    {131052, 131053, 0, Verdict::rejected, "trouble with media"},
    {131031, 131031, 0, Verdict::misconfigured, "the account is locked"},
    {131042, 131042, 0, Verdict::misconfigured, "trouble with payment"},
    {131045, 131045, 0, Verdict::misconfigured, "the number is not registered"},
    {131037, 131037, 0, Verdict::misconfigured, "the display name is not approved"},
    {368, 368, 0, Verdict::misconfigured, "blocked for a breach of Meta's policy"},
    {130497, 130497, 0, Verdict::misconfigured, "we may not write to people of this country"},
    {131000, 131000, 0, Verdict::retry, "something went wrong at Meta"},
    {131016, 131016, 0, Verdict::retry, "WhatsApp is unavailable"},
    {131057, 131057, 0, Verdict::retry, "the account is in maintenance", 0, true},
    {1, 2, 0, Verdict::retry, "trouble at Meta"},
    {131062, 131062, 0, Verdict::unreachable, "this message needs the person's number"},
    {132000, 132000, 0, Verdict::misconfigured, "the template takes other parameters"},
    {132001, 132001, 0, Verdict::misconfigured, "no such approved template in that language"},
    {132005, 132005, 0, Verdict::misconfigured, "the template's text is too long"},
    {132007, 132007, 0, Verdict::misconfigured, "the template breaks a policy"},
    {132008, 132008, 0, Verdict::misconfigured, "a value does not fit the template"},
    {132012, 132012, 0, Verdict::misconfigured, "a parameter's format does not fit the template"},
    {132015, 132015, 0, Verdict::misconfigured, "the template is paused"},
    {132016, 132016, 0, Verdict::misconfigured, "the template is disabled"},
    {133016, 133016, 0, Verdict::retry, "the number was registered too often", 0, true},
    {135000, 135000, 0, Verdict::retry, "a general error", 0, true},
};

constexpr std::size_t k_phone_digits_max = 20;
constexpr std::size_t k_user_id_bytes_max = 160;  // a country, a dot and up to 128 characters

// A filled template may have 1024 characters together with its own words.
constexpr std::size_t k_parameter_characters_max = 500;

constexpr std::size_t k_interactive_text_max = 1024;
constexpr std::size_t k_button_title_max = 20;
constexpr std::size_t k_button_id_bytes_max = 256;

bool is_dialog(const Account& account) {
  return account.config.text("flavour").value_or("") == "360dialog";
}

// ---- Requests

HttpRequest authorized(const Account& account, HttpRequest request) {
  const std::string_view fallback = is_dialog(account) ? k_dialog_header : k_cloud_header;
  const std::string header = account.config.text("auth_header").value_or(std::string(fallback));
  const bool bearer = ascii_lower(header) == "authorization";
  request.headers.emplace_back(header, (bearer ? "Bearer " : "") + account.secret);
  return request;
}

HttpRequest subscription_request(const Account& account, std::string_view method) {
  const std::string waba = account.config.text("waba_id").value_or("");
  if (waba.empty() || is_dialog(account)) return {};
  HttpRequest request = get_request(
      meta::graph_url(account, k_cloud_url, waba + "/subscribed_apps"), "whatsapp subscribed_apps");
  request.method = std::string(method);
  return authorized(account, std::move(request));
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

// A number goes into `to`, an id of Meta's into `recipient`: each is refused in the other's place.
Status set_recipient(Json& body, std::string_view address) {
  const std::string_view digits = address.starts_with('+') ? address.substr(1) : address;
  if (digits.size() <= k_phone_digits_max && !digits.empty() &&
      digits.find_first_not_of("0123456789") == std::string_view::npos) {
    body.set("to", digits);
    return {};
  }
  const std::size_t dot = address.find('.');
  if (dot == 2 && address.size() > 3 && address.size() <= k_user_id_bytes_max &&
      std::all_of(address.begin(), address.end(), is_id_character)) {
    body.set("recipient", address);
    return {};
  }
  return refused("address_invalid", "This is no WhatsApp number or user id.");
}

bool repeats(const Json& buttons, std::string_view title, std::string_view id) {
  return std::any_of(buttons.items().begin(), buttons.items().end(), [&](const Json& button) {
    return button.text("reply.title") == title || button.text("reply.id") == id;
  });
}

// Titles and ids must differ: what would make Meta refuse the whole message is left out.
Json reply_buttons(const std::vector<ReplyButton>& buttons) {
  Json out = Json::array();
  for (const ReplyButton& button : buttons) {
    const std::string title = fit_text(trim(button.text), k_button_title_max, k_text_unit);
    if (title.empty() || button.payload.empty() || button.payload.size() > k_button_id_bytes_max ||
        repeats(out, title, button.payload) || out.items().size() >= k_reply_buttons_max) {
      continue;
    }
    Json reply = Json::object({{"id", button.payload}, {"title", title}});
    out.push(Json::object({{"type", "reply"}, {"reply", std::move(reply)}}));
  }
  return out;
}

void set_interactive(Json& body, std::string_view type, std::string_view text, Json action) {
  Json interactive = Json::object({{"type", type}});
  interactive.set("body", Json::object({{"text", text}})).set("action", std::move(action));
  body.set("type", "interactive").set("interactive", std::move(interactive));
}

void set_free_text(Json& body, const Outgoing& message) {
  Json buttons = reply_buttons(message.reply_buttons);
  const std::string label = fit_text(message.button_text, k_button_title_max, k_text_unit);
  if (!buttons.items().empty()) {
    const std::string text = meta::text_with_link(
        message.text, message.button_text, message.button_url, k_interactive_text_max, k_text_unit);
    set_interactive(body, "button", text, Json::object({{"buttons", std::move(buttons)}}));
    return;
  }
  // A text over what a button's message may hold goes without the button rather than cut.
  if (!message.button_url.empty() && !label.empty() && !trim(message.text).empty() &&
      text_length(message.text, k_text_unit) <= k_interactive_text_max) {
    Json parameters = Json::object({{"display_text", label}, {"url", message.button_url}});
    set_interactive(body, "cta_url", message.text,
                    Json::object({{"name", "cta_url"}, {"parameters", std::move(parameters)}}));
    return;
  }
  const std::string text = meta::text_with_link(message.text, message.button_text,
                                                message.button_url, k_text_max, k_text_unit);
  body.set("type", "text");
  body.set("text", Json::object({{"body", text}, {"preview_url", false}}));
}

// ---- Templates

// Meta refuses line ends, tabs and runs of spaces in a parameter.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool space = byte <= 0x20 || byte == 0x7f;
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return std::string(trim(out));
}

Result<Json> text_parameters(const Json& setting, const Outgoing& message) {
  Json out = Json::array();
  const Json* names = setting.find("parameters");
  for (const Json& item : names != nullptr ? names->items() : Json::Array()) {
    const std::string spec = item.text().value_or("");
    const std::size_t bar = spec.find('|');
    const std::string name(trim(std::string_view(spec).substr(0, bar)));
    const auto found = message.variables.find(name);
    std::string value = found != message.variables.end() ? on_one_line(found->second) : "";
    if (value.empty() && bar != std::string::npos) value = on_one_line(spec.substr(bar + 1));
    if (value.empty()) {
      return refused("template_variable_missing",
                     "The WhatsApp template for " + message.template_name + " needs \"" + name +
                         "\", which this message does not have.",
                     "Give a fallback in the channel's settings: " + name + "|text");
    }
    out.push(Json::object(
        {{"type", "text"}, {"text", fit_text(value, k_parameter_characters_max, k_text_unit)}}));
  }
  return out;
}

Result<Json> link_component(const Json& setting, const Outgoing& message) {
  const std::string prefix = setting.text("button_prefix").value_or("");
  const std::string_view url = message.button_url;
  if (!url.starts_with(prefix) || url.size() == prefix.size()) {
    return refused("template_button_mismatch",
                   "The link of " + message.template_name +
                       " does not begin with the template's button_prefix.",
                   "Set button_prefix to what stands before {{1}} in the approved template.");
  }
  const std::string_view suffix = url.substr(prefix.size());
  Json parameters = Json::array();
  parameters.push(Json::object({{"type", "text"}, {"text", suffix}}));
  Json out = Json::object({{"type", "button"}, {"sub_type", "url"}, {"index", "0"}});
  out.set("parameters", std::move(parameters));
  return out;
}

// Not by Json::find(): our names have dots.
const Json* find_template(const Json& config, std::string_view ours) {
  const Json* templates = config.find("templates");
  if (templates == nullptr) return nullptr;
  for (const auto& member : templates->members()) {
    if (member.first == ours) return &member.second;
  }
  return nullptr;
}

Result<Json> template_of(const Account& account, const Outgoing& message) {
  const Json* setting = find_template(account.config, message.template_name);
  if (setting == nullptr) {
    return refused("template_missing",
                   "No WhatsApp template is set for " + message.template_name +
                       ", and free text may be sent only within a day of the person's last word.",
                   "Name the approved template in the channel's setting \"templates\".");
  }
  Json components = Json::array();
  FLEAD_TRY(Json parameters, text_parameters(*setting, message));
  if (!parameters.items().empty()) {
    components.push(Json::object({{"type", "body"}, {"parameters", std::move(parameters)}}));
  }
  if (setting->boolean("button").value_or(false)) {
    FLEAD_TRY(Json button, link_component(*setting, message));
    components.push(std::move(button));
  }
  Json out = Json::object({{"name", setting->text("name").value_or("")}});
  out.set("language", Json::object({{"code", setting->text("language").value_or("")}}));
  if (!components.items().empty()) out.set("components", std::move(components));
  return out;
}

// ---- Setup

Delivery parse_number(const HttpReply& reply, Json& state) {
  meta::Answer answer = meta::read_repeatable(k_error_rules, reply, "probe");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "probe";
  const std::string number = answer.body.text("display_phone_number").value_or("");
  const std::string name = answer.body.text("verified_name").value_or("");
  const auto health = answer.body.text("health_status.can_send_message");
  if (number.empty() && name.empty() && !health) {
    out.verdict = Verdict::retry;
    out.says = "neither a number nor a health in the answer";
    return out;
  }
  if (!number.empty()) state.set("display_phone_number", number);
  if (!name.empty()) state.set("verified_name", name);
  out.says = cut_words(name.empty() || number.empty() ? name + number : name + ", " + number);
  if (health == "BLOCKED") {
    out.verdict = Verdict::misconfigured;
    out.says = "sending is blocked, see 360dialog's hub";
    return out;
  }
  out.verdict = Verdict::sent;
  if (health == "LIMITED") out.says += out.says.empty() ? "limited" : ", limited";
  if (answer.body.text("quality_rating") == "RED") out.says += ", quality is low";
  if (out.says.empty()) out.says = "available";
  return out;
}

HttpRequest build_number_step(const Account& account, std::string_view) {
  return build_probe(account);
}

HttpRequest build_subscribe_step(const Account& account, std::string_view) {
  return subscription_request(account, "POST");
}

Delivery parse_subscribe_step(const HttpReply& reply, Json&) {
  return meta::parse_success(k_error_rules, reply, "subscribed_apps");
}

HttpRequest build_webhook_step(const Account& account, std::string_view hook_url) {
  if (!is_dialog(account) || hook_url.empty() || account.hook_secret.empty()) return {};
  Json body = Json::object({{"url", hook_url}});
  body.set("headers", Json::object({{std::string(k_token_header), account.hook_secret}}));
  return authorized(account,
                    json_request(base_url_of(account, k_dialog_url) + "/v1/configs/webhook",
                                 "whatsapp webhook", body));
}

Delivery parse_webhook_step(const HttpReply& reply, Json&) {
  meta::Answer answer = meta::read_repeatable(k_error_rules, reply, "webhook");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "webhook";
  out.verdict = Verdict::sent;
  out.says = "set";  // the answer repeats our header, so none of it is shown
  return out;
}

HttpRequest build_status_step(const Account& account, std::string_view) {
  return subscription_request(account, "GET");
}

Delivery parse_status_step(const HttpReply& reply, Json&) {
  meta::Answer answer = meta::read_repeatable(k_error_rules, reply, "subscribed_apps");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "subscribed_apps";
  const Json* apps = answer.body.find("data");
  const bool subscribed = apps != nullptr && !apps->items().empty();
  out.verdict = subscribed ? Verdict::sent : Verdict::misconfigured;
  out.says = subscribed ? "subscribed" : "no app is subscribed to this account's events";
  return out;
}

constexpr SetupStep k_connect_steps[] = {
    {"phone number", build_number_step, parse_number},
    {"subscribed_apps", build_subscribe_step, parse_subscribe_step},
    {"configs/webhook", build_webhook_step, parse_webhook_step},
};
constexpr SetupStep k_status_steps[] = {
    {"subscribed_apps", build_status_step, parse_status_step},
};

}  // namespace

Result<HttpRequest> build_send(const Account& account, const Outgoing& message) {
  Json body = Json::object({{"messaging_product", "whatsapp"}, {"recipient_type", "individual"}});
  FLEAD_CHECK(set_recipient(body, message.address));
  if (message.window_open) {
    set_free_text(body, message);
  } else {
    FLEAD_TRY(Json approved, template_of(account, message));
    body.set("type", "template").set("template", std::move(approved));
  }
  body.set("biz_opaque_callback_data", message.id.text());
  const std::string phone = account.config.text("phone_number_id").value_or("");
  const std::string url = is_dialog(account)
                              ? base_url_of(account, k_dialog_url) + "/messages"
                              : meta::graph_url(account, k_cloud_url, phone + "/messages");
  return authorized(account, json_request(url, "whatsapp send", body));
}

Delivery parse_send(const HttpReply& reply) {
  meta::Answer answer = meta::read_answer(k_error_rules, reply, "send");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "send";
  const Json* messages = answer.body.find("messages");
  if (messages == nullptr || messages->items().empty() ||
      messages->items().front().text("id").value_or("").empty()) {
    out.says = "neither an id nor an error in the answer";
    return out;  // ambiguous: something took it
  }
  const Json& accepted = messages->items().front();
  out.verdict = Verdict::sent;
  out.provider_id = *accepted.text("id");
  // Also "held_for_quality_assessment" and "paused": the fate of these comes as a receipt too.
  out.says = cut_words(accepted.text("message_status").value_or("accepted"));
  return out;
}

HttpRequest build_probe(const Account& account) {
  if (is_dialog(account)) {
    return authorized(account, get_request(base_url_of(account, k_dialog_url) +
                                               "/health_status?fields=display_phone_number,"
                                               "verified_name",
                                           "whatsapp health_status"));
  }
  const std::string phone = account.config.text("phone_number_id").value_or("");
  return authorized(
      account, get_request(meta::graph_url(account, k_cloud_url,
                                           phone + "?fields=verified_name,display_phone_number,"
                                                   "quality_rating,name_status"),
                           "whatsapp phone number"));
}

Delivery parse_probe(const HttpReply& reply) {
  Json state = Json::object();
  return parse_number(reply, state);
}

std::span<const SetupStep> connect_steps() {
  return k_connect_steps;
}

std::span<const SetupStep> disconnect_steps() {
  return {};
}

std::span<const SetupStep> hook_status_steps() {
  return k_status_steps;
}

std::span<const meta::ErrorRule> error_rules() {
  return k_error_rules;
}

}  // namespace flead::channels::whatsapp
