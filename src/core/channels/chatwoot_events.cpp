// Chatwoot's way in: its webhook, how it is set up, and what operators write.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/channels/chatwoot.h"
#include "core/channels/provider_http.h"

namespace flead::channels::chatwoot {

namespace {

constexpr std::string_view k_subscriptions[] = {"message_created", "conversation_status_changed"};
constexpr std::string_view k_inbox_name = "flead";
constexpr std::string_view k_api_inbox = "Channel::Api";
constexpr std::string_view k_states[] = {"open", "resolved", "pending", "snoozed"};
constexpr std::size_t k_word_characters = 32;  // of the hook's address, hexadecimal
constexpr std::size_t k_attachments_max = 10;
constexpr std::int64_t k_message_outgoing = 1;  // a word in webhooks, this number elsewhere

HttpRequest call_account(const Account& account, std::string_view method, std::string_view path,
                         std::string_view what) {
  const std::string url = base_url_of(account, k_base_url) + "/api/v1/accounts/" +
                          std::to_string(account.config.integer("account").value_or(0)) +
                          std::string(path);
  HttpRequest request = get_request(url, "chatwoot " + std::string(what));
  request.method = method;
  request.headers.emplace_back("api_access_token", account.secret);
  return request;
}

HttpRequest with_body(HttpRequest request, const Json& body) {
  request.headers.emplace_back("content-type", "application/json");
  request.body = body.dump();
  return request;
}

// Nobody can guess it, and whoever learns it learns nothing of the token.
std::string word_of(const Account& account) {
  return hex_encode(hmac_sha256(account.secret, "hook " + account.id.text()))
      .substr(0, k_word_characters);
}

// A step's answer as a list or an object; anything but 2xx is the connector's usual verdict, and
// what is unclear may be asked again.
Delivery read_step(const HttpReply& reply, Json& json) {
  Delivery out = parse_plain(reply).delivery;
  if (out.verdict == Verdict::ambiguous) out.verdict = Verdict::retry;
  if (out.verdict == Verdict::rejected) out.verdict = Verdict::misconfigured;
  if (out.verdict != Verdict::sent) return out;
  auto parsed = parse_json(reply.body);
  if (parsed) {
    json = std::move(*parsed);
  } else {
    out.verdict = Verdict::misconfigured;
    out.says = "the answer is not JSON";
  }
  return out;
}

Delivery misconfigured(std::string says) {
  Delivery out;
  out.verdict = Verdict::misconfigured;
  out.says = std::move(says);
  return out;
}

// ---- setting up --------------------------------------------------------------------------------

Delivery parse_profile(const HttpReply& reply, Json& state) {
  Json json;
  Delivery out = read_step(reply, json);
  if (out.verdict == Verdict::sent) state.set("role", json.text("role").value_or(""));
  return out;
}

HttpRequest build_profile(const Account& account, std::string_view) {
  return build_probe(account);
}

HttpRequest build_inbox(const Account& account, std::string_view) {
  const auto chosen = account.config.integer("inbox");
  const std::string path =
      chosen ? "/inboxes/" + std::to_string(*chosen) + "/" : std::string("/inboxes");
  return call_account(account, "GET", path, "inboxes");
}

Delivery parse_inbox(const HttpReply& reply, Json& state) {
  Json json;
  Delivery out = read_step(reply, json);
  if (out.verdict != Verdict::sent) return out;
  state.set("inbox_id", 0);
  if (const Json* all = json.find("payload")) {
    for (const Json& one : all->items()) {
      if (one.text("channel_type") == k_api_inbox && one.text("name") == k_inbox_name) {
        state.set("inbox_id", whole_number(one, "id").value_or(0));
      }
    }
    return out;
  }
  if (json.text("channel_type") != k_api_inbox) {
    return misconfigured("this inbox is no API inbox: only there may flead write as the lead");
  }
  state.set("inbox_id", whole_number(json, "id").value_or(0));
  return out;
}

HttpRequest build_make_inbox(const Account& account, std::string_view) {
  if (inbox_of(account) > 0) return {};
  const Json channel = Json::object({{"type", "api"}, {"webhook_url", ""}});
  return with_body(call_account(account, "POST", "/inboxes/", "make inbox"),
                   Json::object({{"name", k_inbox_name}, {"channel", channel}}));
}

Delivery parse_make_inbox(const HttpReply& reply, Json& state) {
  Json json;
  Delivery out = read_step(reply, json);
  if (out.verdict != Verdict::sent) return out;
  const auto id = whole_number(json, "id");
  if (!id) return misconfigured("the answer has no id of the inbox");
  state.set("inbox_id", *id);
  return out;
}

const Json::Array& webhooks_of(const Json& json) {
  for (const std::string_view path : {"payload.webhooks", "payload"}) {
    const Json* list = json.find(path);
    if (list != nullptr && list->is_array()) return list->items();
  }
  return json.items();
}

// The one that calls `url`, whatever word is behind it.
const Json* webhook_of(const Json& json, const std::string& url) {
  for (const Json& one : webhooks_of(json)) {
    const std::string there = one.text("url").value_or("");
    if (there == url || there.starts_with(url + "?")) return &one;
  }
  return nullptr;
}

void keep_webhook(const Json& webhook, Json& state) {
  state.set("webhook_id", whole_number(webhook, "id").value_or(0));
  const std::string secret = webhook.text("secret").value_or("");
  state.set("signed", !secret.empty());
  state.set("hook_secret", secret);
}

HttpRequest build_webhooks(const Account& account, std::string_view) {
  return call_account(account, "GET", "/webhooks", "webhooks");
}

Delivery parse_webhooks(const HttpReply& reply, Json& state) {
  Json json;
  Delivery out = read_step(reply, json);
  if (out.verdict != Verdict::sent) return out;
  const Json* ours = webhook_of(json, state.text("hook_wanted").value_or(""));
  state.set("webhook_id", 0);
  if (ours != nullptr) keep_webhook(*ours, state);
  return out;
}

HttpRequest build_webhook(const Account& account, std::string_view hook_url) {
  Json events = Json::array();
  for (const std::string_view name : k_subscriptions) events.push(name);
  const Json body = Json::object(
      {{"url", std::string(hook_url) + "?word=" + word_of(account)}, {"subscriptions", events}});
  const std::int64_t known = account.state.integer("webhook_id").value_or(0);
  if (known == 0) return with_body(call_account(account, "POST", "/webhooks", "webhook"), body);
  return with_body(call_account(account, "PATCH", "/webhooks/" + std::to_string(known), "webhook"),
                   body);
}

Delivery parse_webhook(const HttpReply& reply, Json& state) {
  Json json;
  Delivery out = read_step(reply, json);
  if (out.verdict != Verdict::sent) return out;
  for (const std::string_view path : {"payload.webhook", "payload", ""}) {
    const Json* webhook = json.find(path);
    if (webhook == nullptr || !whole_number(*webhook, "id")) continue;
    // A change may answer without the secret that the list has told.
    if (webhook->text("secret").value_or("").empty() && state.boolean("signed").value_or(false)) {
      return out;
    }
    keep_webhook(*webhook, state);
    return out;
  }
  return misconfigured("the answer has no id of the webhook");
}

HttpRequest build_forget_webhook(const Account& account, std::string_view) {
  const std::int64_t known = account.state.integer("webhook_id").value_or(0);
  if (known == 0) return {};
  return call_account(account, "DELETE", "/webhooks/" + std::to_string(known), "forget webhook");
}

Delivery parse_forget_webhook(const HttpReply& reply, Json& state) {
  const Answer answer = parse_plain(reply);
  Delivery out = answer.delivery;
  if (answer.not_found) out.verdict = Verdict::sent;  // gone already
  if (out.verdict == Verdict::sent) state.set("webhook_id", 0).set("signed", false);
  return out;
}

Delivery parse_hook_status(const HttpReply& reply, Json& state) {
  Json json;
  Delivery out = read_step(reply, json);
  if (out.verdict != Verdict::sent) return out;
  const Json* ours = webhook_of(json, state.text("hook_url").value_or(""));
  if (ours == nullptr) return misconfigured("Chatwoot has no webhook that calls us");
  const Json* events = ours->find("subscriptions");
  for (const std::string_view wanted : k_subscriptions) {
    const bool there =
        events != nullptr && std::any_of(events->items().begin(), events->items().end(),
                                         [&](const Json& event) { return event.text() == wanted; });
    if (!there) return misconfigured("Chatwoot's webhook lacks " + std::string(wanted));
  }
  const bool has_secret = !ours->text("secret").value_or("").empty();
  if (has_secret && !state.boolean("signed").value_or(false)) {
    return misconfigured("Chatwoot signs its calls now");
  }
  return out;
}

constexpr SetupStep k_connect[] = {
    {"profile", build_profile, parse_profile},
    {"inbox", build_inbox, parse_inbox},
    {"make inbox", build_make_inbox, parse_make_inbox},
    {"webhooks", build_webhooks, parse_webhooks},
    {"webhook", build_webhook, parse_webhook},
};
constexpr SetupStep k_disconnect[] = {
    {"forget webhook", build_forget_webhook, parse_forget_webhook}};
constexpr SetupStep k_hook_status[] = {{"webhooks", build_webhooks, parse_hook_status}};

// ---- events ------------------------------------------------------------------------------------

bool is_outgoing(const Json& message) {
  return message.text("message_type") == "outgoing" ||
         message.integer("message_type") == k_message_outgoing;
}

// An operator's files are links for the person: what of them a channel can carry differs.
std::string content_of(const Json& message) {
  std::string text(trim(message.text("content").value_or("")));
  const Json* files = message.find("attachments");
  if (files == nullptr) return text;
  std::size_t count = 0;
  for (const Json& file : files->items()) {
    const std::string url = file.text("data_url").value_or("");
    if (!url.starts_with("http") || ++count > k_attachments_max) continue;
    text += (text.empty() ? "" : "\n") + url;
  }
  return text;
}

// Seconds, or a time as text.
TimeMs time_of(const Json& json, std::string_view path) {
  if (const auto seconds = json.number(path)) return static_cast<TimeMs>(*seconds * 1000.0);
  const auto time = parse_time(json.text(path).value_or(""));
  return time ? *time : 0;
}

std::string account_of(const Json& json) {
  const std::string id = id_text(json, "account.id");
  return id.empty() ? id_text(json, "account_id") : id;
}

// Words of an operator for the lead; nothing for notes, for what we wrote, and for what Chatwoot
// says by itself.
std::optional<Inbound> read_answer(const Json& message, std::string conversation) {
  const std::string id = id_text(message, "id");
  if (id.empty() || conversation.empty() || !is_outgoing(message)) return std::nullopt;
  if (message.boolean("private").value_or(true)) return std::nullopt;
  if (message.text("source_id").value_or("").starts_with(k_source_prefix)) return std::nullopt;
  const std::string type = message.text("content_type").value_or("text");
  Inbound out;
  out.text = content_of(message);
  if (type != "text" || out.text.empty()) return std::nullopt;
  out.kind = Inbound::Kind::answer;
  out.key = "message:" + id;
  out.provider_id = id;
  out.address = std::move(conversation);
  out.handle = account_of(message);
  out.name = message.text("sender.name").value_or("");
  out.at = time_of(message, "created_at");
  return out;
}

std::optional<Inbound> read_thread(const Json& conversation) {
  const std::string id = id_text(conversation, "id");
  const std::string status = conversation.text("status").value_or("");
  if (id.empty() ||
      std::find(std::begin(k_states), std::end(k_states), status) == std::end(k_states)) {
    return std::nullopt;
  }
  Inbound out;
  out.kind = Inbound::Kind::thread;
  out.payload = status;
  out.address = id;
  out.handle = account_of(conversation);
  out.at = time_of(conversation, "updated_at");
  out.key = "thread:" + id + ":" + status + ":" + std::to_string(out.at);
  return out;
}

void add(std::vector<Inbound>& events, std::optional<Inbound> event) {
  if (event) events.push_back(std::move(*event));
}

}  // namespace

std::span<const SetupStep> connect_steps() {
  return k_connect;
}
std::span<const SetupStep> disconnect_steps() {
  return k_disconnect;
}
std::span<const SetupStep> hook_status_steps() {
  return k_hook_status;
}

HookCheck verify(const Account& account, const HookCall& call) {
  HookCheck out;
  out.delivery_id = call.header("x-chatwoot-delivery");
  if (account.hook_secret.empty()) {
    // An older Chatwoot signs nothing.
    const bool demanded = account.config.text("signature") == "required";
    out.genuine = !demanded && !account.secret.empty() &&
                  equal_constant_time(call.query_value("word"), word_of(account));
    return out;
  }
  const std::string_view stamp = call.header("x-chatwoot-timestamp");
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
  constexpr std::int64_t k_seconds_max = 100'000'000'000;
  if (code != std::errc() || end != stamp.data() + stamp.size() || seconds < 0 ||
      seconds > k_seconds_max) {
    return out;
  }
  const std::int64_t age_ms = call.now - seconds * 1000;
  if (age_ms > k_signature_age_max_ms || age_ms < -k_signature_age_max_ms) return out;
  const std::string expected =
      "sha256=" +
      hex_encode(hmac_sha256(account.hook_secret, std::string(stamp) + "." + call.body));
  out.genuine = equal_constant_time(call.header("x-chatwoot-signature"), expected);
  return out;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  std::vector<Inbound> events;
  const auto json = parse_json(raw);
  if (!json || !json->is_object()) return events;
  const auto event = json->text("event");
  if (event == "message_created") {
    add(events, read_answer(*json, id_text(*json, "conversation.id")));
  } else if (event == "conversation_status_changed") {
    add(events, read_thread(*json));
  } else if (!event) {
    // What we asked for ourselves: the messages of a conversation, or the conversation.
    if (const Json* messages = json->find("payload")) {
      for (const Json& message : messages->items()) {
        add(events, read_answer(message, id_text(message, "conversation_id")));
      }
    } else {
      add(events, read_thread(*json));
    }
  }
  return events;
}

HttpRequest build_confirm(const Account& account, const Inbound& event) {
  if (!account.hook_secret.empty()) return {};
  if (event.kind == Inbound::Kind::answer) return build_messages(account, event.address);
  if (event.kind == Inbound::Kind::thread) return build_conversation(account, event.address);
  return {};
}

Delivery parse_confirm(const HttpReply& reply, const Inbound& event) {
  Delivery out = parse_plain(reply).delivery;
  if (out.verdict == Verdict::ambiguous) out.verdict = Verdict::retry;
  if (out.verdict != Verdict::sent) return out;
  const std::vector<Inbound> there = parse_events(reply.body);
  const bool found = std::any_of(there.begin(), there.end(), [&](const Inbound& one) {
    return one.kind == event.kind && one.address == event.address && one.text == event.text &&
           one.payload == event.payload && one.provider_id == event.provider_id;
  });
  if (!found) out.verdict = Verdict::rejected;
  return out;
}

}  // namespace flead::channels::chatwoot
