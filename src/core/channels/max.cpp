#include "core/channels/max.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/channels/provider_http.h"

namespace flead::channels::max_messenger {

namespace {

// By HTTP status and error key. The key may stand in `code`, in `message` or in `error`: all of
// them are looked at together.
constexpr Rule k_send_rules[] = {
    {400, "attachment.not.ready", Verdict::retry},
    {400, "", Verdict::rejected},                       // proto.payload: a bug of ours
    {401, "", Verdict::misconfigured},                  // verify.token
    {403, "deprecated.token", Verdict::misconfigured},  // the token came in the query
    // The person stopped the bot. The vendor says error.dialog.suspended to everybody for a bot
    // that it has not approved yet, so that closes nothing.
    {403, "chat.denied", Verdict::unreachable, Closes::dialog},
    {403, "", Verdict::unreachable},
    {404, "dialog.not", Verdict::unreachable},  // dialog.not.found, error.dialog.notfound
    {404, "chat.not", Verdict::unreachable},
    {404, "user.not", Verdict::unreachable},
    {404, "", Verdict::rejected},
    {405, "", Verdict::rejected},
    {429, "", Verdict::retry},  // too.many.requests; no time is named
};

// For calls that write to nobody, where a refusal is about the account or the settings.
constexpr Rule k_question_rules[] = {
    {401, "", Verdict::misconfigured}, {403, "", Verdict::misconfigured},
    {404, "", Verdict::misconfigured},  // no such path there: base_url
    {405, "", Verdict::misconfigured}, {429, "", Verdict::retry},
};

constexpr std::string_view k_update_types[] = {
    "message_created", "message_callback", "bot_started", "bot_stopped", "dialog_removed",
};

constexpr std::size_t k_button_text_max = 128;
constexpr std::size_t k_button_payload_bytes_max = 1024;
// What a button shows in full, by how many share its row.
constexpr std::array<std::size_t, 4> k_shown_characters = {20, 10, 5, 3};

constexpr std::int64_t k_pull_limit = 100;
constexpr std::int64_t k_pull_limit_step = 10;  // 100, 10, 1
constexpr int k_pull_wait_max_s = 30;
constexpr int k_pull_spare_ms = 10000;  // for the call itself, beside the wait

// A word so long in the vendor's sentence is a token or an address, and is not shown.
constexpr std::size_t k_shown_word_max = 24;
constexpr std::size_t k_error_key_max = 64;

HttpRequest with_token(const Account& account, HttpRequest request) {
  request.headers.emplace_back("authorization", account.secret);  // bare: "Bearer" gives 401
  return request;
}

std::string url_of(const Account& account, std::string_view path) {
  return base_url_of(account, k_base_url) + std::string(path);
}

// Letters, dots, dashes: no sentence, and no room for an id or a number that was sent.
bool is_error_key(std::string_view text) {
  if (text.empty() || text.size() > k_error_key_max) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
  });
}

struct ErrorWords {
  std::string all;  // what the rules are matched against
  std::string key;  // what may be shown
};

ErrorWords error_words(const Json& json) {
  ErrorWords out;
  for (const std::string_view name : {"code", "message", "error"}) {
    const std::string text = json.text(name).value_or("");
    out.all += text + " ";
    if (out.key.empty() && is_error_key(text)) out.key = text;
  }
  return out;
}

// The vendor's sentence about our settings, without what it may repeat of them.
std::string shown_sentence(std::string_view text) {
  std::string out;
  for (const std::string& word : split(cut_words(text), ' ')) {
    if (word.empty()) continue;
    const bool hidden = word.find("://") != std::string::npos ||
                        text_length(word, TextUnit::characters) >= k_shown_word_max;
    out += (out.empty() ? "" : " ") + (hidden ? std::string("…") : word);
  }
  return out;
}

// Everything but an answer with 2xx. Nothing: read the body.
std::optional<Delivery> parse_refusal(const HttpReply& reply, std::span<const Rule> rules,
                                      std::string_view stage) {
  if (auto none = parse_no_answer(reply)) return none;
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  Delivery out;  // ambiguous: a 5xx may come after the message went out
  out.stage = std::string(stage);
  out.says = "HTTP " + std::to_string(reply.status);
  if (reply.status >= 300 && reply.status < 400) {
    out.verdict = Verdict::misconfigured;  // redirects are not followed: base_url is wrong
    return out;
  }
  const auto json = parse_json(reply.body);
  const bool told = json && json->is_object();
  const ErrorWords words = told ? error_words(*json) : ErrorWords{};
  if (!words.key.empty()) out.says += " " + words.key;
  if (reply.status < 400 || reply.status >= 500) return out;
  const Rule* rule = match(rules, reply.status, words.all);
  if (!told && reply.status != 401 && reply.status != 429) {
    // A filter in front of the API answers in HTML: the request did not get through.
    out.verdict = Verdict::retry;
    out.says += ", not the API's: a filter or proxy, or a wrong base_url";
  } else {
    out.verdict = rule != nullptr ? rule->verdict : Verdict::rejected;
  }
  if (out.verdict == Verdict::retry) out.retry_after_ms = reply.retry_after_ms;
  return out;
}

