// Telegram's Bot API for one bot: a chat exists once its person pressed Start, message ids repeat
// from chat to chat, updates go to the webhook or wait to be pulled, never both. From the vendor's
// schema (Bot API 10.1) and notes on the server's source. What needs no state is for scripts.
// account: chats, blocked (lists of ids), token, flood, rate_per_s, drop_hook.
// event: type message start button block unblock contact raw; chat, text, payload, phone, owner,
// name, username, language, body (of raw), url, secret, bad_signature.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/rate.h"
#include "core/base/text.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::telegram_double {
namespace {

constexpr std::int64_t k_query_ms = 60'000;  // how long the press of a button can be answered
constexpr std::size_t k_kept_max = 100'000;  // messages, presses and updates, each
constexpr std::string_view k_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

struct Refusal {
  int code = 400;
  std::string words;
  std::int64_t retry_after_s = 0;
};
using Check = std::optional<Refusal>;  // nothing: all is well

Refusal bad(std::string_view words) {
  return {400, "Bad Request: " + std::string(words)};
}

// Small letters and digits, and what else is allowed.
bool made_of(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
  });
}

// 0 for what is no whole number.
std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  return error == std::errc() && end == last ? value : 0;
}

// One for every character and one more for those of four bytes.
std::int64_t utf16_units(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }) +
         std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xF8) == 0xF0; });
}

// HTML without its tags; nothing where one is unknown, cut off or not closed. Each "&lt;" is one.
std::optional<std::string> strip_html(std::string text) {
  static constexpr std::string_view k_tags = " b i u s a em ins del pre code strong blockquote ";
  std::vector<std::string> open;
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<')) {
    const std::size_t end = std::min(text.find('>', at), text.size());
    std::string name = ascii_lower(text.substr(at + 1, end - at - 1));
    name = name.substr(0, name.find(' '));
    const bool closes = !open.empty() && name == "/" + open.back();
    if (!closes && k_tags.find(" " + name + " ") == k_tags.npos) return std::nullopt;
    closes ? open.pop_back() : open.push_back(name);
    text.erase(at, end - at + 1);
  }
  text = replace_all(replace_all(text, "&lt;", "<"), "&gt;", ">");
  return open.empty() ? std::optional(replace_all(text, "&amp;", "&")) : std::nullopt;
}

// The text as the person will see it. The marks of Markdown count as text here.
Check read_text(const Call& call, std::string& text) {
  const bool html = ascii_lower(call.field("parse_mode")) == "html";
  const auto plain = html ? strip_html(call.field("text")) : call.field("text");
  if (!plain) return bad("can't parse entities: Unsupported or unclosed tag");
  text = trim(*plain);
  if (text.empty()) return bad("message text is empty");
  if (utf16_units(text) > 4096) return bad("message is too long");
  return std::nullopt;
}

bool has_host(std::string_view url, std::string_view schemes) {
  const std::size_t colon = url.find("://");
  return colon != url.npos && schemes.find(url.substr(0, colon + 1)) != schemes.npos && colon > 0 &&
         url.size() > colon + 3 && url[colon + 3] != '/' && url.find(' ') == url.npos;
}

// Of the many kinds of buttons those that a bot of ours has a use for.
Check check_button(const Json& button) {
  const Json* data = button.find("callback_data");
  const Json* url = button.find("url");
  if (button.text("text").value_or("").empty()) return bad("can't parse inline keyboard button");
  if (data == nullptr && url == nullptr) return bad("Text buttons are unallowed in the keyboard");
  if (data != nullptr && url != nullptr) return bad("BUTTON_TYPE_INVALID");
  const std::string value = (data != nullptr ? data : url)->text().value_or("");
  if (data != nullptr && (value.empty() || value.size() > 64)) return bad("BUTTON_DATA_INVALID");
  if (url != nullptr && !has_host(value, "http: https: tg:")) return bad("BUTTON_URL_INVALID");
  return std::nullopt;
}

