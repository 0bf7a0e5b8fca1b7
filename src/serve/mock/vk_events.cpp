// What happens in the double of VK beside its API: the control of its state, and what people do.
//
// A wish for an event: {"type", "user":501, "text", "payload", "ref", "url", "secret",
// "bad_signature", "retry":N, "event_id"}.
//   message       message_new; also "peer_id", "from_id", "out", "inline_keyboard":false
//   start         message_new with the Start button's payload
//   button        a press on a button of the last keyboard: the one labelled "text", or the first
//                 that is no link; with "payload" one that was never sent ("payload_as_text": a
//                 string instead of an object)
//   allow, deny   message_allow with "ref" as its key, message_deny
//   confirmation  the handshake; the hook's answer is in the control's answer
//   raw           "body" as it is
// It goes to "url", or else to the newest server that takes its type and to Long Poll if that does.
//
// The account: token ("": any), permissions ["messages"], group_id, group_name, screen_name,
// confirmation_code, secret (of events to a "url" that nobody registered), bots (abilities on),
// flood (the bucket is kept), rate_per_s, text_max, answer_within_s, allowed, denied, blacklisted,
// private (ids of people), server_status, long_poll (on, with all types), expire_key and
// lose_history (once, at once).
#include <algorithm>

#include "core/base/text.h"
#include "serve/mock/vk_double.h"