struct Answer {
  Delivery delivery;  // `sent`: `json` is an object
  Json json;
};

// For calls that may be repeated: what is unclear is simply asked again.
Answer parse_question(const HttpReply& reply, std::string_view stage) {
  Answer out;
  if (auto refused = parse_refusal(reply, k_question_rules, stage)) {
    out.delivery = std::move(*refused);
    if (out.delivery.verdict == Verdict::ambiguous) out.delivery.verdict = Verdict::retry;
    return out;
  }
  out.delivery.stage = std::string(stage);
  auto json = parse_json(reply.body);
  if (json && json->is_object()) {
    out.delivery.verdict = Verdict::sent;
    out.json = std::move(*json);
  } else {
    out.delivery.verdict = Verdict::retry;
    out.delivery.says = "HTTP " + std::to_string(reply.status) + " without JSON";
  }
  return out;
}

Json link_button(const Outgoing& message) {
  std::string text = message.button_text;
  if (text.empty()) text = message.locale.starts_with("ru") ? "Открыть" : "Open";
  return Json::object({{"type", "link"},
                       {"text", fit_text(text, k_button_text_max, k_text_unit)},
                       {"url", message.button_url}});
}

Json callback_button(const ReplyButton& button) {
  return Json::object({{"type", "callback"},
                       {"text", fit_text(button.text, k_button_text_max, k_text_unit)},
                       {"payload", button.payload}});
}

// Rows of buttons. The link has a row of its own; short answers ("Yes", "No") share one as long as
// each is shown in full, which stays far below the vendor's own seven in a row.
Json keyboard_rows(const Outgoing& message) {
  Json rows = Json::array();
  if (!message.button_url.empty()) rows.push(Json::array({link_button(message)}));
  Json row = Json::array();
  std::size_t longest = 0;
  for (const ReplyButton& button : message.reply_buttons) {
    if (button.text.empty() || button.payload.size() > k_button_payload_bytes_max) continue;
    const std::size_t length = text_length(button.text, k_text_unit);
    const std::size_t count = row.items().size();
    const bool fits = count == 0 || (count < k_shown_characters.size() &&
                                     std::max(longest, length) <= k_shown_characters.at(count));
    if (!fits) {
      if (rows.items().size() + 1 >= k_rows_max) break;  // this row is the last one
      rows.push(std::exchange(row, Json::array()));
      longest = 0;
    }
    longest = std::max(longest, length);
    row.push(callback_button(button));
  }
  if (!row.items().empty()) rows.push(std::move(row));
  return rows;
}

// Fewer than usual after an answer that was too large to be read.
std::int64_t pull_limit(const Json& state) {
  return std::clamp<std::int64_t>(state.integer("pull_limit").value_or(k_pull_limit), 1,
                                  k_pull_limit);
}

// The marker has not moved, so nothing is lost by asking again for less.
Pulled pull_less(const HttpReply& reply, Json& state) {
  Pulled out;
  out.delivery.verdict = Verdict::retry;
  out.delivery.stage = "GET /updates";
  out.delivery.says = cut_words(reply.error);
  const std::int64_t limit = pull_limit(state);
  out.again = limit > 1;
  if (out.again) state.set("pull_limit", std::max<std::int64_t>(limit / k_pull_limit_step, 1));
  return out;
}