// In a form the markup is JSON text; in a JSON body it may be either.
Check read_markup(std::string_view text, Json& markup) {
  const auto parsed = parse_json(text.empty() ? "null" : text);
  if (parsed && parsed->is_null()) return std::nullopt;
  if (!parsed || !parsed->is_object()) return bad("object expected as reply markup");
  markup = *parsed;
  if (markup.boolean("remove_keyboard") || markup.boolean("force_reply")) return std::nullopt;
  const bool ours = markup.find("inline_keyboard") != nullptr;
  const Json* rows = markup.find(ours ? "inline_keyboard" : "keyboard");
  if (rows == nullptr || !rows->is_array()) return bad("can't parse keyboard markup JSON object");
  std::size_t buttons = 0;
  for (const Json& row : rows->items()) {
    if (!row.is_array()) return bad("can't parse keyboard markup JSON object");
    buttons += row.items().size();
    for (const Json& button : row.items()) {
      if (!ours && !button.is_text() && !button.text("text")) return bad("can't parse keyboard");
      if (auto refused = ours ? check_button(button) : Check()) return refused;
    }
  }
  if (buttons > 100) return bad("reply markup is too long");
  return std::nullopt;
}

// The hooks of tests are on this machine, where the real server could not reach them: they pass.
Check check_hook_url(std::string_view url) {
  const bool https = url.starts_with("https://");
  if (!has_host(url, "http: https:")) return bad("bad webhook: URL is invalid");
  url = url.substr(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with("127.") || url.starts_with("localhost")) return std::nullopt;
  if (!https) return bad("bad webhook: An HTTPS URL must be provided for webhook");
  const std::string_view port = url.substr(std::min(url.find(':'), url.size()));
  if (port.empty() || port == ":443" || port == ":80" || port == ":88" || port == ":8443")
    return {};
  return bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443");
}

struct Person {
  std::string name = "Ira";
  std::string username, language;
  bool blocked = false;
  std::int64_t message_id = 0;  // the last of this chat: two chats have the same ids on purpose
};

class TelegramDouble final : public ProviderDouble {
 public:
  explicit TelegramDouble(World world) : world_(world) {}

  std::string_view kind() const override { return "telegram"; }
  std::vector<std::string> paths() const override { return {"/{bot}/{method}"}; }

  http::Reply answer(const Call& call) override {
    using Method = http::Reply (TelegramDouble::*)(const Call&);
    static const std::map<std::string, Method> k_methods = {
        {"getme", &TelegramDouble::get_me},
        {"sendmessage", &TelegramDouble::send_message},
        {"answercallbackquery", &TelegramDouble::answer_callback_query},
        {"setwebhook", &TelegramDouble::set_webhook},
        {"deletewebhook", &TelegramDouble::delete_webhook},
        {"getwebhookinfo", &TelegramDouble::get_webhook_info},
        {"getupdates", &TelegramDouble::get_updates},
        {"setmycommands", &TelegramDouble::set_my_commands}};
    const std::vector<std::string> parts = split(call.path, '/');
    if (parts.size() != 3) return say({404, "Not Found"});
    if (const auto refused = check_token(parts[1])) return say(*refused);
    const auto method = k_methods.find(ascii_lower(parts[2]));
    if (method == k_methods.end()) return say({404, "Not Found: method not found"});
    return (this->*method->second)(call);
  }

  Json account(const Json& wish) override {
    if (const auto text = wish.text("token")) token_ = *text;
    for (const std::string_view name : {"chats", "blocked"}) {
      const Json* ids = wish.find(name);
      for (const Json& id : ids == nullptr ? Json::Array() : ids->items()) {
        people_[id.integer().value_or(0)].blocked = name == "blocked";
      }
    }
    if (const auto flood = wish.boolean("flood")) rate_per_s_ = *flood ? 30 : 0;
    if (const auto rate = wish.integer("rate_per_s")) rate_per_s_ = *rate;
    if (wish.boolean("drop_hook").value_or(false)) hook_url_.clear();
    return state();
  }

  Result<channels::HttpRequest> event(const Json& wish) override {
    const std::string type = wish.text("type").value_or("message");
    const std::string name = type == "button"                       ? "callback_query"
                             : type == "block" || type == "unblock" ? "my_chat_member"
                                                                    : "message";
    const Json* body = wish.find("body");
    if (type == "raw" && body != nullptr) return deliver(wish, *body);
    const std::int64_t chat = wish.integer("chat").value_or(0);
    const bool known = name != "message" || type == name || type == "start" || type == "contact";
    if (!known || chat <= 0) {
      return usage_error("bad_event", "Events have a \"chat\" and a \"type\"; raw ones a \"body\"");
    }
    const Json::Array& asked = allowed_.items();
    if (!asked.empty() && std::find(asked.begin(), asked.end(), Json(name)) == asked.end()) {
      return usage_error("not_allowed", "The bot's allowed_updates have no " + name);
    }
    FLEAD_TRY(Json part, make_part(type, chat, wish));
    Json update = Json::object({{"update_id", next_update_id_++}});
    return deliver(wish, update.set(name, std::move(part)));
  }

