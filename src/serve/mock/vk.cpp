// VK as its users describe it: forms only, HTTP 200 for every error, `v` and a token with each
// call, error 901 until the person has written, a keyboard of the wrong shape is 911, and so on.
//
// Choices where VK's own behaviour is not known:
// - A random_id seen in the dialog within an hour and a hundred messages answers the first
// message's
//   id and stores nothing, even when the person has blocked the community since.
// - A button's press may be answered once, within a minute (`answer_within_s`).
// - Text over 4096 characters is error 914 (`text_max`).
// - A foreign group_id is error 203.
// - Long Poll answers at once, `wait` or not: a double that waits would hold everybody up.
// - A server stays `wait` until the account is told its `server_status`: who sends the confirmation
//   (event "confirmation") sees the hook's answer, the double does not.
#include "serve/mock/vk_double.h"

#include <charconv>
#include <limits>
#include <memory>

#include "core/base/text.h"

namespace flead::serve::mock {

namespace vk_double {
namespace {

struct Words {
  int code;
  std::string_view words;
};
constexpr Words k_words[] = {
    {3, "Unknown method passed"},
    {5, "User authorization failed"},
    {6, "Too many requests per second"},
    {8, "Invalid request"},
    {15, "Access denied"},
    {100, "One of the parameters specified was missing or invalid"},
    {104, "Not found"},
    {203, "Access to group denied"},
    {900, "Can't send messages for users from blacklist"},
    {901, "Can't send messages for users without permission"},
    {902, "Can't send messages to this user due to their privacy settings"},
    {911, "Keyboard format is invalid"},
    {912, "This is a chat bot feature, change this status in settings"},
    {914, "Message is too long"},
    {917, "You don't have access to this chat"},
    {936, "Contact not found"},
    {2000, "Servers number limit is reached"},
};

std::string_view words_of(int code) {
  for (const Words& one : k_words) {
    if (one.code == code) return one.words;
  }
  return "Unknown error occurred";
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

std::size_t length(std::string_view text) {
  return utf8_length(repair_utf8(text));
}

bool has_text(const Json& json, std::string_view path, std::size_t most) {
  const auto text = json.text(path);
  return text && !text->empty() && length(*text) <= most;
}

bool is_wide(const Json& button) {
  const std::string type = button.text("action.type").value_or("");
  return type == "open_link" || type == "location" || type == "open_app" || type == "vkpay";
}

bool good_button(const Json& button) {
  const std::string type = button.text("action.type").value_or("");
  const bool plain = type == "text" || type == "callback";
  if (!plain && !is_wide(button)) return false;
  if (const Json* color = button.find("color")) {
    const std::string name = color->text().value_or("");
    const bool known =
        name == "primary" || name == "secondary" || name == "positive" || name == "negative";
    if (!plain || !known) return false;
  }
  const bool labelled = plain || type == "open_link" || type == "open_app";
  if (labelled && !has_text(button, "action.label", 40)) return false;
  const std::string link = button.text("action.link").value_or("");
  if (type == "open_link" && !link.starts_with("https://") && !link.starts_with("http://")) {
    return false;
  }
  if (button.find("action.payload") == nullptr) return true;
  return has_text(button, "action.payload", 255) && parse_json(*button.text("action.payload"));
}

// Rows, buttons, labels, payloads and colours as documented; wide buttons take two places of five.
bool good_keyboard(std::string_view text) {
  const auto keyboard = parse_json(text);
  if (!keyboard || keyboard->find("buttons") == nullptr) return false;
  const bool in_text = keyboard->boolean("inline").value_or(false);
  if (in_text && keyboard->boolean("one_time").value_or(false)) return false;
  const Json& rows = *keyboard->find("buttons");
  if (!rows.is_array() || rows.items().size() > (in_text ? 6U : 10U)) return false;
  std::size_t count = 0;
  for (const Json& row : rows.items()) {
    std::size_t places = 0;
    for (const Json& button : row.items()) {
      if (!good_button(button)) return false;
      places += is_wide(button) ? 2 : 1;
    }
    if (row.items().empty() || places > 5) return false;
    count += row.items().size();
  }
  // No buttons at all take the keyboard under the input away.
  return count <= (in_text ? 10U : 40U) && (count > 0 || !in_text);
}

}  // namespace

// `request_params` echoes what came, as VK does: whoever logs an answer logs the message.
Json VkDouble::fail(const Call& call, int code, std::string_view more) {
  std::string words(words_of(code));
  if (!more.empty()) words.append(": ").append(more);
  Json params = Json::array({Json::object({{"key", "method"}, {"value", method_of(call)}})});
  for (const auto& [key, value] : call.fields) {
    if (key != "access_token") params.push(Json::object({{"key", key}, {"value", value}}));
  }
  return Json::object({{"error", Json::object({{"error_code", code},
                                               {"error_msg", words},
                                               {"request_params", std::move(params)}})}});
}

Json VkDouble::run(const Call& call) {
  struct Method {
    std::string_view name;
    std::string_view right;  // that the token needs
    Json (VkDouble::*handler)(const Call&);
  };
  static constexpr Method k_methods[] = {
      {"groups.getById", "", &VkDouble::get_by_id},
      {"groups.getTokenPermissions", "", &VkDouble::get_permissions},
      {"groups.getCallbackConfirmationCode", "manage", &VkDouble::get_code},
      {"groups.addCallbackServer", "manage", &VkDouble::add_server},
      {"groups.editCallbackServer", "manage", &VkDouble::edit_server},
      {"groups.deleteCallbackServer", "manage", &VkDouble::delete_server},
      {"groups.getCallbackServers", "manage", &VkDouble::get_servers},
      {"groups.setCallbackSettings", "manage", &VkDouble::set_callback},
      {"groups.getLongPollServer", "manage", &VkDouble::get_long_poll},
      {"groups.setLongPollSettings", "manage", &VkDouble::set_long_poll},
      {"messages.isMessagesFromGroupAllowed", "messages", &VkDouble::is_allowed},
      {"messages.send", "messages", &VkDouble::send},
      {"messages.sendMessageEventAnswer", "messages", &VkDouble::answer_press},
  };
  if (!call.body.empty() && call.content_type != "application/x-www-form-urlencoded") {
    return fail(call, 100, "the body is not a form");
  }
  const std::string_view bearer = call.header("authorization");
  const std::string token =
      bearer.starts_with("Bearer ") ? std::string(bearer.substr(7)) : call.field("access_token");
  const std::string version = call.field("v");
  if (version.empty() || version.find_first_not_of("0123456789.") != std::string::npos) {
    return fail(call, 8, "v (version) is required");
  }
  if (token.empty()) return fail(call, 5, "no access_token passed.");
  if (!token_.empty() && token != token_) return fail(call, 5, "invalid access_token (4).");
  if (flood_ && rates_.take("calls", Rate{rate_per_s_, 1000}, world_.clock.steady_ms()) > 0) {
    return fail(call, 6);
  }
  for (const Method& method : k_methods) {
    if (method.name != method_of(call)) continue;
    if (!method.right.empty() && !permissions_.contains(method.right)) {
      return fail(call, 15, "no access to call this method");
    }
    return (this->*method.handler)(call);
  }
  return fail(call, 3);
}

std::optional<Json> VkDouble::wrong_group(const Call& call) const {
  const auto group = whole(call.field("group_id"));
  if (!group || *group < 1) return fail(call, 100, "group_id is undefined");
  if (*group != group_) return fail(call, 203);
  return std::nullopt;
}

Json VkDouble::get_by_id(const Call& call) {
  const std::string asked = call.field("group_ids") + call.field("group_id");
  Json groups = Json::array();
  if (asked.empty() || asked == std::to_string(group_) || asked == screen_name_) {
    groups.push(Json::object({{"id", group_},
                              {"name", name_},
                              {"screen_name", screen_name_},
                              {"is_closed", 0},
                              {"type", "group"}}));
  }
  return good(Json::object({{"groups", std::move(groups)}, {"profiles", Json::array()}}));
}

Json VkDouble::get_permissions(const Call&) {
  std::int64_t mask = 0;
  Json list = Json::array();
  for (const std::string& name : permissions_) {
    const std::int64_t bit = name == "messages" ? 4096 : name == "manage" ? 262'144 : 1;
    mask |= bit;
    list.push(Json::object({{"name", name}, {"setting", bit}}));
  }
  return good(Json::object({{"mask", mask}, {"permissions", std::move(list)}}));
}

Json VkDouble::get_code(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  return good(Json::object({{"code", code_}}));
}

bool VkDouble::good_server(const Call& call) {
  const std::string url = call.field("url");
  return (url.starts_with("https://") || url.starts_with("http://")) &&
         !call.field("title").empty() && length(call.field("title")) <= 14 &&
         length(call.field("secret_key")) <= 50;
}

CallbackServer* VkDouble::find_server(const Call& call) {
  const auto id = whole(call.field("server_id"));
  for (CallbackServer& server : servers_) {
    if (id && server.id == *id) return &server;
  }
  return nullptr;
}

Json VkDouble::add_server(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  if (!good_server(call)) return fail(call, 100, "url, title or secret_key");
  if (servers_.size() >= k_servers_max) return fail(call, 2000);
  CallbackServer server;
  server.id = ++last_server_;
  server.url = call.field("url");
  server.title = call.field("title");
  server.secret = call.field("secret_key");
  servers_.push_back(std::move(server));
  return good(Json::object({{"server_id", last_server_}}));
}

// The confirmation code is another one from here on: who keeps it for long fails.
Json VkDouble::edit_server(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  if (!good_server(call)) return fail(call, 100, "url, title or secret_key");
  CallbackServer* server = find_server(call);
  if (server == nullptr) return fail(call, 104);
  server->url = call.field("url");
  server->title = call.field("title");
  server->secret = call.field("secret_key");
  server->status = "wait";
  code_ = new_token().substr(0, 8);
  return good(1);
}

Json VkDouble::delete_server(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  if (find_server(call) == nullptr) return fail(call, 104);
  servers_.erase(servers_.begin() + (find_server(call) - servers_.data()));
  code_ = new_token().substr(0, 8);
  return good(1);
}

Json VkDouble::get_servers(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  Json items = Json::array();
  for (const CallbackServer& server : servers_) {
    items.push(Json::object({{"id", server.id},
                             {"title", server.title},
                             {"creator_id", 501},
                             {"url", server.url},
                             {"secret_key", server.secret},
                             {"status", server.status}}));
  }
  const auto count = static_cast<std::int64_t>(servers_.size());
  return good(Json::object({{"count", count}, {"items", std::move(items)}}));
}

bool VkDouble::switch_events(const Call& call, std::set<std::string, std::less<>>& on) {
  for (const std::string_view name : k_events) {
    const std::string value = call.field(name);
    if (value == "1" || value == "true") on.emplace(name);
    if (value == "0" || value == "false") on.erase(std::string(name));
    if (!value.empty() && value != "1" && value != "0" && value != "true" && value != "false") {
      return false;
    }
  }
  return true;
}

Json VkDouble::set_callback(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  CallbackServer* server = find_server(call);
  if (server == nullptr) return fail(call, 104);
  if (!switch_events(call, server->on)) return fail(call, 100, "an event is 0 or 1");
  if (!call.field("api_version").empty()) server->api_version = call.field("api_version");
  return good(1);
}

Json VkDouble::set_long_poll(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  if (!switch_events(call, long_poll_on_)) return fail(call, 100, "an event is 0 or 1");
  const std::string enabled = call.field("enabled");
  if (!enabled.empty()) long_poll_ = enabled == "1" || enabled == "true";
  return good(1);
}

Json VkDouble::get_long_poll(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  if (!long_poll_) return fail(call, 100, "longpoll for this group is not enabled");
  if (key_.empty()) key_ = new_token();
  std::string server = "http://" + std::string(call.header("host"));
  if (call.header("host").empty()) server += "127.0.0.1";
  server += "/vk/longpoll/" + std::to_string(group_);
  return good(Json::object({{"key", key_}, {"server", server}, {"ts", std::to_string(ts_)}}));
}

http::Reply VkDouble::poll(const Call& call) {
  if (call.field("act") != "a_check") return http::text_reply(400, "act=a_check is needed");
  const std::string key = call.field("key");
  if (key_.empty() || key != key_) {
    const bool lost = !key.empty() && key == lost_key_;
    return http::json_reply(200, Json::object({{"failed", lost ? 3 : 2}}));
  }
  const auto size = static_cast<std::int64_t>(kept_.size());
  const auto ts = whole(call.field("ts"));
  if (!ts || *ts > ts_ || *ts < ts_ - size) {
    return http::json_reply(200, Json::object({{"failed", 1}, {"ts", ts_}}));
  }
  Json updates = Json::array();
  for (std::int64_t i = size - (ts_ - *ts); i < size; ++i) {
    updates.push(kept_[static_cast<std::size_t>(i)]);
  }
  return http::json_reply(
      200, Json::object({{"ts", std::to_string(ts_)}, {"updates", std::move(updates)}}));
}

Json VkDouble::is_allowed(const Call& call) {
  if (auto wrong = wrong_group(call)) return *wrong;
  const auto found = dialogs_.find(whole(call.field("user_id")).value_or(0));
  const bool allowed = found != dialogs_.end() && found->second.state == "allowed";
  return good(Json::object({{"is_allowed", allowed ? 1 : 0}}));
}

// 0, or the error's code. Nobody but a person who wrote has a dialog here.
int VkDouble::deliver(std::int64_t peer, std::int64_t random_id, const Call& call, Sent& sent) {
  if (peer >= k_first_chat) return 917;
  if (peer <= 0) return 936;
  const auto found = dialogs_.find(peer);
  if (found == dialogs_.end()) return 901;
  Dialog& dialog = found->second;
  const std::int64_t now = world_.clock.steady_ms();
  for (const Sent& old : dialog.sent) {
    if (random_id == 0 || old.random_id != random_id || now - old.at_ms >= k_remember_ms) continue;
    sent = old;
    return 0;
  }
  if (dialog.state == "blacklisted") return 900;
  if (dialog.state == "private") return 902;
  if (dialog.state != "allowed") return 901;
  sent = Sent{random_id, ++last_message_, ++dialog.last_in_dialog, now};
  dialog.sent.push_back(sent);
  if (dialog.sent.size() > k_remember_messages) dialog.sent.pop_front();
  if (const auto keyboard = parse_json(call.field("keyboard"))) dialog.keyboard = *keyboard;
  ++messages_;
  return 0;
}

Json VkDouble::send(const Call& call) {
  const std::string many = call.field("peer_ids");
  const std::string one = call.field(call.field("peer_id").empty() ? "user_id" : "peer_id");
  const std::vector<std::string> peers = split(many.empty() ? one : many, ',');
  for (const std::string& peer : peers) {
    if (!whole(peer) || peers.size() > 100 || (many.empty() && peers.size() > 1)) {
      return fail(call, 100, "you should specify peer_id, user_id or peer_ids param");
    }
  }
  const auto random_id = whole(call.field("random_id"));
  if (!random_id || *random_id < std::numeric_limits<std::int32_t>::min() ||
      *random_id > std::numeric_limits<std::int32_t>::max()) {
    return fail(call, 100, "random_id is a required parameter");
  }
  if (call.field("message").empty()) return fail(call, 100, "message is empty or invalid");
  if (length(call.field("payload")) > 1000) return fail(call, 100, "payload is too long");
  if (length(call.field("message")) > static_cast<std::size_t>(text_max_)) return fail(call, 914);
  if (!call.field("keyboard").empty()) {
    if (!bots_) return fail(call, 912);
    if (!good_keyboard(call.field("keyboard"))) return fail(call, 911);
  }
  Json items = Json::array();
  for (const std::string& peer : peers) {
    Sent sent;
    const int code = deliver(whole(peer).value_or(0), *random_id, call, sent);
    if (many.empty()) return code == 0 ? good(sent.message_id) : fail(call, code);
    Json item = Json::object({{"peer_id", whole(peer)}, {"message_id", sent.message_id}});
    item.set("conversation_message_id", sent.in_dialog);
    if (code != 0) {
      item.set("error", Json::object({{"code", code}, {"description", words_of(code)}}));
    }
    items.push(std::move(item));
  }
  return good(std::move(items));
}

Json VkDouble::answer_press(const Call& call) {
  const auto found = presses_.find(call.field("event_id"));
  if (found == presses_.end() || whole(call.field("user_id")) != found->second.user ||
      whole(call.field("peer_id")) != found->second.peer) {
    return fail(call, 100, "event_id, user_id or peer_id is invalid");
  }
  const std::int64_t age_ms = world_.clock.steady_ms() - found->second.at_ms;
  if (found->second.answered || age_ms > answer_within_s_ * 1000) {
    return fail(call, 100, "event_id is invalid");
  }
  const std::string data = call.field("event_data");
  if (!data.empty()) {
    const auto json = parse_json(data);
    const std::string type = json ? json->text("type").value_or("") : "";
    const bool known = (type == "show_snackbar" && has_text(*json, "text", 90)) ||
                       (type == "open_link" && has_text(*json, "link", 1000)) ||
                       (type == "open_app" && json->integer("app_id"));
    if (!known || length(data) > 1000) return fail(call, 100, "event_data is invalid");
  }
  found->second.answered = true;
  ++answers_;
  return good(1);
}

}  // namespace vk_double

std::unique_ptr<ProviderDouble> make_vk_double(World world) {
  return std::make_unique<vk_double::VkDouble>(world);
}

}  // namespace flead::serve::mock