bool is_start_token(std::string_view token) {
  return !token.empty() && token.size() <= k_start_token_max &&
         std::all_of(token.begin(), token.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

HttpRequest build_me(const Account& account, std::string_view) {
  return build_probe(account);
}

Delivery parse_me(const HttpReply& reply, Json& state) {
  auto [delivery, json] = parse_question(reply, "GET /me");
  if (delivery.verdict != Verdict::sent) return delivery;
  const std::string user_id = id_text(json, "user_id");
  const std::string username = json.text("username").value_or("");
  if (user_id.empty() && username.empty()) {
    delivery.verdict = Verdict::retry;
    delivery.says = "the answer names no bot";
    return delivery;
  }
  state.set("username", username).set("user_id", user_id);
  delivery.says = username.empty() ? "bot " + cut_words(user_id) : "@" + cut_words(username);
  return delivery;
}

HttpRequest build_subscribe(const Account& account, std::string_view hook_url) {
  Json types = Json::array();
  for (const std::string_view type : k_update_types) types.push(type);
  const Json body = Json::object(
      {{"url", hook_url}, {"update_types", std::move(types)}, {"secret", account.hook_secret}});
  return with_token(account,
                    json_request(url_of(account, "/subscriptions"), "max subscribe", body));
}

// A refusal comes with HTTP 200 too: only `success` counts.
Delivery parse_success(const HttpReply& reply, std::string_view stage) {
  auto [delivery, json] = parse_question(reply, stage);
  if (delivery.verdict != Verdict::sent) return delivery;
  const auto success = json.boolean("success");
  if (!success) {
    delivery.verdict = Verdict::retry;
    delivery.says = "the answer does not say whether it worked";
  } else if (!*success) {
    delivery.verdict = Verdict::misconfigured;
    delivery.says = "refused: " + shown_sentence(json.text("message").value_or(""));
  }
  return delivery;
}

Delivery parse_subscribe(const HttpReply& reply, Json&) {
  Delivery delivery = parse_success(reply, "POST /subscriptions");
  if (delivery.verdict == Verdict::sent) delivery.says = "subscribed";
  return delivery;
}

// The address that is subscribed, and the one that would be only if none is known: the public
// address of this server may have changed since.
HttpRequest build_unsubscribe(const Account& account, std::string_view hook_url) {
  std::string url = account.state.text("hook_url").value_or("");
  if (url.empty()) url = std::string(hook_url);
  if (url.empty()) return {};
  HttpRequest request =
      get_request(url_of(account, "/subscriptions?url=") + percent_encode(url), "max unsubscribe");
  request.method = "DELETE";
  return with_token(account, std::move(request));
}

// A subscription that is not there any more (the vendor drops dead ones) is what was wanted.
bool was_gone(const HttpReply& reply) {
  if (reply.status == 404) return true;
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) return false;
  const std::string words = ascii_lower(error_words(*json).all);
  return words.find("not found") != std::string::npos ||
         words.find("no such") != std::string::npos ||
         words.find("not.found") != std::string::npos ||
         words.find("notfound") != std::string::npos;
}

Delivery parse_unsubscribe(const HttpReply& reply, Json& state) {
  Delivery delivery = parse_success(reply, "DELETE /subscriptions");
  const bool refused =
      delivery.verdict == Verdict::misconfigured || delivery.verdict == Verdict::rejected;
  if (refused && was_gone(reply)) delivery.verdict = Verdict::sent;
  if (delivery.verdict != Verdict::sent) return delivery;
  state.set("hook_url", "");
  delivery.says = "unsubscribed";
  return delivery;
}

HttpRequest build_subscriptions(const Account& account, std::string_view) {
  return with_token(account, get_request(url_of(account, "/subscriptions"), "max subscriptions"));
}

Delivery parse_subscriptions(const HttpReply& reply, Json& state) {
  auto [delivery, json] = parse_question(reply, "GET /subscriptions");
  if (delivery.verdict != Verdict::sent) return delivery;
  const Json* list = json.find("subscriptions");
  if (list == nullptr || !list->is_array()) {
    delivery.verdict = Verdict::retry;
    delivery.says = "the answer has no list of subscriptions";
    return delivery;
  }
  const std::string ours = state.text("hook_url").value_or("");
  const bool listed =
      !ours.empty() && std::any_of(list->items().begin(), list->items().end(),
                                   [&](const Json& one) { return one.text("url") == ours; });
  delivery.verdict = listed ? Verdict::sent : Verdict::misconfigured;
  delivery.says = listed ? "subscribed" : "our address is not subscribed";
  return delivery;
}

constexpr SetupStep k_connect[] = {
    {"GET /me", build_me, parse_me},
    {"POST /subscriptions", build_subscribe, parse_subscribe},
};
constexpr SetupStep k_disconnect[] = {
    {"DELETE /subscriptions", build_unsubscribe, parse_unsubscribe},
};
constexpr SetupStep k_hook_status[] = {
    {"GET /subscriptions", build_subscriptions, parse_subscriptions},
};

}  // namespace

Result<Json> check_config(const Json& config) {
  return check_http_config(config, k_base_url);
}

