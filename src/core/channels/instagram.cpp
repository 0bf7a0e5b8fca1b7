#include "core/channels/instagram.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/provider_http.h"

namespace flead::channels::instagram {

namespace {

using meta::ErrorRule;
using meta::k_any_code;

constexpr std::int64_t k_rate_wait_ms = 5 * k_minute_ms;

constexpr ErrorRule k_error_rules[] = {
    {10, 10, 2534022, Verdict::unreachable, "outside of the 24 hour window"},
    {10, 10, 2018278, Verdict::unreachable, "outside of the 24 hour window"},  // of a Page's API
    {100, 100, 33, Verdict::misconfigured, "no such account_id, or the token may not use it"},
    {k_any_code, 0, 2534025, Verdict::sent, "the only private reply was already sent"},
    {k_any_code, 0, 2534014, Verdict::unreachable, "the person cannot be found"},
    {k_any_code, 0, 2534001, Verdict::unreachable, "the person has deleted the dialog"},
    {190, 190, 0, Verdict::misconfigured, "the access token is invalid or has expired"},
    {10, 10, 0, Verdict::misconfigured, "the app lacks a permission"},
    {200, 200, 0, Verdict::misconfigured, "the app lacks a permission"},
    {230, 230, 0, Verdict::misconfigured, "the app lacks a permission"},
    {551, 551, 0, Verdict::unreachable, "the person is unavailable"},
    {100, 100, 0, Verdict::rejected, "a parameter is invalid"},
    {4, 4, 0, Verdict::retry, "too many calls", k_rate_wait_ms},
    {17, 17, 0, Verdict::retry, "too many calls", k_rate_wait_ms},
    {32, 32, 0, Verdict::retry, "too many calls", k_rate_wait_ms},
    {613, 613, 0, Verdict::retry, "too many calls", k_rate_wait_ms},
    {80002, 80002, 0, Verdict::retry, "too many calls", k_rate_wait_ms},
    {368, 368, 0, Verdict::misconfigured, "blocked for a breach of Meta's policy"},
    {1, 2, 0, Verdict::retry, "trouble at Meta"},
    {2500, 2500, 0, Verdict::misconfigured, "no such address: base_url or version"},
};

constexpr std::string_view k_fields =
    "messages,messaging_postbacks,messaging_referral,messaging_seen";

// Of a message with buttons; the vendor's limit is in characters, ours on bytes holds as well.
constexpr std::size_t k_template_characters_max = 640;
constexpr std::size_t k_button_title_max = 20;
constexpr std::size_t k_payload_bytes_max = 1000;
constexpr std::size_t k_date_characters_max = 40;
// A count of seconds up to here, of milliseconds from here: some shapes of events use seconds.
constexpr std::int64_t k_seconds_max = 100'000'000'000;

HttpRequest authorized(const Account& account, HttpRequest request) {
  request.headers.emplace_back("authorization", "Bearer " + account.secret);
  return request;
}

std::string account_url(const Account& account, std::string_view path) {
  const std::string id = account.config.text("account_id").value_or("me");
  return meta::graph_url(account, k_base_url, id + std::string(path));
}

Json quick_replies(const std::vector<ReplyButton>& buttons) {
  Json out = Json::array();
  for (const ReplyButton& button : buttons) {
    const std::string title = fit_text(trim(button.text), k_button_title_max, TextUnit::characters);
    if (title.empty() || button.payload.empty() || button.payload.size() > k_payload_bytes_max ||
        out.items().size() >= k_reply_buttons_max) {
      continue;
    }
    out.push(
        Json::object({{"content_type", "text"}, {"title", title}, {"payload", button.payload}}));
  }
  return out;
}

Json link_attachment(const Outgoing& message, std::string_view label) {
  Json buttons = Json::array();
  buttons.push(Json::object({{"type", "web_url"}, {"url", message.button_url}, {"title", label}}));
  Json payload = Json::object({{"template_type", "button"}, {"text", message.text}});
  payload.set("buttons", std::move(buttons));
  return Json::object({{"type", "template"}, {"payload", std::move(payload)}});
}

Json message_of(const Outgoing& message) {
  Json replies = quick_replies(message.reply_buttons);
  const std::string label =
      fit_text(trim(message.button_text), k_button_title_max, TextUnit::characters);
  if (replies.items().empty() && !message.button_url.empty() && !label.empty() &&
      !trim(message.text).empty() && message.text.size() <= k_text_max &&
      text_length(message.text, TextUnit::characters) <= k_template_characters_max) {
    return Json::object({{"attachment", link_attachment(message, label)}});
  }
  Json out = Json::object();
  out.set("text", meta::text_with_link(message.text, message.button_text, message.button_url,
                                       k_text_max, k_text_unit));
  if (!replies.items().empty()) out.set("quick_replies", std::move(replies));
  return out;
}

// ---- Setup

Delivery parse_me(const HttpReply& reply, Json& state) {
  meta::Answer answer = meta::read_repeatable(k_error_rules, reply, "me");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "me";
  const std::string username = answer.body.text("username").value_or("");
  std::string user_id = id_text(answer.body, "user_id");
  if (user_id.empty()) user_id = id_text(answer.body, "id");
  if (username.empty()) {
    out.verdict = Verdict::retry;
    out.says = "no username in the answer";
    return out;
  }
  state.set("username", username);
  if (!user_id.empty()) state.set("user_id", user_id);
  out.verdict = Verdict::sent;
  out.says = cut_words("@" + username);
  return out;
}

HttpRequest build_me_step(const Account& account, std::string_view) {
  return build_probe(account);
}

HttpRequest build_subscribe_step(const Account& account, std::string_view) {
  HttpRequest request = get_request(
      account_url(account, "/subscribed_apps?subscribed_fields=" + percent_encode(k_fields)),
      "instagram subscribed_apps");
  request.method = "POST";
  return authorized(account, std::move(request));
}

Delivery parse_subscribe_step(const HttpReply& reply, Json&) {
  return meta::parse_success(k_error_rules, reply, "subscribed_apps");
}

HttpRequest build_status_step(const Account& account, std::string_view) {
  return authorized(
      account, get_request(account_url(account, "/subscribed_apps"), "instagram subscribed_apps"));
}

bool lists_messages(const Json& app) {
  const Json* fields = app.find("subscribed_fields");
  if (fields == nullptr) return false;
  return std::any_of(fields->items().begin(), fields->items().end(), [](const Json& field) {
    return field.text() == "messages" || field.text("name") == "messages";
  });
}

Delivery parse_status_step(const HttpReply& reply, Json&) {
  meta::Answer answer = meta::read_repeatable(k_error_rules, reply, "subscribed_apps");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "subscribed_apps";
  const Json* apps = answer.body.find("data");
  const bool subscribed =
      apps != nullptr && std::any_of(apps->items().begin(), apps->items().end(), lists_messages);
  out.verdict = subscribed ? Verdict::sent : Verdict::misconfigured;
  out.says = subscribed ? "subscribed" : "the account is not subscribed to messages";
  return out;
}

constexpr SetupStep k_connect_steps[] = {
    {"me", build_me_step, parse_me},
    {"subscribed_apps", build_subscribe_step, parse_subscribe_step},
};
constexpr SetupStep k_status_steps[] = {
    {"subscribed_apps", build_status_step, parse_status_step},
};

// ---- Events

TimeMs event_time(const Json& event) {
  const auto count = whole_number(event, "timestamp");
  return meta::time_of(event, "timestamp", count && *count < k_seconds_max ? k_second_ms : 1);
}

// For what has no id of its own.
std::string made_key(std::string_view kind, const Inbound& event) {
  return std::string(kind) + ":" + event.address + ":" + std::to_string(event.at);
}

bool is_true(const Json& json, std::string_view path) {
  return json.boolean(path).value_or(false);
}

void read_message(Inbound event, const Json& message, std::vector<Inbound>& out) {
  if (is_true(message, "is_echo") || is_true(message, "is_deleted") ||
      is_true(message, "is_unsupported")) {
    return;
  }
  event.key = message.text("mid").value_or("");
  if (event.key.empty()) return;
  event.provider_id = event.key;
  event.text = message.text("text").value_or("");
  if (const auto payload = message.text("quick_reply.payload")) {
    event.kind = Inbound::Kind::button;
    event.payload = *payload;
  } else if (!event.text.empty()) {
    event.kind = Inbound::Kind::text;
  }  // else a picture or a voice: `other`
  out.push_back(std::move(event));
}

void read_referral(Inbound event, const Json& referral, std::string key,
                   std::vector<Inbound>& out) {
  event.kind = Inbound::Kind::start;
  event.payload = id_text(referral, "ref");
  event.key = std::move(key);
  out.push_back(std::move(event));
}

void read_postback(Inbound event, const Json& postback, std::vector<Inbound>& out) {
  event.key = postback.text("mid").value_or("");
  if (event.key.empty()) event.key = made_key("postback", event);
  event.provider_id = postback.text("mid").value_or("");
  // The first press after a start link brings the link's token as well: who it is comes first.
  if (const Json* referral = postback.find("referral"); referral && referral->is_object()) {
    read_referral(event, *referral, event.key + ":referral", out);
  }
  event.kind = Inbound::Kind::button;
  event.payload = postback.text("payload").value_or("");
  event.text = postback.text("title").value_or("");
  out.push_back(std::move(event));
}

void read_seen(Inbound event, const Json& seen, std::vector<Inbound>& out) {
  const std::string mid = seen.text("mid").value_or("");
  if (mid.empty()) return;  // nothing says which message
  event.kind = Inbound::Kind::receipt;
  event.key = "read:" + mid;
  event.provider_id = mid;
  event.read = true;
  event.delivery.verdict = Verdict::sent;
  event.delivery.delivered = true;
  event.delivery.provider_id = mid;
  event.delivery.says = "read";
  event.delivery.stage = "seen";
  out.push_back(std::move(event));
}

void read_event(const Json& json, std::string_view own_id, std::vector<Inbound>& out) {
  Inbound event;
  event.account = own_id;
  event.address = id_text(json, "sender.id");
  event.at = event_time(json);
  if (event.address.empty() || event.address == own_id) return;
  if (const Json* message = json.find("message")) {
    read_message(std::move(event), *message, out);
  } else if (const Json* postback = json.find("postback")) {
    read_postback(std::move(event), *postback, out);
  } else if (const Json* referral = json.find("referral")) {
    std::string key = made_key("referral", event) + ":" + id_text(*referral, "ref");
    read_referral(std::move(event), *referral, std::move(key), out);
  } else if (const Json* seen = json.find("read")) {
    read_seen(std::move(event), *seen, out);
  } else {
    event.key = made_key("event", event);  // reactions, edits, handovers
    out.push_back(std::move(event));
  }
}

void read_entry(const Json& entry, std::vector<Inbound>& out) {
  const std::string own_id = id_text(entry, "id");
  if (const Json* messaging = entry.find("messaging")) {
    for (const Json& event : messaging->items()) read_event(event, own_id, out);
  }
  const Json* changes = entry.find("changes");
  for (const Json& change : changes != nullptr ? changes->items() : Json::Array()) {
    const std::string field = change.text("field").value_or("");
    const Json* value = change.find("value");
    // Comments and mentions come by the same door.
    if (value != nullptr && (field == "messages" || field.starts_with("messaging_"))) {
      read_event(*value, own_id, out);
    }
  }
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, check_http_config(config, k_base_url));
  FLEAD_TRY(const std::string version, meta::check_version(config));
  FLEAD_TRY(const std::string account_id, meta::check_digits(config, "account_id"));
  FLEAD_TRY(const std::string expires_at, config_line(config, "expires_at", k_date_characters_max));
  if (!expires_at.empty() && !parse_time(expires_at)) {
    return refused_field("expires_at", "expires_at_invalid", "expires_at is a day: 2027-01-20");
  }
  out.set("version", version);
  if (!account_id.empty()) out.set("account_id", account_id);
  if (!expires_at.empty()) out.set("expires_at", expires_at);
  return out;
}

HttpRequest build_send(const Account& account, const Outgoing& message) {
  Json body = Json::object({{"recipient", Json::object({{"id", message.address}})}});
  body.set("message", message_of(message));
  return authorized(account,
                    json_request(account_url(account, "/messages"), "instagram send", body));
}

Delivery parse_send(const HttpReply& reply) {
  meta::Answer answer = meta::read_answer(k_error_rules, reply, "send");
  if (answer.failed) return std::move(*answer.failed);
  Delivery out;
  out.stage = "send";
  out.provider_id = answer.body.text("message_id").value_or("");
  if (out.provider_id.empty()) {
    out.says = "neither an id nor an error in the answer";
    return out;  // ambiguous: something took it
  }
  out.verdict = Verdict::sent;
  out.delivered = true;
  out.says = "accepted";
  return out;
}

HttpRequest build_probe(const Account& account) {
  return authorized(account, get_request(meta::graph_url(account, k_base_url,
                                                         "me?fields=user_id,username,account_type"),
                                         "instagram me"));
}

Delivery parse_probe(const HttpReply& reply) {
  Json state = Json::object();
  return parse_me(reply, state);
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

HookCheck verify(const Account& account, const HookCall& call) {
  return meta::verify(account, call);
}

std::vector<Inbound> parse_events(std::string_view raw) {
  std::vector<Inbound> out;
  const auto json = parse_json(raw);
  if (!json || json->text("object") != "instagram") return out;
  const Json* entries = json->find("entry");
  for (const Json& entry : entries != nullptr ? entries->items() : Json::Array()) {
    read_entry(entry, out);
  }
  return out;
}

// The account has two ids with Meta, and which of them an event names is not promised: only one
// that is neither is another account's.
bool owns(const Channel& channel, const Inbound& event) {
  const std::string given = id_text(channel.config, "account_id");
  const std::string learned = id_text(channel.state, "user_id");
  return given.empty() || learned.empty() || event.account.empty() || event.account == given ||
         event.account == learned;
}

std::string start_link(const Account& account, std::string_view token) {
  const std::string username = account.state.text("username").value_or("");
  if (username.empty() || token.empty()) return {};
  return "https://ig.me/m/" + percent_encode(username) + "?ref=" + percent_encode(token);
}

}  // namespace flead::channels::instagram