 private:
  static http::Reply say(const Refusal& refusal) {
    Json body = Json::object({{"ok", false}, {"error_code", refusal.code}});
    body.set("description", refusal.words);
    const std::int64_t wait_s = refusal.retry_after_s;
    if (wait_s > 0) body.set("parameters", Json::object({{"retry_after", wait_s}}));
    http::Reply reply = http::json_reply(refusal.code, body);
    return wait_s > 0 ? reply.header("retry-after", std::to_string(wait_s)) : reply;
  }
  static http::Reply done(Json result) {
    return http::json_reply(200, Json::object({{"ok", true}, {"result", std::move(result)}}));
  }

  // The public server does not know the path when the token does not look like one.
  Check check_token(std::string_view bot) const {
    if (!token_.empty() && bot == "bot" + token_) return std::nullopt;
    const std::size_t colon = std::min(bot.find(':'), bot.size());
    const bool shaped = bot.starts_with("bot") && colon + 1 < bot.size() &&
                        number_of(bot.substr(3, colon - 3)) > 0 &&
                        made_of(bot.substr(colon + 1), k_letters);
    if (!shaped) return Refusal{404, "Not Found"};
    return token_.empty() ? Check() : Refusal{401, "Unauthorized"};
  }

  // Nothing is limited until the account says so.
  Check take(const std::string& key, Rate rate) {
    if (rate_per_s_ <= 0) return std::nullopt;
    const std::int64_t wait_ms = rates_.take(key, rate, world_.clock.steady_ms());
    const std::int64_t wait_s = (wait_ms + 999) / 1000;
    if (wait_s == 0) return std::nullopt;
    return Refusal{429, "Too Many Requests: retry after " + std::to_string(wait_s), wait_s};
  }

  http::Reply get_me(const Call&) {
    return done(bot_user().set("can_join_groups", true).set("supports_inline_queries", false));
  }

  http::Reply send_message(const Call& call) {
    std::string text;
    Json markup;
    if (const auto refused = read_text(call, text)) return say(*refused);
    const std::int64_t chat = number_of(call.field("chat_id"));
    const auto found = people_.find(chat);
    if (found == people_.end()) return say(bad("chat not found"));
    Person& person = found->second;
    if (person.blocked) return say({403, "Forbidden: bot was blocked by the user"});
    if (const auto refused = read_markup(call.field("reply_markup"), markup)) return say(*refused);
    // Short bursts to one chat pass: three at once, then one a second.
    if (const auto wait = take(std::to_string(chat), {3, 3000})) return say(*wait);
    if (const auto wait = take("bot", {rate_per_s_, 1000})) return say(*wait);
    Json message = new_message(chat, person, bot_user()).set("text", text);
    if (markup.find("inline_keyboard") != nullptr) message.set("reply_markup", markup);
    ++sent_;
    if (messages_.size() >= k_kept_max) messages_.pop_front();
    messages_.push_back(message);
    return done(std::move(message));
  }

  http::Reply answer_callback_query(const Call& call) {
    const auto query = queries_.find(call.field("callback_query_id"));
    if (query == queries_.end() || world_.clock.steady_ms() - query->second > k_query_ms) {
      return say(bad("query is too old and response timeout expired or query ID is invalid"));
    }
    if (utf16_units(call.field("text")) > 200) return say(bad("MESSAGE_TOO_LONG"));
    ++answered_;
    return done(true);
  }

  http::Reply set_webhook(const Call& call) {
    const std::string url = call.field("url");
    const std::string secret = call.field("secret_token");
    if (url.empty()) return delete_webhook(call);
    if (secret.size() > 256) return say(bad("secret token is too long"));
    if (!made_of(secret, k_letters)) return say(bad("secret token contains unallowed characters"));
    if (const auto refused = check_hook_url(url)) return say(*refused);
    if (const auto wait = take("setWebhook", {1, 1000})) return say(*wait);
    if (const auto refused = read_allowed(call)) return say(*refused);
    delete_webhook(call);
    hook_url_ = url;
    hook_secret_ = secret;
    return done(true);
  }

  http::Reply delete_webhook(const Call& call) {
    if (call.field("drop_pending_updates") == "true") pending_.clear();
    hook_url_.clear();
    hook_secret_.clear();
    return done(true);
  }

  http::Reply get_webhook_info(const Call&) {
    Json info = Json::object({{"url", hook_url_}, {"has_custom_certificate", false}});
    if (!allowed_.items().empty()) info.set("allowed_updates", allowed_);
    return done(info.set("pending_update_count", std::ssize(pending_)));
  }