HttpRequest build_send(const Account& account, const Outgoing& message) {
  Json body =
      Json::object({{"text", fit_text(message.text, k_text_max, k_text_unit)}, {"notify", true}});
  Json rows = keyboard_rows(message);
  if (!rows.items().empty()) {
    const Json payload = Json::object({{"buttons", std::move(rows)}});
    body.set("attachments",
             Json::array({Json::object({{"type", "inline_keyboard"}, {"payload", payload}})}));
  }
  // The recipient stands in the query: in the body it is refused.
  std::string url = url_of(account, "/messages?user_id=") + percent_encode(message.address);
  return with_token(account, json_request(std::move(url), "max send", body));
}

Delivery parse_send(const HttpReply& reply) {
  if (auto refused = parse_refusal(reply, k_send_rules, "send")) return std::move(*refused);
  Delivery out;
  out.stage = "send";
  const auto json = parse_json(reply.body);
  const Json* body = json ? json->find("message.body") : nullptr;
  if (body == nullptr || !body->is_object()) {
    out.says = "HTTP " + std::to_string(reply.status) + " without the message";
    return out;  // ambiguous: nobody knows who answered, and what was done before
  }
  out.verdict = Verdict::sent;
  out.provider_id = id_text(*body, "mid");
  out.delivered = true;  // it stands in the person's dialog; there are no receipts
  out.says = "accepted";
  return out;
}

HttpRequest build_probe(const Account& account) {
  return with_token(account, get_request(url_of(account, "/me"), "max me"));
}

Delivery parse_probe(const HttpReply& reply) {
  Json ignored = Json::object();
  return parse_me(reply, ignored);
}

std::span<const SetupStep> connect_steps() {
  return k_connect;
}

std::span<const SetupStep> disconnect_steps() {
  return k_disconnect;
}

std::span<const SetupStep> hook_status_steps() {
  return k_hook_status;
}

HttpRequest build_pull(const Account& account, int wait_s) {
  const int held_s = std::clamp(wait_s, 0, k_pull_wait_max_s);
  std::string url = url_of(account, "/updates?limit=") + std::to_string(pull_limit(account.state)) +
                    "&timeout=" + std::to_string(held_s);
  // Without a marker the vendor gives the latest event alone, and where to go on.
  if (const auto marker = whole_number(account.state, "marker")) {
    url += "&marker=" + std::to_string(*marker);
  }
  std::string types;
  for (const std::string_view type : k_update_types) {
    types += (types.empty() ? "" : ",") + std::string(type);
  }
  HttpRequest request = get_request(url + "&types=" + types, "max updates");
  request.timeout_ms = held_s * 1000 + k_pull_spare_ms;
  return with_token(account, std::move(request));
}

Pulled parse_pull(const HttpReply& reply, Json& state) {
  if (reply.status == 200 && !reply.error.empty()) return pull_less(reply, state);
  auto [delivery, json] = parse_question(reply, "GET /updates");
  Pulled out;
  out.delivery = std::move(delivery);
  if (out.delivery.verdict != Verdict::sent) return out;
  const Json* updates = json.find("updates");
  const auto marker = whole_number(json, "marker");
  if ((updates == nullptr || !updates->is_array()) && !marker) {
    out.delivery.verdict = Verdict::retry;
    out.delivery.says = "the answer has neither updates nor a marker";
    return out;
  }
  std::int64_t count = 0;
  if (updates != nullptr) {
    count = std::ssize(updates->items());
    for (const Json& update : updates->items()) {
      if (update.is_object()) out.events.push_back(update.dump());
    }
  }
  out.again = count >= pull_limit(state);
  out.delivery.says = "updates: " + std::to_string(count);
  if (marker) state.set("marker", *marker);
  if (!out.again && pull_limit(state) < k_pull_limit) state.set("pull_limit", k_pull_limit);
  return out;
}

HttpRequest build_acknowledge(const Account& account, const Inbound& press) {
  if (press.answer_token.empty()) return {};
  const bool russian = press.language.empty() || press.language.starts_with("ru");
  const Json body = Json::object({{"notification", russian ? "Принято" : "Got it"}});
  std::string url = url_of(account, "/answers?callback_id=") + percent_encode(press.answer_token);
  return with_token(account, json_request(std::move(url), "max answer", body));
}

std::string start_link(const Account& account, std::string_view token) {
  const std::string username = account.state.text("username").value_or("");
  if (username.empty() || !is_start_token(token)) return {};
  return "https://max.ru/" + percent_encode(username) + "?start=" + std::string(token);
}

}  // namespace flead::channels::max_messenger
