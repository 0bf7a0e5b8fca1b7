#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/channels/vk.h"

namespace flead::channels::vk {

namespace {

constexpr std::int64_t k_first_chat = 2'000'000'000;    // peer ids from here on are chats
constexpr std::int64_t k_date_s_max = 253'402'300'799;  // the last second of year 9999
constexpr int k_pull_wait_s_max = 25;                   // what VK documents for a poll
constexpr std::size_t k_secret_key_bytes_max = 50;
constexpr std::string_view k_server_title = "flead";  // at most 14, the community's people see it
constexpr std::int64_t k_error_not_found = 104;
// Nothing we read lies deeper, in an event or in the updates of a poll.
constexpr std::size_t k_depth_read_max = 12;

// What is nested deeper than we read becomes null. Forwarded messages nest without need, and one
// that parse_json refuses for its depth would cost us the event, or every later pull.
std::string without_depths(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  std::size_t depth = 0;
  bool in_text = false;
  bool escaped = false;
  for (const char c : raw) {
    const bool opens = !in_text && (c == '{' || c == '[');
    const bool closes = !in_text && (c == '}' || c == ']');
    if (opens && ++depth == k_depth_read_max + 1) out += "null";
    if (depth <= k_depth_read_max) out += c;
    if (closes && depth > 0) --depth;
    if (c == '"' && !escaped) in_text = !in_text;
    escaped = in_text && c == '\\' && !escaped;
  }
  return out;
}

// An object, or nothing.
std::optional<Json> read_body(std::string_view raw) {
  auto json = parse_json(without_depths(repair_utf8(raw)));
  if (!json || !json->is_object()) return std::nullopt;
  return std::move(*json);
}

const Json::Array& items_of(const Json& json, std::string_view path) {
  static const Json k_nothing;
  const Json* found = json.find(path);
  return (found == nullptr ? k_nothing : *found).items();
}

// What VK repeats to us in every call of the hook.
std::string secret_key(const Account& account) {
  return account.hook_secret.substr(0, k_secret_key_bytes_max);
}

// The events we want, as setCallbackSettings and setLongPollSettings name them.
Fields wanted_events(const Account& account) {
  return {{"api_version", api_version(account)},
          {"message_new", "1"},
          {"message_event", "1"},
          {"message_allow", "1"},
          {"message_deny", "1"}};
}

// ---- steps -----------------------------------------------------------------------------------

HttpRequest build_get_group(const Account& account, std::string_view) {
  return build_probe(account);
}

HttpRequest build_get_permissions(const Account& account, std::string_view) {
  return build_call(account, "groups.getTokenPermissions", {});
}

Delivery parse_permissions(const HttpReply& reply, Json&) {
  Answer answer = read_question(reply, "groups.getTokenPermissions");
  if (answer.delivery.verdict != Verdict::sent) return answer.delivery;
  for (const Json& one : items_of(answer.response, "permissions")) {
    if (one.text("name") == "messages") return answer.delivery;
  }
  answer.delivery.verdict = Verdict::misconfigured;
  answer.delivery.says = "The token has no right to messages";
  return answer.delivery;
}

HttpRequest build_get_confirmation(const Account& account, std::string_view) {
  return build_group_call(account, "groups.getCallbackConfirmationCode");
}

Delivery parse_confirmation(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.getCallbackConfirmationCode");
  if (answer.delivery.verdict != Verdict::sent) return answer.delivery;
  const std::string code = id_text(answer.response, "code");
  if (code.empty()) {
    answer.delivery.verdict = Verdict::retry;
    answer.delivery.says = "no code in the answer";
    return answer.delivery;
  }
  keep(state, "confirmation", code);
  return answer.delivery;
}

Fields server_fields(const Account& account, std::string_view hook_url) {
  return {{"url", std::string(hook_url)},
          {"title", std::string(k_server_title)},
          {"secret_key", secret_key(account)}};
}

HttpRequest build_edit_server(const Account& account, std::string_view hook_url) {
  const std::string server = id_text(account.state, "server_id");
  if (server.empty()) return {};
  Fields fields = server_fields(account, hook_url);
  fields.insert(fields.begin(), {"server_id", server});
  return build_group_call(account, "groups.editCallbackServer", fields);
}

// A server that somebody deleted by hand is added anew by the next step.
Delivery parse_edit_server(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.editCallbackServer");
  if (answer.code != k_error_not_found) return answer.delivery;
  forget(state, {"server_id"});
  answer.delivery.verdict = Verdict::sent;
  return answer.delivery;
}

HttpRequest build_add_server(const Account& account, std::string_view hook_url) {
  if (!id_text(account.state, "server_id").empty()) return {};
  return build_group_call(account, "groups.addCallbackServer", server_fields(account, hook_url));
}

Delivery parse_add_server(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.addCallbackServer");
  if (answer.delivery.verdict != Verdict::sent) return answer.delivery;
  const auto server = whole_number(answer.response, "server_id");
  if (!server) {
    answer.delivery.verdict = Verdict::retry;
    answer.delivery.says = "no server_id in the answer";
    return answer.delivery;
  }
  keep(state, "server_id", *server);
  return answer.delivery;
}

HttpRequest build_set_events(const Account& account, std::string_view) {
  const std::string server = id_text(account.state, "server_id");
  if (server.empty()) return {};
  Fields fields = wanted_events(account);
  fields.insert(fields.begin(), {"server_id", server});
  return build_group_call(account, "groups.setCallbackSettings", fields);
}

Delivery parse_set_events(const HttpReply& reply, Json&) {
  return read_question(reply, "groups.setCallbackSettings").delivery;
}

HttpRequest build_delete_server(const Account& account, std::string_view) {
  const std::string server = id_text(account.state, "server_id");
  if (server.empty()) return {};
  return build_group_call(account, "groups.deleteCallbackServer", {{"server_id", server}});
}

Delivery parse_delete_server(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.deleteCallbackServer");
  if (answer.code == k_error_not_found) answer.delivery.verdict = Verdict::sent;  // gone already
  if (answer.delivery.verdict == Verdict::sent) forget(state, {"server_id", "confirmation"});
  return answer.delivery;
}

HttpRequest build_find_group(const Account& account, std::string_view) {
  return id_text(account.state, "group_id").empty() ? build_probe(account) : HttpRequest();
}

HttpRequest build_get_servers(const Account& account, std::string_view) {
  return build_group_call(account, "groups.getCallbackServers");
}

Delivery parse_servers(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.getCallbackServers");
  Delivery& out = answer.delivery;
  if (out.verdict != Verdict::sent) return out;
  const std::string ours = id_text(state, "server_id");
  const std::string hook_url = state.text("hook_url").value_or("");
  out.verdict = Verdict::misconfigured;
  out.says = "The callback server is not there";
  for (const Json& server : items_of(answer.response, "items")) {
    if (ours.empty() || id_text(server, "id") != ours) continue;
    const std::string status = cut_words(server.text("status").value_or(""));
    const std::string url = server.text("url").value_or("");
    out.says = "The callback server's status is " + status;
    if (!hook_url.empty() && !url.empty() && url != hook_url) {
      out.says = "The callback server calls another address";
    } else if (status == "ok" || status == "wait") {
      out.verdict = Verdict::sent;
    }
  }
  return out;
}

// Fetched again at the end: VK changes the code when servers are edited.
constexpr std::array<SetupStep, 7> k_connect = {{
    {"groups.getById", build_get_group, learn_group},
    {"groups.getTokenPermissions", build_get_permissions, parse_permissions},
    {"groups.getCallbackConfirmationCode", build_get_confirmation, parse_confirmation},
    {"groups.editCallbackServer", build_edit_server, parse_edit_server},
    {"groups.addCallbackServer", build_add_server, parse_add_server},
    {"groups.setCallbackSettings", build_set_events, parse_set_events},
    {"groups.getCallbackConfirmationCode", build_get_confirmation, parse_confirmation},
}};
constexpr std::array<SetupStep, 1> k_disconnect = {{
    {"groups.deleteCallbackServer", build_delete_server, parse_delete_server},
}};
constexpr std::array<SetupStep, 2> k_hook_status = {{
    {"groups.getById", build_find_group, learn_group},
    {"groups.getCallbackServers", build_get_servers, parse_servers},
}};

// ---- events ----------------------------------------------------------------------------------

struct Payload {
  bool there = false;
  bool start = false;  // VK's own Start button
  std::string word;    // ours, or whatever another button carries
};

// VK hands a payload over as an object or as a string that holds one.
Payload read_payload(const Json* payload) {
  Payload out;
  if (payload == nullptr || payload->is_null()) return out;
  const std::string raw = payload->is_text() ? *payload->text() : payload->dump();
  if (raw.empty() || raw == "{}" || raw == "[]") return out;
  const auto inner = parse_json(raw);
  out.there = true;
  out.start = inner && inner->text("command") == "start";
  out.word = inner ? inner->text("p").value_or(raw) : raw;
  return out;
}

// Communities have negative ids.
std::string person_id(const Json& object, std::string_view path) {
  const std::int64_t id = whole_number(object, path).value_or(0);
  return id > 0 && id < k_first_chat ? std::to_string(id) : "";
}

bool in_chat(const Json& object) {
  return whole_number(object, "peer_id").value_or(0) >= k_first_chat;
}

std::optional<Inbound> read_message(const Json& object) {
  const Json* message = object.find("message");
  if (message == nullptr || in_chat(*message)) return std::nullopt;
  if (whole_number(*message, "out").value_or(0) == 1) return std::nullopt;  // our own
  Inbound out;
  out.address = person_id(*message, "from_id");
  if (out.address.empty()) return std::nullopt;
  out.text = message->text("text").value_or("");
  if (const auto id = whole_number(*message, "id"); id && *id > 0) {
    out.provider_id = std::to_string(*id);
  }
  const std::int64_t date_s = whole_number(*message, "date").value_or(0);
  if (date_s > 0 && date_s <= k_date_s_max) out.at = date_s * k_second_ms;
  const Payload payload = read_payload(message->find("payload"));
  const std::string ref = message->text("ref").value_or("");
  out.kind = Inbound::Kind::text;
  if (payload.start || !ref.empty()) {
    out.kind = Inbound::Kind::start;
    out.payload = ref;
    if (payload.start) out.text.clear();  // the label of the first button
  } else if (payload.there) {
    out.kind = Inbound::Kind::button;
    out.payload = payload.word;
  }
  return out;
}

std::optional<Inbound> read_press(const Json& object) {
  Inbound out;
  out.address = person_id(object, "user_id");
  if (out.address.empty() || in_chat(object)) return std::nullopt;
  out.kind = Inbound::Kind::button;
  out.payload = read_payload(object.find("payload")).word;
  out.answer_token = id_text(object, "event_id");
  return out;
}

std::optional<Inbound> read_permission(const Json& object, Inbound::Kind kind) {
  Inbound out;
  out.address = person_id(object, "user_id");
  if (out.address.empty()) return std::nullopt;
  out.kind = kind;
  const std::string key = object.text("key").value_or("");
  if (kind == Inbound::Kind::opt_in && !key.empty()) {
    out.kind = Inbound::Kind::start;  // allowed by a widget that handed our token over
    out.payload = key;
  }
  return out;
}

// ---- pulling ---------------------------------------------------------------------------------

enum class PullStep { group, settings, server, events };

bool is_poll_server(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) &&
         url.size() <= k_url_characters_max && !has_control_characters(url) &&
         url.find(' ') == std::string_view::npos;
}

PullStep pull_step(const Json& state) {
  if (id_text(state, "group_id").empty()) return PullStep::group;
  if (!state.boolean("lp_on").value_or(false)) return PullStep::settings;
  const bool known = is_poll_server(state.text("lp_server").value_or("")) &&
                     !id_text(state, "lp_key").empty() && !id_text(state, "lp_ts").empty();
  return known ? PullStep::events : PullStep::server;
}

// The token does not go to the poll server: its key is enough there.
HttpRequest build_poll(const Json& state, int wait_s) {
  const int seconds = std::clamp(wait_s, 0, k_pull_wait_s_max);
  std::string url = state.text("lp_server").value_or("");
  url += url.find('?') == std::string::npos ? "?" : "&";
  url += "act=a_check&key=" + percent_encode(id_text(state, "lp_key")) +
         "&ts=" + percent_encode(id_text(state, "lp_ts")) + "&wait=" + std::to_string(seconds);
  HttpRequest request = get_request(std::move(url), "vk a_check");
  request.timeout_ms = seconds * static_cast<int>(k_second_ms) + k_request_timeout_ms;
  return request;
}

Delivery learn_poll_server(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.getLongPollServer");
  Delivery& out = answer.delivery;
  // Somebody may have switched Long Poll off: the next pull switches it on again.
  if (answer.code != 0) forget(state, {"lp_on"});
  if (out.verdict != Verdict::sent) return out;
  const std::string server = answer.response.text("server").value_or("");
  const std::string key = id_text(answer.response, "key");
  const std::string ts = id_text(answer.response, "ts");
  if (!is_poll_server(server) || key.empty() || ts.empty()) {
    out.verdict = Verdict::retry;
    out.says = "no poll server in the answer";
    return out;
  }
  keep(state, "lp_server", server);
  keep(state, "lp_key", key);
  // A new key goes on where the old one stopped: only a lost place is taken from here.
  if (id_text(state, "lp_ts").empty()) keep(state, "lp_ts", ts);
  return out;
}

// VK does not take our place or our key: 1 names a new place, 2 wants a new key, 3 wants both.
Pulled parse_failed(std::int64_t failed, const std::string& ts, Json& state) {
  Pulled out;
  out.delivery.stage = "a_check";
  out.delivery.says = "failed " + std::to_string(failed);
  const bool known = failed >= 1 && failed <= 3;
  out.delivery.verdict = known ? Verdict::sent : Verdict::retry;
  out.again = known;
  if (failed == 1 && !ts.empty()) {
    keep(state, "lp_ts", ts);
  } else if (failed == 2) {
    forget(state, {"lp_key"});
  } else {
    forget(state, {"lp_key", "lp_ts"});
  }
  return out;
}

Pulled parse_poll(const HttpReply& reply, Json& state) {
  Pulled out;
  const auto json = reply.status == 200 ? read_body(reply.body) : std::nullopt;
  const std::string ts = json ? id_text(*json, "ts") : "";
  if (json) {
    if (const auto failed = whole_number(*json, "failed")) return parse_failed(*failed, ts, state);
  }
  const Json* updates = json ? json->find("updates") : nullptr;
  if (ts.empty() || updates == nullptr || !updates->is_array()) {
    // VK may have moved the server: asking for it again is cheap, and our place is kept.
    forget(state, {"lp_key"});
    out.delivery.verdict = Verdict::retry;
    out.delivery.stage = "a_check";
    out.delivery.says = "HTTP " + std::to_string(reply.status) + " without events";
    if (auto silent = parse_no_answer(reply)) {
      out.delivery = std::move(*silent);
      if (out.delivery.verdict == Verdict::ambiguous) out.delivery.verdict = Verdict::retry;
    }
    return out;
  }
  for (const Json& update : updates->items()) {
    if (update.is_object()) out.events.push_back(update.dump());
  }
  keep(state, "lp_ts", ts);
  out.delivery.verdict = Verdict::sent;
  out.again = !out.events.empty();
  return out;
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
  const std::string wanted = secret_key(account);
  const auto json = read_body(call.body);
  if (wanted.empty() || !json) return out;
  if (!equal_constant_time(json->text("secret").value_or(""), wanted)) return out;
  const std::string group = id_text(account.state, "group_id");
  if (!group.empty() && id_text(*json, "group_id") != group) return out;
  out.genuine = true;
  if (json->text("type") == "confirmation") {
    out.handshake = true;
    out.answer = account.state.text("confirmation").value_or("");
    return out;
  }
  out.answer = "ok";
  out.delivery_id = id_text(*json, "event_id");
  return out;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  const auto json = read_body(raw);
  const Json* object = json ? json->find("object") : nullptr;
  if (object == nullptr) return {};
  const std::string type = json->text("type").value_or("");
  std::optional<Inbound> event;
  if (type == "message_new") event = read_message(*object);
  if (type == "message_event") event = read_press(*object);
  if (type == "message_allow") event = read_permission(*object, Inbound::Kind::opt_in);
  if (type == "message_deny") event = read_permission(*object, Inbound::Kind::opt_out);
  if (!event) return {};
  event->key = id_text(*json, "event_id");
  if (event->key.empty()) event->key = "sha256:" + sha256_hex(raw);
  return {std::move(*event)};
}

HttpRequest build_acknowledge(const Account& account, const Inbound& press) {
  if (press.answer_token.empty() || press.address.empty()) return {};
  // In the private dialog the peer is the person.
  return build_call(
      account, "messages.sendMessageEventAnswer",
      {{"event_id", press.answer_token}, {"user_id", press.address}, {"peer_id", press.address}});
}

HttpRequest build_pull(const Account& account, int wait_s) {
  switch (pull_step(account.state)) {
    case PullStep::group:
      return build_probe(account);
    case PullStep::settings: {
      Fields fields = wanted_events(account);
      fields.emplace_back("enabled", "1");
      return build_group_call(account, "groups.setLongPollSettings", fields);
    }
    case PullStep::server:
      return build_group_call(account, "groups.getLongPollServer");
    case PullStep::events:
      return build_poll(account.state, wait_s);
  }
  return {};
}

Pulled parse_pull(const HttpReply& reply, Json& state) {
  Pulled out;
  switch (pull_step(state)) {
    case PullStep::group:
      out.delivery = learn_group(reply, state);
      break;
    case PullStep::settings:
      out.delivery = read_question(reply, "groups.setLongPollSettings").delivery;
      if (out.delivery.verdict == Verdict::sent) keep(state, "lp_on", true);
      break;
    case PullStep::server:
      out.delivery = learn_poll_server(reply, state);
      break;
    case PullStep::events:
      return parse_poll(reply, state);
  }
  out.again = out.delivery.verdict == Verdict::sent;
  return out;
}

}  // namespace flead::channels::vk