  // Without the parameter the bot's earlier choice holds; an empty list takes everything.
  Check read_allowed(const Call& call) {
    if (call.field("allowed_updates").empty()) return std::nullopt;
    const auto list = parse_json(call.field("allowed_updates"));
    if (!list || !list->is_array()) return bad("can't parse allowed updates JSON object");
    allowed_ = *list;
    return std::nullopt;
  }

  // An offset confirms all before it, for good; a negative one leaves only so many of the newest.
  http::Reply get_updates(const Call& call) {
    if (!hook_url_.empty()) {
      return say({409, "Conflict: can't use getUpdates method while webhook is active"});
    }
    if (const auto refused = read_allowed(call)) return say(*refused);
    const std::int64_t offset = number_of(call.field("offset"));
    std::int64_t limit = number_of(call.field("limit"));
    if (limit < 1 || limit > 100) limit = 100;
    const auto confirmed = [&] {
      return offset < 0 ? std::ssize(pending_) + offset > 0
                        : pending_.front().integer("update_id").value_or(0) < offset;
    };
    while (!pending_.empty() && confirmed()) pending_.pop_front();
    Json result = Json::array();
    for (const Json& update : pending_) {
      if (std::ssize(result.items()) < limit) result.push(update);
    }
    return done(std::move(result));
  }

  http::Reply set_my_commands(const Call& call) {
    const auto commands = parse_json(call.field("commands"));
    if (!commands || !commands->is_array() || commands->items().size() > 100) {
      return say(bad("can't parse commands JSON object"));
    }
    for (const Json& command : commands->items()) {
      const std::string name = command.text("command").value_or("");
      const std::int64_t length = utf16_units(command.text("description").value_or(""));
      const bool good = !name.empty() && name.size() <= 32 && made_of(name, "_");
      if (!good || length < 1 || length > 256) return say(bad("BOT_COMMAND_INVALID"));
    }
    commands_ = *commands;
    return done(true);
  }

  static Json bot_user() {
    Json user = Json::object({{"id", 700}, {"is_bot", true}});
    return user.set("first_name", "ACME").set("username", "acme_bot");
  }

  // What a User and a Chat have in common: the id and the names.
  static Json named(std::int64_t id, const Person& person) {
    Json json = Json::object({{"id", id}, {"first_name", person.name}});
    if (!person.username.empty()) json.set("username", person.username);
    return json;
  }
  static Json person_user(std::int64_t id, const Person& person) {
    Json user = named(id, person).set("is_bot", false);
    if (!person.language.empty()) user.set("language_code", person.language);
    return user;
  }
  static Json person_chat(std::int64_t id, const Person& person) {
    return named(id, person).set("type", "private");
  }

  Json new_message(std::int64_t chat, Person& person, Json from) {
    Json message = Json::object({{"message_id", ++person.message_id}, {"from", std::move(from)}});
    message.set("chat", person_chat(chat, person));
    return message.set("date", world_.clock.now() / 1000);
  }

  Json state() const {
    Json chats = Json::array(), blocked = Json::array(), hook;
    for (const auto& [id, person] : people_) (person.blocked ? blocked : chats).push(id);
    if (!hook_url_.empty()) hook.set("url", hook_url_).set("secret", hook_secret_);
    Json out = Json::object({{"chats", chats}, {"blocked", blocked}, {"sent", sent_}});
    out.set("answered", answered_).set("pending", std::ssize(pending_)).set("hook", hook);
    return out.set("commands", commands_).set("allowed_updates", allowed_);
  }

  // What the update is about. Whoever writes or presses Start is known from then on.
  Result<Json> make_part(std::string_view type, std::int64_t chat, const Json& wish) {
    const std::string payload = wish.text("payload").value_or("");
    if (type == "start" && (payload.size() > 64 || !made_of(payload, k_letters))) {
      return usage_error("bad_payload", "A start link carries at most 64 of A-Z a-z 0-9 _ and -");
    }
    Person& person = people_[chat];
    if (person.blocked && type != "start" && type != "unblock" && type != "block") {
      return usage_error("person_blocked", "This person blocked the bot: start or unblock first");
    }
    person.blocked = type == "block";
    person.name = wish.text("name").value_or(person.name);
    person.username = wish.text("username").value_or(person.username);
    person.language = wish.text("language").value_or(person.language);
    if (type == "button") return press(chat, person, wish);
    if (type == "block" || type == "unblock") return membership(chat, person);
    Json message = new_message(chat, person, person_user(chat, person));
    if (type == "contact") {
      // Somebody else's card has another owner; one from an address book may have none (0).
      const std::int64_t owner = wish.integer("owner").value_or(chat);
      Json contact = Json::object({{"phone_number", wish.text("phone").value_or("79160000501")}});
      if (owner != 0) contact.set("user_id", owner);
      return message.set("contact", contact.set("first_name", person.name));
    }
    const std::string text = type == "message" ? wish.text("text").value_or("hello")
                                               : "/start" + (payload.empty() ? "" : " " + payload);
    if (text.starts_with('/')) {
      Json entity = Json::object({{"offset", 0}, {"type", "bot_command"}});
      entity.set("length", utf16_units(text.substr(0, text.find(' '))));
      message.set("entities", Json::array({entity}));
    }
    return message.set("text", text);
  }