namespace flead::serve::mock::vk_double {
namespace {

channels::HttpRequest hook_request(std::string url, std::string body, const Json& wish) {
  channels::HttpRequest request;
  request.url = std::move(url);
  request.label = "mock event";
  request.headers = {{"content-type", "application/json"}};
  if (const auto count = wish.integer("retry")) {
    request.headers.emplace_back("x-retry-counter", std::to_string(*count));
  }
  request.body = std::move(body);
  return request;
}

// The wish's payload as VK hands it on with a message: always text.
std::optional<std::string> payload_text(const Json& wish) {
  const Json* payload = wish.find("payload");
  if (payload == nullptr || payload->is_null()) return std::nullopt;
  return payload->is_text() ? *payload->text() : payload->dump();
}

// The first button that answers (and has this label, when one is named); null when there is none.
const Json* answering_button(const Json& keyboard, const std::optional<std::string>& label) {
  const Json* rows = keyboard.find("buttons");
  if (rows == nullptr) return nullptr;
  for (const Json& row : rows->items()) {
    for (const Json& button : row.items()) {
      const std::string type = button.text("action.type").value_or("");
      if (type != "text" && type != "callback") continue;
      if (!label || button.text("action.label") == label) return &button;
    }
  }
  return nullptr;
}

void read_text(const Json& wish, std::string_view name, std::string& value) {
  if (const auto text = wish.text(name)) value = *text;
}

void read_flag(const Json& wish, std::string_view name, bool& value) {
  if (const auto flag = wish.boolean(name)) value = *flag;
}

void read_number(const Json& wish, std::string_view name, std::int64_t& value) {
  if (const auto number = wish.integer(name)) value = std::max<std::int64_t>(*number, 0);
}

}  // namespace

// {"allowed":[501]} puts these people into that state, and leaves the others alone.
void VkDouble::set_state(const Json& wish, std::string_view name) {
  const Json* people = wish.find(name);
  if (people == nullptr) return;
  for (const Json& person : people->items()) {
    if (const auto id = person.integer()) dialogs_[*id].state = name;
  }
}

Json VkDouble::account(const Json& wish) {
  read_text(wish, "token", token_);
  read_text(wish, "secret", secret_);
  read_text(wish, "group_name", name_);
  read_text(wish, "screen_name", screen_name_);
  read_text(wish, "confirmation_code", code_);
  read_flag(wish, "bots", bots_);
  read_flag(wish, "flood", flood_);
  read_number(wish, "group_id", group_);
  read_number(wish, "rate_per_s", rate_per_s_);
  read_number(wish, "text_max", text_max_);
  read_number(wish, "answer_within_s", answer_within_s_);
  if (const Json* names = wish.find("permissions")) {
    permissions_.clear();
    for (const Json& name : names->items()) permissions_.insert(name.text().value_or(""));
  }
  for (const std::string_view state : {"allowed", "denied", "blacklisted", "private"}) {
    set_state(wish, state);
  }
  if (const auto on = wish.boolean("long_poll")) {
    long_poll_ = *on;  // as by hand: with all types
    for (const std::string_view name : k_events) long_poll_on_.emplace(name);
  }
  if (wish.boolean("lose_history").value_or(false)) {
    lost_key_ = std::exchange(key_, "");
    kept_.clear();
    ts_ += 1000;
  }
  if (wish.boolean("expire_key").value_or(false)) key_.clear();
  Json servers = Json::array();
  for (CallbackServer& server : servers_) {
    read_text(wish, "server_status", server.status);
    Json on = Json::array();
    for (const std::string& name : server.on) on.push(name);
    servers.push(Json::object({{"id", server.id},
                               {"url", server.url},
                               {"status", server.status},
                               {"events", std::move(on)}}));
  }
  return Json::object({{"group_id", group_},
                       {"screen_name", screen_name_},
                       {"confirmation_code", code_},
                       {"messages", messages_},
                       {"answers", answers_},
                       {"hooks", static_cast<std::int64_t>(servers_.size())},
                       {"servers", std::move(servers)},
                       {"long_poll", long_poll_},
                       {"ts", std::to_string(ts_)},
                       {"kept", static_cast<std::int64_t>(kept_.size())}});
}

Json VkDouble::message_new(const Json& wish, std::string text,
                           const std::optional<std::string>& payload) {
  const std::int64_t user = wish.integer("user").value_or(501);
  const std::int64_t peer = wish.integer("peer_id").value_or(user);
  const std::int64_t from = wish.integer("from_id").value_or(user);
  const std::int64_t out = wish.integer("out").value_or(0);
  Dialog& dialog = dialogs_[peer];
  // Who writes has allowed messages; the community's own black list stays.
  if (peer == from && out == 0 && dialog.state != "blacklisted") dialog.state = "allowed";
  Json message = Json::object({{"date", world_.clock.now() / 1000},
                               {"from_id", from},
                               {"id", ++last_message_},
                               {"version", 10'001},
                               {"out", out},
                               {"important", false},
                               {"is_hidden", false},
                               {"attachments", Json::array()},
                               {"conversation_message_id", ++dialog.last_in_dialog},
                               {"fwd_messages", Json::array()},
                               {"text", std::move(text)},
                               {"peer_id", peer},
                               {"random_id", 0}});
  if (payload) message.set("payload", *payload);
  if (const auto ref = wish.text("ref")) {
    message.set("ref", *ref).set("ref_source", wish.text("ref_source").value_or("site"));
  }
  const bool in_text = wish.boolean("inline_keyboard").value_or(true);
  Json client = Json::object({{"button_actions", Json::array({"text", "open_link", "callback"})},
                              {"keyboard", true},
                              {"inline_keyboard", in_text},
                              {"carousel", in_text},
                              {"lang_id", 0}});
  return Json::object({{"message", std::move(message)}, {"client_info", std::move(client)}});
}

Result<VkDouble::Happening> VkDouble::press(const Json& wish) {
  const std::int64_t user = wish.integer("user").value_or(501);
  Dialog& dialog = dialogs_[user];
  auto payload = payload_text(wish);
  if (!payload) {
    const Json* button = answering_button(dialog.keyboard, wish.text("text"));
    if (button == nullptr) {
      return usage_error("no_button", "No keyboard with such a button was sent to this person");
    }
    payload = button->text("action.payload");
    if (button->text("action.type") == "text") {
      return Happening{"message_new",
                       message_new(wish, button->text("action.label").value_or(""), payload)};
    }
  }
  const auto parsed = parse_json(payload.value_or("{}"));
  const bool as_text = wish.boolean("payload_as_text").value_or(false);
  const std::string id = new_token();
  if (presses_.size() >= k_kept_max) presses_.clear();  // long past being answered
  presses_[id] = Press{user, user, world_.clock.steady_ms(), false};
  Json object = Json::object({{"user_id", user}, {"peer_id", user}, {"event_id", id}});
  object.set("payload", parsed && !as_text ? *parsed : Json(payload.value_or("")));
  object.set("conversation_message_id", std::max<std::int64_t>(dialog.last_in_dialog, 1));
  return Happening{"message_event", std::move(object)};
}

Result<VkDouble::Happening> VkDouble::happen(const Json& wish) {
  const std::string type = wish.text("type").value_or("message");
  const std::int64_t user = wish.integer("user").value_or(501);
  if (type == "message") {
    return Happening{"message_new",
                     message_new(wish, wish.text("text").value_or("Привет"), payload_text(wish))};
  }
  if (type == "start") {
    return Happening{"message_new", message_new(wish, wish.text("text").value_or("Начать"),
                                                R"({"command":"start"})")};
  }
  if (type == "button") return press(wish);
  if (type == "allow") {
    dialogs_[user].state = "allowed";
    return Happening{"message_allow",
                     Json::object({{"user_id", user}, {"key", wish.text("ref").value_or("")}})};
  }
  if (type == "deny") {
    dialogs_[user].state = "denied";
    Json object = Json::object();
    object.set("user_id", user);
    return Happening{"message_deny", std::move(object)};
  }
  return usage_error("bad_type", "VK tells of: message start button allow deny confirmation raw");
}

// The secret of the server with this address, else the account's; none is none in the envelope.
Result<channels::HttpRequest> VkDouble::hook(const Json& wish, const CallbackServer* server,
                                             Json envelope) {
  const auto url = wish.text("url");
  if (!url && server == nullptr) {
    return usage_error("no_url", "No callback server is registered: an event needs a \"url\"");
  }
  for (const CallbackServer& known : servers_) {
    if (url && known.url == *url) server = &known;
  }
  std::string secret = server == nullptr ? secret_ : server->secret;
  read_text(wish, "secret", secret);
  if (wish.boolean("bad_signature").value_or(false)) secret = "not-" + secret;
  if (!secret.empty()) envelope.set("secret", secret);
  return hook_request(url ? *url : server->url, envelope.dump(), wish);
}

Result<channels::HttpRequest> VkDouble::event(const Json& wish) {
  const auto url = wish.text("url");
  const std::string asked = wish.text("type").value_or("message");
  const CallbackServer* newest = servers_.empty() ? nullptr : &servers_.back();
  if (asked == "raw") {
    if (!url && newest == nullptr) return usage_error("no_url", "An event needs a \"url\"");
    const Json* body = wish.find("body");
    const std::string bytes = body == nullptr ? "" : body->is_text() ? *body->text() : body->dump();
    return hook_request(url ? *url : newest->url, bytes, wish);
  }
  Json envelope = Json::object({{"group_id", wish.integer("group_id").value_or(group_)},
                                {"event_id", wish.text("event_id").value_or(new_token())},
                                {"v", newest == nullptr ? k_version : newest->api_version}});
  if (asked == "confirmation") {
    envelope.set("type", "confirmation");
    return hook(wish, newest, std::move(envelope));
  }
  FLEAD_TRY(Happening what, happen(wish));
  envelope.set("type", what.type).set("object", std::move(what.object));
  if (url) return hook(wish, nullptr, std::move(envelope));
  const CallbackServer* taker = nullptr;
  for (const CallbackServer& server : servers_) {
    if (server.status != "failed" && server.on.contains(what.type)) taker = &server;
  }
  const bool kept = long_poll_ && long_poll_on_.contains(what.type);
  if (kept) {
    kept_.push_back(envelope);
    if (kept_.size() > k_kept_max) kept_.pop_front();
    ++ts_;
  }
  if (taker != nullptr) return hook(wish, taker, std::move(envelope));
  if (kept) return channels::HttpRequest{};
  return usage_error("event_is_off",
                     "No callback server takes " + what.type + ", and Long Poll is off for it");
}

}  // namespace flead::serve::mock::vk_double
