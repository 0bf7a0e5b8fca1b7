// MAX's Bot API for one bot: the bare token in Authorization, the recipient in the query alone, ids
// of dialogs that are no ids of people, `seq` beyond 2^53, events without an id of their own. From
// the vendor's schema of 2026-07-01 and notes on its servers. What needs no state is for scripts.
// account: users or chats, blocked (people), token, moderated, flood, rate_per_s, drop_hook.
// event: type message start button block unblock removed contact raw; chat (the person's id), text,
// payload, phone, hash, name, username, language, body (of raw), url, secret, bad_signature.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/rate.h"
#include "core/base/text.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::max_double {
namespace {

constexpr std::int64_t k_bot_id = 229;
constexpr std::int64_t k_person_id_max = std::int64_t{1} << 53;
// A dialog has an id of its own: as a user_id it is nobody's.
constexpr std::int64_t k_dialog_offset = 700'000;
constexpr std::int64_t k_first_seq = 116'328'147'937'082'782;  // more than a double can hold
constexpr std::size_t k_kept_max = 100'000;                    // messages, presses, updates, each

constexpr std::string_view k_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr std::string_view k_button_types =
    " callback link request_contact request_geo_location open_app message clipboard ";
constexpr std::string_view k_wide_button_types =
    " link open_app request_contact request_geo_location ";

bool listed(std::string_view list, const std::string& word) {
  return list.find(" " + word + " ") != std::string_view::npos && !word.empty();
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::string in_query(const Call& call, std::string_view name) {
  const auto found = call.query.find(name);
  return found == call.query.end() ? std::string() : found->second;
}

bool missing(const Json* json) {
  return json == nullptr || json->is_null();
}

std::optional<Json> body_of(const Call& call) {
  auto body = parse_json(call.body);
  if (call.content_type != "application/json" || !body || !body->is_object()) return std::nullopt;
  return std::move(*body);
}

// What is wrong with a part of a request, in words; "" when nothing is.
using Fault = std::string;

Fault button_fault(const Json& button) {
  const std::string type = button.text("type").value_or("");
  const std::size_t length = utf8_length(button.text("text").value_or(""));
  if (!listed(k_button_types, type)) return "Unknown type of button";
  if (length < 1 || length > 128) return "The text of a button is 1 to 128 characters";
  const auto payload = button.text("payload");
  if ((type == "callback" || type == "clipboard") && (!payload || utf8_length(*payload) > 1024)) {
    return "The payload of a button is at most 1024 characters";
  }
  const std::string url = button.text("url").value_or("");
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (type == "link" && (!web || url.size() > 2048)) return "The url of a button is wrong";
  return "";
}

// 30 rows of 7 are the 210 buttons that a keyboard may have.
Fault keyboard_fault(const Json* rows) {
  const std::size_t count = missing(rows) ? 0 : rows->items().size();
  if (count < 1 || count > 30) return "A keyboard has 1 to 30 rows of buttons";
  for (const Json& row : rows->items()) {
    std::size_t row_max = 7;
    for (const Json& button : row.items()) {
      if (Fault fault = button_fault(button); !fault.empty()) return fault;
      if (listed(k_wide_button_types, button.text("type").value_or(""))) row_max = 3;
    }
    if (row.items().empty() || row.items().size() > row_max) return "Wrong number of buttons";
  }
  return "";
}

// Of all attachments only the keyboard is known here.
Fault message_fault(const Json& body) {
  for (const char* name : {"user_id", "chat_id", "recipient"}) {
    if (body.find(name) != nullptr) return "The recipient belongs into the query";
  }
  const Json* text = body.find("text");
  const Json* attachments = body.find("attachments");
  if (!missing(text) && !text->is_text()) return "text: a string is expected";
  if (!missing(attachments) && !attachments->is_array()) return "attachments: a list is expected";
  const std::string written = missing(text) ? "" : *text->text();
  const Json::Array none;
  const Json::Array& attached = missing(attachments) ? none : attachments->items();
  if (written.empty() && attached.empty()) return "The message is empty";
  if (utf8_length(written) > 4000) return "text: at most 4000 characters";
  for (const Json& one : attached) {
    if (one.text("type") != "inline_keyboard") return "Unknown type of attachment";
    if (Fault fault = keyboard_fault(one.find("payload.buttons")); !fault.empty()) return fault;
  }
  const Json* format = body.find("format");
  if (missing(format) || *format == Json("html") || *format == Json("markdown")) return "";
  return "format: markdown or html";
}

// The hooks of tests are on this machine, where the real server could not reach them: they pass.
Fault hook_fault(const Json& body) {
  const std::string url = body.text("url").value_or("");
  const bool https = url.starts_with("https://");
  const std::size_t start = https ? 8 : std::min<std::size_t>(7, url.size());
  const std::string host = url.substr(start, url.find('/', start) - start);
  const bool local = host.starts_with("127.") || host.starts_with("localhost");
  if (!local && (!https || host.empty())) return "url must start with https://";
  if (!local && host.find(':') != host.npos && !host.ends_with(":443")) return "Only port 443";
  const Json* secret = body.find("secret");
  const std::string word = missing(secret) ? "12345" : secret->text().value_or("");
  const bool letters = word.find_first_not_of(k_letters) == word.npos;
  return letters && word.size() >= 5 && word.size() <= 256 ? "" : "The secret is invalid";
}

struct Person {
  std::string name = "Ira";
  std::string username, language;
  bool stopped = false;
};

struct Subscription {
  std::string url, secret;
  TimeMs at = 0;
  Json types = Json::array();  // empty: everything
};

class MaxDouble final : public ProviderDouble {
 public:
  explicit MaxDouble(World world) : world_(world) {}

  std::string_view kind() const override { return "max"; }
  std::vector<std::string> paths() const override {
    return {"/me", "/messages", "/answers", "/subscriptions", "/updates"};
  }
  std::vector<std::string_view> methods() const override { return {"GET", "POST", "DELETE"}; }

  http::Reply answer(const Call& call) override {
    using Method = http::Reply (MaxDouble::*)(const Call&);
    static const std::map<std::string, Method> k_methods = {
        {"GET /me", &MaxDouble::get_me},
        {"GET /messages", &MaxDouble::get_messages},
        {"POST /messages", &MaxDouble::send_message},
        {"POST /answers", &MaxDouble::answer_callback},
        {"GET /subscriptions", &MaxDouble::get_subscriptions},
        {"POST /subscriptions", &MaxDouble::subscribe},
        {"DELETE /subscriptions", &MaxDouble::unsubscribe},
        {"GET /updates", &MaxDouble::get_updates}};
    if (call.query.contains("access_token")) {
      return say(403, "deprecated.token", "The token belongs into the Authorization header");
    }
    const std::string_view token = call.header("authorization");
    const bool bare = !token.empty() && token.find(' ') == token.npos;
    const bool right = bare && (token_.empty() || token == token_);
    if (!right) return say(401, "verify.token", "Invalid access_token");
    const bool pull = call.path == "/updates";
    const Rate rate{pull ? 2 : rate_per_s_, 1000};
    const auto now = world_.clock.steady_ms();
    const bool flood = rate_per_s_ > 0 && rates_.take(pull ? "pull" : "all", rate, now) > 0;
    if (flood) return say(429, "too.many.requests", "Too many requests");
    const auto method = k_methods.find(call.method + " " + call.path);
    // Which key goes with 405 is not known.
    if (method == k_methods.end()) return say(405, "method.not.allowed", "Method not allowed");
    return (this->*method->second)(call);
  }

  Json account(const Json& wish) override {
    if (const auto text = wish.text("token")) token_ = *text;
    for (const std::string_view name : {"users", "chats", "blocked"}) {
      const Json* ids = wish.find(name);
      for (const Json& one : ids == nullptr ? Json::Array() : ids->items()) {
        const std::int64_t id = one.integer().value_or(0);
        if (id > 0 && id < k_person_id_max) people_[id].stopped = name == "blocked";
      }
    }
    if (const auto moderated = wish.boolean("moderated")) moderated_ = *moderated;
    if (const auto flood = wish.boolean("flood")) rate_per_s_ = *flood ? 30 : 0;
    if (const auto rate = wish.integer("rate_per_s")) rate_per_s_ = *rate;
    if (wish.boolean("drop_hook").value_or(false)) subscriptions_.clear();
    return state();
  }

  Result<channels::HttpRequest> event(const Json& wish) override {
    static const std::map<std::string, std::string> k_names = {
        {"message", "message_created"}, {"contact", "message_created"},
        {"button", "message_callback"}, {"start", "bot_started"},
        {"unblock", "bot_started"},     {"block", "bot_stopped"},
        {"removed", "dialog_removed"}};
    const std::string type = wish.text("type").value_or("message");
    const Json* body = wish.find("body");
    if (type == "raw" && body != nullptr) return deliver(wish, *body);
    const auto name = k_names.find(type);
    const std::int64_t id = wish.integer("chat").value_or(0);
    if (name == k_names.end() || id <= 0 || id >= k_person_id_max) {
      return usage_error("bad_event", "Events have a \"chat\" and a \"type\"; raw ones a \"body\"");
    }
    const Json::Array none;
    const Json::Array& asked = subscriptions_.empty() ? none : subscriptions_.back().types.items();
    if (!asked.empty() &&
        std::find(asked.begin(), asked.end(), Json(name->second)) == asked.end()) {
      return usage_error("not_asked", "The subscription's update_types have no " + name->second);
    }
    FLEAD_TRY(const Json update, make_update(type, name->second, id, wish));
    return deliver(wish, update);
  }

 private:
  static http::Reply say(int status, std::string_view code, std::string_view message) {
    return http::json_reply(status, Json::object({{"code", code}, {"message", message}}));
  }
  static http::Reply bad(std::string_view fault) { return say(400, "proto.payload", fault); }
  // A failure, too, is HTTP 200.
  static http::Reply result(const Fault& fault) {
    Json body = Json::object({{"success", fault.empty()}});
    if (!fault.empty()) body.set("message", fault);
    return http::json_reply(200, body);
  }

  http::Reply get_me(const Call&) {
    Json me = bot_user().set("last_activity_time", world_.clock.now());
    return http::json_reply(200, me.set("commands", Json::array()));
  }

  http::Reply send_message(const Call& call) {
    const auto body = body_of(call);
    const Fault fault = body ? message_fault(*body) : "A JSON object is expected";
    if (!fault.empty()) return bad(fault);
    const auto user = whole(in_query(call, "user_id"));
    const auto chat = whole(in_query(call, "chat_id"));
    if (!user && !chat) return bad("user_id or chat_id is expected in the query");
    const auto person = user ? people_.find(*user) : find_dialog(*chat);
    if (person == people_.end()) {
      return user ? say(404, "dialog.not.found", "error.dialog.notfound")
                  : say(404, "chat.not.found", "Chat not found");
    }
    // Of a bot that waits for moderation the server says the same.
    const bool denied = person->second.stopped || !moderated_;
    if (denied) return say(403, "chat.denied", "error.dialog.suspended");
    ++sent_;
    Json message = new_message(person->first, true, *body);
    return http::json_reply(200, Json::object({{"message", std::move(message)}}));
  }

  // The newest first.
  http::Reply get_messages(const Call& call) {
    const auto chat = whole(in_query(call, "chat_id"));
    const std::string wanted = in_query(call, "count");
    const std::int64_t most = wanted.empty() ? 50 : whole(wanted).value_or(0);
    if (!chat || most < 1 || most > 100) return bad("chat_id, and a count of 1 to 100");
    if (find_dialog(*chat) == people_.end()) return say(404, "chat.not.found", "Chat not found");
    Json messages = Json::array();
    for (auto at = messages_.rbegin(); at != messages_.rend(); ++at) {
      const bool here = at->integer("recipient.chat_id") == chat;
      if (here && std::ssize(messages.items()) < most) messages.push(*at);
    }
    return http::json_reply(200, Json::object({{"messages", std::move(messages)}}));
  }

  http::Reply answer_callback(const Call& call) {
    const auto body = body_of(call);
    const std::string id = in_query(call, "callback_id");
    if (!body || id.empty()) return bad("callback_id and a JSON object are expected");
    const Json* message = body->find("message");
    const Json* words = body->find("notification");
    if (missing(message) && (missing(words) || !words->is_text())) return bad("empty answer");
    const Fault fault = missing(message) ? "" : message_fault(*message);
    if (!fault.empty()) return bad(fault);
    if (!presses_.contains(id)) return result("Unknown callback_id");
    ++answered_;
    return result("");
  }

  http::Reply get_subscriptions(const Call&) {
    Json list = Json::array();
    for (const Subscription& one : subscriptions_) {
      Json json = Json::object({{"url", one.url}, {"time", one.at}});
      list.push(json.set("update_types", one.types));
    }
    return http::json_reply(200, Json::object({{"subscriptions", std::move(list)}}));
  }

  http::Reply subscribe(const Call& call) {
    const auto body = body_of(call);
    if (!body || !body->text("url")) return bad("url is expected");
    const Json* types = body->find("update_types");
    if (!missing(types) && !types->is_array()) return bad("update_types: a list");
    if (const Fault fault = hook_fault(*body); !fault.empty()) return result(fault);
    const std::string url = *body->text("url");
    const std::string secret = body->text("secret").value_or("");
    remove_subscription(url);
    const Json wanted = missing(types) ? Json::array() : *types;
    subscriptions_.push_back({url, secret, world_.clock.now(), wanted});
    return result("");
  }

  http::Reply unsubscribe(const Call& call) {
    const std::string url = in_query(call, "url");
    if (url.empty()) return bad("url is expected in the query");
    return result(remove_subscription(url) ? "" : "No such subscription");
  }

  bool remove_subscription(const std::string& url) {
    return std::erase_if(subscriptions_, [&](const auto& one) { return one.url == url; }) > 0;
  }

  // A marker names the next event to come and confirms all before it. Without one only the latest
  // event is told, and the answer's marker passes over the rest.
  http::Reply get_updates(const Call& call) {
    if (!subscriptions_.empty()) return say(405, "method.not.allowed", "A webhook is subscribed");
    const std::string limit = in_query(call, "limit");
    const std::int64_t most = limit.empty() ? 100 : whole(limit).value_or(0);
    const bool patient = whole(in_query(call, "timeout")).value_or(0) <= 90;
    if (most < 1 || most > 1000 || !patient) return bad("limit: 1 to 1000, timeout: at most 90");
    const std::string given = in_query(call, "marker");
    const auto marker = whole(given);
    if (!marker && !given.empty() && given != "null") return bad("marker");
    const std::string types = replace_all(" " + in_query(call, "types") + " ", ",", " ");
    while (!kept_.empty() && kept_.front().first < marker) kept_.pop_front();
    Json updates = Json::array();
    std::int64_t next = marker.value_or(next_number_);
    for (const auto& [number, update] : kept_) {
      if (!marker && number + 1 < next_number_) continue;
      // Batches have been of 100 since May 2026, whatever is asked for.
      if (std::ssize(updates.items()) >= std::min<std::int64_t>(most, 100)) break;
      next = number + 1;
      const std::string type = update.text("update_type").value_or("");
      if (trim(types).empty() || listed(types, type)) updates.push(update);
    }
    return http::json_reply(200, Json::object({{"updates", std::move(updates)}, {"marker", next}}));
  }

  std::map<std::int64_t, Person>::iterator find_dialog(std::int64_t chat) {
    return chat > k_dialog_offset ? people_.find(chat - k_dialog_offset) : people_.end();
  }

  static Json bot_user() {
    Json user = Json::object({{"user_id", k_bot_id}, {"first_name", "ACME"}, {"is_bot", true}});
    return user.set("username", "acme_bot");
  }

  // Of what the schema requires, real events leave out whatever is not set.
  static Json person_user(std::int64_t id, const Person& person) {
    Json user = Json::object({{"user_id", id}, {"first_name", person.name}, {"is_bot", false}});
    if (!person.username.empty()) user.set("username", person.username);
    return user;
  }

  Json new_message(std::int64_t id, bool ours, const Json& content) {
    ++last_message_;
    Json body = Json::object({{"mid", "mid.00000000adf" + std::to_string(last_message_)}});
    body.set("seq", k_first_seq + 8 * last_message_);
    for (const char* name : {"text", "attachments"}) {
      if (!missing(content.find(name))) body.set(name, *content.find(name));
    }
    Json recipient = Json::object({{"chat_id", id + k_dialog_offset}, {"chat_type", "dialog"}});
    recipient.set("user_id", ours ? id : k_bot_id);
    Json message = Json::object({{"recipient", recipient}, {"timestamp", world_.clock.now()}});
    message.set("body", body).set("sender", ours ? bot_user() : person_user(id, people_[id]));
    if (messages_.size() >= k_kept_max) messages_.pop_front();
    messages_.push_back(message);
    return message;
  }

  Json state() const {
    Json users = Json::array(), blocked = Json::array(), hook;
    for (const auto& [id, person] : people_) (person.stopped ? blocked : users).push(id);
    if (!subscriptions_.empty()) {
      const Subscription& one = subscriptions_.back();
      hook.set("url", one.url).set("secret", one.secret).set("update_types", one.types);
    }
    Json out = Json::object({{"users", users}, {"blocked", blocked}, {"sent", sent_}});
    return out.set("answered", answered_).set("pending", std::ssize(kept_)).set("hook", hook);
  }

  // Whoever starts, writes or presses is known from then on.
  Result<Json> make_update(const std::string& type, const std::string& name, std::int64_t id,
                           const Json& wish) {
    Person& person = people_[id];
    if (person.stopped && name.starts_with("message_")) {
      return usage_error("person_stopped", "This person stopped the bot: start or unblock first");
    }
    person.stopped = name == "bot_stopped" || name == "dialog_removed";
    person.name = wish.text("name").value_or(person.name);
    person.username = wish.text("username").value_or(person.username);
    person.language = wish.text("language").value_or(person.language);
    const std::string payload = wish.text("payload").value_or("");
    Json update = Json::object({{"update_type", name}, {"timestamp", world_.clock.now()}});
    if (!person.language.empty()) update.set("user_locale", person.language);
    if (type == "button") return press(id, person, payload, std::move(update));
    if (name == "message_created") {
      const Json written = Json::object({{"text", wish.text("text").value_or("hello")}});
      const Json content = type == "contact" ? contact(id, person, wish) : written;
      return update.set("message", new_message(id, false, content));
    }
    update.set("chat_id", id + k_dialog_offset).set("user", person_user(id, person));
    // A payload that a link cannot carry is dropped without a word.
    const bool carried =
        payload.size() <= 128 && payload.find_first_not_of(k_letters) == payload.npos;
    if (type == "start" && carried && !payload.empty()) update.set("payload", payload);
    return update;
  }

  // How the server makes the hash is not known here, so what depends on it cannot be tested.
  static Json contact(std::int64_t id, const Person& person, const Json& wish) {
    const std::string phone = wish.text("phone").value_or("79160000501");
    const std::string card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:" + person.name +
                             "\r\nTEL;TYPE=cell:" + phone + "\r\nEND:VCARD\r\n";
    Json payload = Json::object({{"vcf_info", card}, {"max_info", person_user(id, person)}});
    payload.set("hash", wish.text("hash").value_or(std::string(64, 'a')));
    Json attachment = Json::object({{"type", "contact"}, {"payload", std::move(payload)}});
    return Json::object({{"attachments", Json::array({std::move(attachment)})}});
  }

  // Under the newest message of the dialog with such a button; null when there is none.
  Result<Json> press(std::int64_t id, const Person& person, const std::string& data, Json update) {
    if (data.empty() || utf8_length(data) > 1024) {
      return usage_error("no_payload", "A press needs the \"payload\" of a button");
    }
    const std::string button = "\"payload\":" + Json(data).dump();
    Json message;
    for (const Json& one : messages_) {
      const bool here = one.integer("recipient.chat_id") == id + k_dialog_offset;
      if (here && one.dump().find(button) != std::string::npos) message = one;
    }
    if (presses_.size() >= k_kept_max) presses_.clear();
    const std::string callback = "f9LHodD0cOL" + std::to_string(1000 + ++last_press_);
    presses_.insert(callback);
    Json pressed = Json::object({{"timestamp", world_.clock.now()}, {"callback_id", callback}});
    pressed.set("payload", data).set("user", person_user(id, person));
    return update.set("callback", pressed).set("message", message);
  }

  // A body that is text goes out as those very bytes, for what no server would send.
  Result<channels::HttpRequest> deliver(const Json& wish, const Json& update) {
    const Subscription hook = subscriptions_.empty() ? Subscription() : subscriptions_.back();
    channels::HttpRequest request;
    request.label = "mock event";
    request.url = wish.text("url").value_or(hook.url);
    if (request.url.empty()) {
      if (!update.is_object()) return usage_error("no_url", "Only an object waits to be pulled");
      if (kept_.size() >= k_kept_max) kept_.pop_front();
      kept_.emplace_back(next_number_++, update);
      return request;
    }
    request.timeout_ms = 30'000;
    request.headers = {{"content-type", "application/json"}};
    std::string secret = wish.text("secret").value_or(hook.secret);
    if (wish.boolean("bad_signature").value_or(false)) secret += "x";
    if (!secret.empty()) request.headers.emplace_back("X-Max-Bot-Api-Secret", secret);
    request.body = update.text().value_or(update.dump());
    return request;
  }

  World world_;
  std::string token_;  // "": any that is bare
  bool moderated_ = true;
  std::map<std::int64_t, Person> people_;           // by the person's id
  std::deque<Json> messages_;                       // of all dialogs, both ways
  std::deque<std::pair<std::int64_t, Json>> kept_;  // events that nobody was called with, numbered
  std::set<std::string> presses_;
  std::vector<Subscription> subscriptions_;  // the newest is the one that is called
  RateLimiter rates_;
  std::int64_t rate_per_s_ = 0;  // 0: no limit
  std::int64_t next_number_ = 25'493'970;
  std::int64_t last_message_ = 0, last_press_ = 0, sent_ = 0, answered_ = 0;
};

}  // namespace
}  // namespace flead::serve::mock::max_double

namespace flead::serve::mock {

std::unique_ptr<ProviderDouble> make_max_double(World world) {
  return std::make_unique<max_double::MaxDouble>(world);
}

}  // namespace flead::serve::mock