  Json membership(std::int64_t chat, const Person& person) {
    Json member = Json::object({{"user", bot_user()}, {"status", "member"}});
    Json kicked = Json::object({{"user", bot_user()}, {"status", "kicked"}, {"until_date", 0}});
    if (!person.blocked) std::swap(member, kicked);
    Json change = Json::object({{"chat", person_chat(chat, person)}});
    change.set("from", person_user(chat, person)).set("date", world_.clock.now() / 1000);
    return change.set("old_chat_member", member).set("new_chat_member", kicked);
  }

  // Under the newest message to this chat with such a button. Of a message that was not sent here
  // all that is told is where it was.
  Result<Json> press(std::int64_t chat, const Person& person, const Json& wish) {
    const std::string data = wish.text("payload").value_or("");
    if (data.empty() || data.size() > 64) {
      return usage_error("no_payload", "A press needs the \"payload\" of a button, 1 to 64 bytes");
    }
    const std::string button = "\"callback_data\":" + Json(data).dump();
    Json message;
    for (const Json& sent : messages_) {
      const bool here = sent.integer("chat.id") == chat;
      if (here && sent.dump().find(button) != std::string::npos) message = sent;
    }
    if (message.is_null()) {
      message = Json::object({{"message_id", 1}, {"chat", person_chat(chat, person)}, {"date", 0}});
    }
    if (queries_.size() >= k_kept_max) queries_.clear();
    // Digits beyond what a double holds exactly: it is to be kept as text.
    const std::string id = "31415926535897" + std::to_string(10'000 + ++last_query_);
    queries_[id] = world_.clock.steady_ms();
    Json query = Json::object({{"id", id}, {"from", person_user(chat, person)}});
    return query.set("message", message).set("chat_instance", "-77").set("data", data);
  }

  // A body that is text goes out as those very bytes, for what no server would send.
  Result<channels::HttpRequest> deliver(const Json& wish, const Json& update) {
    channels::HttpRequest request;
    request.label = "mock event";
    request.url = wish.text("url").value_or(hook_url_);
    if (request.url.empty()) {
      if (!update.is_object()) return usage_error("no_url", "Only an object waits to be pulled");
      if (pending_.size() >= k_kept_max) pending_.pop_front();
      pending_.push_back(update);
      return request;
    }
    request.timeout_ms = 60'000;
    request.headers = {{"content-type", "application/json"}};
    std::string secret = wish.text("secret").value_or(hook_secret_);
    if (wish.boolean("bad_signature").value_or(false)) secret += "x";
    if (!secret.empty()) request.headers.emplace_back("X-Telegram-Bot-Api-Secret-Token", secret);
    request.body = update.text().value_or(update.dump());
    return request;
  }

  World world_;
  std::string token_;  // "": any that is shaped like one
  std::map<std::int64_t, Person> people_;
  std::deque<Json> messages_;                                 // ours, as sendMessage answered
  std::deque<Json> pending_;                                  // updates that nobody was called with
  std::map<std::string, std::int64_t, std::less<>> queries_;  // when each press was, steady
  Json allowed_ = Json::array();                              // empty: everything
  Json commands_ = Json::array();
  std::string hook_url_, hook_secret_;
  RateLimiter rates_;
  std::int64_t rate_per_s_ = 0;  // 0: no flood control
  std::int64_t next_update_id_ = 9001;
  std::int64_t last_query_ = 0, sent_ = 0, answered_ = 0;
};

}  // namespace
}  // namespace flead::serve::mock::telegram_double

namespace flead::serve::mock {

std::unique_ptr<ProviderDouble> make_telegram_double(World world) {
  return std::make_unique<telegram_double::TelegramDouble>(world);
}

}  // namespace flead::serve::mock
