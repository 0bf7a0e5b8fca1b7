#include "core/channels/telegram.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/provider_http.h"

namespace flead::channels::telegram {

namespace {

constexpr std::string_view k_base_url = "https://api.telegram.org";
constexpr std::string_view k_link_url = "https://t.me/";

// By error_code and a part of the description in lower case: its wording is no contract.
constexpr Rule k_rules[] = {
    {400, "message is not modified", Verdict::sent},         // it already reads so
    {400, "query is too old", Verdict::sent},                // nobody waits for that any more
    {400, "chat not found", Verdict::unreachable},           // the person never opened the bot
    {400, "group chat was upgraded", Verdict::unreachable},  // a group is no person
    {400, "", Verdict::rejected},                            // our text or our buttons
    {401, "", Verdict::misconfigured},                       // the token was revoked, or is wrong
    {403, "blocked", Verdict::unreachable, Closes::dialog},
    {403, "deactivated", Verdict::unreachable, Closes::dialog},
    {403, "", Verdict::unreachable},    // never started, a group
    {404, "", Verdict::misconfigured},  // a malformed token, or another API
    {409, "", Verdict::misconfigured},  // a webhook and a pull, or two pulls
    {429, "", Verdict::retry},          // flood control
};

// What the table above does not know about setting up.
constexpr Rule k_setup_rules[] = {
    {400, "webhook", Verdict::misconfigured},  // our public address: its scheme, port, certificate
    {409, "", Verdict::retry},                 // another setWebhook came in between
};

// Answers that have no envelope of the Bot API: a proxy, a balancer, a wrong base URL. A 403 of
// these must not write a person off.
constexpr Rule k_foreign_rules[] = {
    {408, "", Verdict::retry},     // the request did not arrive whole
    {413, "", Verdict::rejected},  // it was too large
    {429, "", Verdict::retry},
};

constexpr std::size_t k_button_payload_bytes_max = 64;

// Flood control does not say whether one chat or the whole bot is meant. One chat bears a message
// a second, so that wait is short, and only this message waits. A longer one is the bot's: we never
// send one person so much (the server's own limit for a chat is 310 messages under way), and to
// ask again for others meanwhile only makes it longer.
constexpr std::int64_t k_chat_wait_ms_max = 5 * k_second_ms;

constexpr int k_pull_wait_s_max = 50;
// Several ordinary updates fit k_reply_bytes_max, where Telegram would send up to 4 MiB.
constexpr std::size_t k_pull_updates_max = 10;

Json allowed_updates() {
  return Json::array({"message", "callback_query", "my_chat_member"});
}

HttpRequest method_request(const Account& account, std::string_view method, const Json& body) {
  // Whatever somebody pasted as the token stays one part of the path.
  const std::string token = replace_all(percent_encode(account.secret), "%3A", ":");
  return json_request(base_url_of(account, k_base_url) + "/bot" + token + "/" + std::string(method),
                      "telegram " + std::string(method), body);
}

// Descriptions may quote our request, a link with a person's token in it for one ("button URL
// 'https://…' is invalid"). An apostrophe within a word ("can't") quotes nothing.
std::string public_words(std::string_view description) {
  const std::size_t end = std::min(
      {description.find('"'), description.find(" '"), description.find("://"), description.size()});
  return cut_words(trim(description.substr(0, end)));
}

// Exactly what Telegram asked for. Beyond the age of a message nothing would wait any more, and
// the sum must not overflow.
std::int64_t flood_wait_ms(const HttpReply& reply, const Json& json) {
  const std::int64_t seconds = whole_number(json, "parameters.retry_after").value_or(0);
  if (seconds > k_message_age_max_ms / k_second_ms) return k_message_age_max_ms;
  if (seconds > 0) return seconds * k_second_ms;
  return std::clamp<std::int64_t>(reply.retry_after_ms, 0, k_message_age_max_ms);
}

void obey_flood_control(Delivery& delivery, std::int64_t wait_ms) {
  delivery.retry_after_ms = wait_ms;
  delivery.hold_channel = wait_ms > k_chat_wait_ms_max;
}

Delivery foreign_answer(const HttpReply& reply) {
  Delivery out;
  out.stage = "http";
  out.says = "HTTP " + std::to_string(reply.status) + ", not an answer of the Bot API";
  if (const Rule* rule = match(k_foreign_rules, reply.status, "")) {
    out.verdict = rule->verdict;
  } else if (reply.status >= 300 && reply.status < 500) {
    out.verdict = Verdict::misconfigured;  // redirects are not followed either
  }
  if (reply.status == 429) obey_flood_control(out, flood_wait_ms(reply, Json()));
  return out;
}

Delivery refusal(const HttpReply& reply, const Json& json, std::span<const Rule> special) {
  std::int64_t code = reply.status;
  if (code == 200) code = json.integer("error_code").value_or(0);
  if (code < 0 || code > 999) code = 0;
  const std::string description = json.text("description").value_or("");
  const std::string known = ascii_lower(description);
  const auto status = static_cast<int>(code);

  Delivery out;
  out.says = std::to_string(code) + " " + public_words(description);
  const Rule* rule = match(special, status, known);
  if (rule == nullptr) rule = match(k_rules, status, known);
  if (rule != nullptr) {
    out.verdict = rule->verdict;
    out.closes = rule->closes;
  } else if (code >= 300 && code < 500) {
    out.verdict = code < 400 ? Verdict::misconfigured : Verdict::rejected;
  }  // else a 5xx: it may have acted
  if (code == 429) obey_flood_control(out, flood_wait_ms(reply, json));
  return out;
}

struct Answer {
  std::optional<Delivery> failed;  // nothing: `json` is what came with "ok":true
  Json json;
};

Answer read_answer(const HttpReply& reply, std::span<const Rule> special = {}) {
  Answer out;
  out.failed = parse_no_answer(reply);
  if (out.failed) return out;
  auto json = parse_json(reply.body);
  const std::optional<bool> ok = json ? json->boolean("ok") : std::nullopt;
  if (ok == true && reply.status == 200) {
    out.json = std::move(*json);
  } else if (ok == false) {
    out.failed = refusal(reply, *json, special);
  } else {
    out.failed = foreign_answer(reply);
  }
  return out;
}

// For calls that may be repeated: no outcome means asking again.
Delivery harmless(Delivery delivery) {
  if (delivery.verdict == Verdict::ambiguous) delivery.verdict = Verdict::retry;
  return delivery;
}

Delivery verdict_of(Verdict verdict, std::string says) {
  Delivery out;
  out.verdict = verdict;
  out.says = std::move(says);
  return out;
}

// ---- sending

// Zero for what is no person's id: Telegram finds no such chat, where "@name" or a number below
// zero would put a private text into a channel or a group.
std::int64_t chat_id_of(std::string_view address) {
  return std::max<std::int64_t>(whole_number(Json(address), "").value_or(0), 0);
}

// Telegram wants http, https or tg, and a host with a dot in it: no "localhost". One bad link and
// the whole message is refused.
bool is_button_url(std::string_view url) {
  if (url.find(' ') != std::string_view::npos || has_control_characters(url)) return false;
  if (url.starts_with("tg://")) return true;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const std::string_view rest = url.substr(scheme.size());
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    return host.starts_with('[') || host.find('.') != std::string_view::npos;
  }
  return false;
}

std::string text_of(const Outgoing& message) {
  std::string tail;
  const std::string& url = message.button_url;
  if (!url.empty() && !is_button_url(url) && message.text.find(url) == std::string::npos) {
    tail = "\n\n" + message.button_text + (message.button_text.empty() ? "" : ": ") + url;
  }
  const std::size_t used = std::min(text_length(tail, TextUnit::utf16_units), k_text_max);
  // The text gives way, not the link.
  const std::string text = fit_text(message.text, k_text_max - used, TextUnit::utf16_units);
  return fit_text(text + tail, k_text_max, TextUnit::utf16_units);
}

Json keyboard_of(const Outgoing& message) {
  Json rows = Json::array();
  if (is_button_url(message.button_url)) {
    const std::string& label =
        message.button_text.empty() ? message.button_url : message.button_text;
    rows.push(Json::array({Json::object({{"text", label}, {"url", message.button_url}})}));
  }
  std::size_t count = 0;
  for (const ReplyButton& button : message.reply_buttons) {
    // Without a button that cannot work the message still arrives; with it, it would not.
    if (button.text.empty() || button.payload.empty() ||
        button.payload.size() > k_button_payload_bytes_max || ++count > k_reply_buttons_max) {
      continue;
    }
    rows.push(
        Json::array({Json::object({{"text", button.text}, {"callback_data", button.payload}})}));
  }
  return rows;
}

// ---- setting up

bool is_username(std::string_view name) {
  return !name.empty() && name.size() <= k_handle_characters_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

HttpRequest build_get_me(const Account& account, std::string_view) {
  return build_probe(account);
}

Delivery parse_get_me(const HttpReply& reply, Json& state) {
  Answer answer = read_answer(reply);
  if (answer.failed) return harmless(std::move(*answer.failed));
  const auto id = whole_number(answer.json, "result.id");
  if (!id) return verdict_of(Verdict::retry, "an answer without a bot");
  state.set("bot_id", std::to_string(*id));
  const std::string username = answer.json.text("result.username").value_or("");
  if (!is_username(username)) return verdict_of(Verdict::sent, "bot " + std::to_string(*id));
  state.set("username", username);
  return verdict_of(Verdict::sent, "@" + username);
}

HttpRequest build_set_webhook(const Account& account, std::string_view hook_url) {
  if (hook_url.empty()) return {};  // an empty url would remove a webhook
  return method_request(account, "setWebhook",
                        Json::object({{"url", hook_url},
                                      {"secret_token", account.hook_secret},
                                      {"allowed_updates", allowed_updates()}}));
}

Json bot_command(std::string_view name, std::string_view description) {
  return Json::object({{"command", name}, {"description", description}});
}

HttpRequest build_commands(const Account& account, std::string_view) {
  return method_request(
      account, "setMyCommands",
      Json::object({{"commands", Json::array({bot_command("start", "Start the conversation"),
                                              bot_command("stop", "Stop writing to me"),
                                              bot_command("human", "Talk to a person")})}}));
}

HttpRequest build_commands_ru(const Account& account, std::string_view) {
  return method_request(
      account, "setMyCommands",
      Json::object({{"commands", Json::array({bot_command("start", "Начать разговор"),
                                              bot_command("stop", "Больше не писать мне"),
                                              bot_command("human", "Позвать человека")})},
                    {"language_code", "ru"}}));
}

Delivery parse_done(const HttpReply& reply, Json&) {
  Answer answer = read_answer(reply, k_setup_rules);
  if (answer.failed) return harmless(std::move(*answer.failed));
  return verdict_of(Verdict::sent, public_words(answer.json.text("description").value_or("")));
}

HttpRequest build_delete_webhook(const Account& account, std::string_view) {
  return method_request(account, "deleteWebhook", Json::object({{"drop_pending_updates", false}}));
}

Delivery parse_delete_webhook(const HttpReply& reply, Json& state) {
  Delivery out = parse_done(reply, state);
  if (out.verdict == Verdict::sent) state.set("hook_url", "");
  return out;
}

HttpRequest build_webhook_info(const Account& account, std::string_view) {
  return method_request(account, "getWebhookInfo", Json::object());
}

Delivery parse_webhook_info(const HttpReply& reply, Json& state) {
  Answer answer = read_answer(reply);
  if (answer.failed) return harmless(std::move(*answer.failed));
  const auto url = answer.json.text("result.url");
  if (!url) return verdict_of(Verdict::retry, "an answer without the webhook's address");
  const std::string wanted = state.text("hook_url").value_or("");
  Delivery out = verdict_of(Verdict::sent, "the webhook is set");
  if (url->empty()) {
    out = verdict_of(Verdict::misconfigured, "no webhook is set");
  } else if (!wanted.empty() && *url != wanted) {
    out = verdict_of(Verdict::misconfigured, "the webhook is set to another address");
  }
  const std::int64_t waiting = answer.json.integer("result.pending_update_count").value_or(0);
  if (waiting > 0) out.says += ", updates waiting: " + std::to_string(waiting);
  const std::string error = answer.json.text("result.last_error_message").value_or("");
  if (!error.empty()) out.says += ", last error: " + public_words(error);
  return out;
}

constexpr SetupStep k_connect[] = {
    {"getMe", build_get_me, parse_get_me},
    {"setWebhook", build_set_webhook, parse_done},
    {"setMyCommands", build_commands, parse_done},
    {"setMyCommands ru", build_commands_ru, parse_done},
};
constexpr SetupStep k_disconnect[] = {
    {"deleteWebhook", build_delete_webhook, parse_delete_webhook}};
constexpr SetupStep k_hook_status[] = {{"getWebhookInfo", build_webhook_info, parse_webhook_info}};

// ---- pulling

bool pulls_one(const Json& state) {
  return state.boolean("pull_one").value_or(false);
}

// The transport cut the reply off. One by one the updates fit; an update that does not even fit
// alone is passed over, for it would stop all that follow it: only its number is kept.
Pulled pull_in_smaller_parts(const HttpReply& reply, Json& state) {
  Pulled out;
  out.delivery = verdict_of(Verdict::sent, "too many updates for one reply");
  out.again = true;
  if (!pulls_one(state)) {
    state.set("pull_one", true);
    return out;
  }
  constexpr std::string_view k_name = "\"update_id\":";
  const std::size_t at = reply.body.find(k_name);
  std::int64_t id = 0;
  if (at != std::string::npos) {
    const std::string_view rest = std::string_view(reply.body).substr(at + k_name.size());
    std::from_chars(rest.data(), rest.data() + rest.size(), id);
  }
  const Json rest_of_it = Json::object({{"update_id", id}});
  if (!update_id_of(rest_of_it)) {
    out.delivery = verdict_of(Verdict::retry, "a reply that is too large");
    out.again = false;
    return out;
  }
  out.delivery.says = "an update that is too large was passed over";
  out.events.push_back(rest_of_it.dump());
  state.set("offset", id + 1);
  return out;
}

}  // namespace

bool is_start_token(std::string_view token) {
  return !token.empty() && token.size() <= k_start_token_characters_max &&
         std::all_of(token.begin(), token.end(),
                     [](char c) { return c == '-' || is_username(std::string_view(&c, 1)); });
}

std::optional<std::int64_t> update_id_of(const Json& update) {
  constexpr std::int64_t k_most = std::int64_t{1} << 52;
  const auto id = update.integer("update_id");
  if (!id || *id <= 0 || *id > k_most) return std::nullopt;
  return id;
}

Result<Json> check_config(const Json& config) {
  return check_http_config(config, k_base_url);
}

HttpRequest build_send(const Account& account, const Outgoing& message) {
  Json body = Json::object({{"chat_id", chat_id_of(message.address)},
                            {"text", text_of(message)},
                            {"link_preview_options", Json::object({{"is_disabled", true}})}});
  Json rows = keyboard_of(message);
  if (!rows.items().empty()) {
    body.set("reply_markup", Json::object({{"inline_keyboard", std::move(rows)}}));
  }
  return method_request(account, "sendMessage", body);
}

Delivery parse_send(const HttpReply& reply) {
  Answer answer = read_answer(reply);
  if (answer.failed) {
    if (answer.failed->stage.empty()) answer.failed->stage = "send";
    return std::move(*answer.failed);
  }
  Delivery out;
  out.stage = "send";
  const auto chat = whole_number(answer.json, "result.chat.id");
  const auto id = whole_number(answer.json, "result.message_id");
  if (!chat || !id) {
    out.says = "accepted without a message";
    return out;  // ambiguous: this is no answer to sendMessage
  }
  out.verdict = Verdict::sent;
  out.delivered = true;
  out.provider_id = std::to_string(*chat) + ":" + std::to_string(*id);
  out.says = "accepted";
  return out;
}

HttpRequest build_probe(const Account& account) {
  return method_request(account, "getMe", Json::object());
}

Delivery parse_probe(const HttpReply& reply) {
  Json learned = Json::object();
  return parse_get_me(reply, learned);
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
  const int wait = std::clamp(wait_s, 0, k_pull_wait_s_max);
  const std::size_t limit = pulls_one(account.state) ? 1 : k_pull_updates_max;
  Json body = Json::object({{"timeout", wait},
                            {"limit", static_cast<std::int64_t>(limit)},
                            {"allowed_updates", allowed_updates()}});
  if (const auto offset = account.state.integer("offset")) body.set("offset", *offset);
  HttpRequest request = method_request(account, "getUpdates", body);
  request.timeout_ms = k_request_timeout_ms + wait * static_cast<int>(k_second_ms);
  return request;
}

Pulled parse_pull(const HttpReply& reply, Json& state) {
  if (reply.status == 200 && !reply.error.empty()) return pull_in_smaller_parts(reply, state);
  Pulled out;
  Answer answer = read_answer(reply);
  if (answer.failed) {
    out.delivery = harmless(std::move(*answer.failed));
    if (reply.status == 409) {
      const bool webhook = ascii_lower(reply.body).find("webhook") != std::string::npos;
      out.delivery.says = webhook ? "409 a webhook is set: it has to go before pulling"
                                  : "409 another program pulls this bot's updates";
    }
    return out;
  }
  const Json* updates = answer.json.find("result");
  if (updates == nullptr || !updates->is_array()) {
    out.delivery = verdict_of(Verdict::retry, "an answer without a list of updates");
    return out;
  }
  // Not the largest that was ever seen: after a quiet week ids begin anew, maybe lower, and
  // Telegram repeats its oldest updates for an offset that it does not know.
  std::int64_t last = 0;
  for (const Json& update : updates->items()) {
    const auto id = update_id_of(update);
    if (!id) continue;
    last = std::max(last, *id);
    out.events.push_back(update.dump());
  }
  out.delivery = verdict_of(Verdict::sent, "updates: " + std::to_string(out.events.size()));
  out.again = out.events.size() >= (pulls_one(state) ? 1 : k_pull_updates_max);
  if (last > 0) state.set("offset", last + 1);
  if (pulls_one(state)) state.set("pull_one", false);
  return out;
}

HttpRequest build_acknowledge(const Account& account, const Inbound& press) {
  if (press.answer_token.empty()) return {};
  return method_request(account, "answerCallbackQuery",
                        Json::object({{"callback_query_id", press.answer_token}}));
}

std::string start_link(const Account& account, std::string_view token) {
  const std::string username = account.state.text("username").value_or("");
  if (!is_username(username) || !is_start_token(token)) return {};
  return std::string(k_link_url) + username + "?start=" + std::string(token);
}

}  // namespace flead::channels::telegram
