#include "core/channels/vk.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"

namespace flead::channels::vk {

namespace {

constexpr std::string_view k_base_url = "https://api.vk.ru";
constexpr std::string_view k_api_version = "5.199";
constexpr std::int64_t k_text_characters_set_min = 100;
constexpr std::int64_t k_text_characters_set_max = 9000;  // the schema's

constexpr std::int64_t k_rate_wait_ms = k_second_ms;        // error 6: the next second is free
constexpr std::int64_t k_flood_wait_ms = 10 * k_minute_ms;  // 9: minutes to hours, not told
constexpr std::int64_t k_limit_wait_ms = k_hour_ms;         // 29: hours, not told

constexpr std::size_t k_label_characters_max = 40;
constexpr std::size_t k_keyboard_rows_max = 6;    // inline
constexpr std::size_t k_payload_bytes_max = 255;  // as a JSON string

// error_code, whatever the HTTP status. The words are no contract: only 8 needs them. No match:
// ambiguous. Some of these come from the schema alone and not from what was seen of messages.send.
constexpr Rule k_error_rules[] = {
    {1, "", Verdict::ambiguous},      // unknown error: random_id makes a repeat safe
    {2, "", Verdict::misconfigured},  // the application is off
    {3, "", Verdict::misconfigured},  // no such method: the base URL or the version
    {4, "", Verdict::misconfigured},  // signature
    {5, "", Verdict::misconfigured},  // token invalid or revoked
    {6, "", Verdict::retry},          // too many calls a second
    {7, "", Verdict::misconfigured},  // no right to do this
    {8, "version", Verdict::misconfigured},
    {8, "", Verdict::rejected},         // a malformed request: a bug of ours
    {9, "", Verdict::retry},            // flood control: this person has had enough for now
    {10, "", Verdict::ambiguous},       // internal error
    {11, "", Verdict::misconfigured},   // the application is in test mode
    {13, "", Verdict::ambiguous},       // error while VK ran it
    {14, "", Verdict::misconfigured},   // a captcha: only a person can answer it
    {15, "", Verdict::misconfigured},   // access denied
    {16, "", Verdict::misconfigured},   // HTTPS is demanded
    {17, "", Verdict::misconfigured},   // the owner must confirm the account
    {18, "", Verdict::unreachable},     // the person's page is deleted or banned
    {20, "", Verdict::misconfigured},   // not for this kind of token
    {23, "", Verdict::misconfigured},   // the method is switched off: so would every message be
    {24, "", Verdict::misconfigured},   // the owner must confirm the action
    {27, "", Verdict::misconfigured},   // the community's token is invalid
    {28, "", Verdict::misconfigured},   // the application's token is invalid
    {29, "", Verdict::retry},           // the method's limit is used up
    {30, "", Verdict::unreachable},     // the person's profile is private
    {37, "", Verdict::unreachable},     // the person is banned
    {39, "", Verdict::unreachable},     // no such person
    {40, "", Verdict::misconfigured},   // no such community
    {42, "", Verdict::misconfigured},   // our address is not allowed
    {43, "", Verdict::retry},           // this part of VK is off for a while
    {100, "", Verdict::rejected},       // a parameter is missing or wrong: a bug of ours
    {104, "", Verdict::unreachable},    // the peer was not found
    {113, "", Verdict::unreachable},    // no such user id: another channel may know the person
    {125, "", Verdict::misconfigured},  // no such group id
    {203, "", Verdict::misconfigured},  // no access to the community
    {900, "", Verdict::unreachable, Closes::dialog},  // the community blocked the person
    {901, "", Verdict::unreachable,
     Closes::dialog},  // messages are not allowed: never, or not any more
    {902, "", Verdict::unreachable, Closes::dialog},  // the person's privacy settings
    {911, "", Verdict::rejected},                     // keyboard
    {912, "", Verdict::misconfigured},                // bot abilities are off in the community
    {913, "", Verdict::rejected},                     // forwards
    {914, "", Verdict::rejected},                     // the text is too long
    {917, "", Verdict::unreachable},                  // no access to the chat
    {922, "", Verdict::unreachable},                  // left the chat
    {925, "", Verdict::unreachable},                  // not the chat's administrator
    {932, "", Verdict::unreachable},                  // the community cannot talk to this peer
    {936, "", Verdict::unreachable},                  // no such contact
    {939, "", Verdict::unreachable},                  // a message request waits for the person
    {940, "", Verdict::retry},                        // too many posts in messages
    {943, "", Verdict::misconfigured},                // intent
    {944, "", Verdict::misconfigured},                // the intent's limit
    {945, "", Verdict::unreachable},                  // the chat is off
    {946, "", Verdict::unreachable},                  // the chat is of an unknown sort
    {950, "", Verdict::unreachable},     // too late for an answer here; elsewhere it is not
    {962, "", Verdict::unreachable},     // the person does not pay for this
    {985, "", Verdict::unreachable},     // the community only notifies
    {987, "", Verdict::unreachable},     // a message request is needed
    {988, "", Verdict::unreachable},     // a message request is pending
    {1012, "", Verdict::unreachable},    // writing is off in the chat
    {1117, "", Verdict::misconfigured},  // the token has ended
    {2000, "", Verdict::misconfigured},  // ten callback servers: a person must delete one
    {3300, "", Verdict::misconfigured},  // a captcha of the newer sort
    {3610, "", Verdict::unreachable},    // the person's page is deactivated
};

// How long, where VK says "later" and not when.
struct Wait {
  std::int64_t code = 0;
  std::int64_t wait_ms = 0;
  bool hold_channel = false;
};
constexpr Wait k_waits[] = {
    {6, k_rate_wait_ms, true},
    {9, k_flood_wait_ms, false},
    {29, k_limit_wait_ms, true},
    {940, k_flood_wait_ms, false},
};

// HTTP statuses of somebody before VK: its own errors come with a JSON body.
constexpr Rule k_http_rules[] = {
    {401, "", Verdict::misconfigured}, {403, "", Verdict::misconfigured},
    {404, "", Verdict::misconfigured},  // not this API: the base URL
    {405, "", Verdict::misconfigured}, {408, "", Verdict::retry},
    {429, "", Verdict::retry},
};

void read_status(const HttpReply& reply, Delivery& out) {
  out.says = "HTTP " + std::to_string(reply.status) + " without an answer of VK's";
  if (const Rule* rule = match(k_http_rules, reply.status, "")) {
    out.verdict = rule->verdict;
  } else if (reply.status >= 300 && reply.status < 400) {
    out.verdict = Verdict::misconfigured;  // redirects are not followed: the base URL is wrong
  } else if (reply.status >= 400 && reply.status < 500) {
    out.verdict = Verdict::rejected;
  }
  if (out.verdict == Verdict::retry) {
    out.hold_channel = reply.status == 429;
    out.retry_after_ms = reply.retry_after_ms;
    if (out.hold_channel && out.retry_after_ms == 0) out.retry_after_ms = k_rate_wait_ms;
  }
}

// `request_params` beside the words repeats the person's id and the text: it is never read.
void read_error(const Json& error, const HttpReply& reply, Answer& out) {
  const std::string words = cut_words(error.text("error_msg").value_or(""));
  out.code = whole_number(error, "error_code").value_or(0);
  out.delivery.says = std::to_string(out.code) + " " + words;
  if (out.code <= 0 || out.code > std::numeric_limits<int>::max()) return;
  if (const Rule* rule = match(k_error_rules, static_cast<int>(out.code), words)) {
    out.delivery.verdict = rule->verdict;
    out.delivery.closes = rule->closes;
  }
  if (out.delivery.verdict != Verdict::retry) return;
  out.delivery.retry_after_ms = reply.retry_after_ms;
  for (const Wait& wait : k_waits) {
    if (wait.code != out.code) continue;
    out.delivery.hold_channel = wait.hold_channel;
    if (out.delivery.retry_after_ms == 0) out.delivery.retry_after_ms = wait.wait_ms;
  }
}

std::string label_of(std::string_view text) {
  return fit_text(trim(repair_utf8(text)), k_label_characters_max, TextUnit::characters);
}

Json link_button(const Outgoing& message) {
  // A link without words is still a link; VK refuses a button without a label.
  std::string label = label_of(message.button_text);
  if (label.empty()) label = label_of(message.button_url);
  return Json::object({{"action", Json::object({{"type", "open_link"},
                                                {"label", std::move(label)},
                                                {"link", message.button_url}})}});
}

// Nothing for a button that VK would refuse together with the message.
std::optional<Json> reply_button(const ReplyButton& button) {
  std::string label = label_of(button.text);
  std::string payload = Json::object({{"p", button.payload}}).dump();
  if (label.empty() || payload.size() > k_payload_bytes_max) return std::nullopt;
  return Json::object({{"action", Json::object({{"type", "callback"},
                                                {"label", std::move(label)},
                                                {"payload", std::move(payload)}})},
                       {"color", "secondary"}});
}

// The link has a row of its own because VK draws it wide; the others share the rows that are left,
// as few in each as there is room for.
std::string keyboard(const Outgoing& message) {
  Json rows = Json::array();
  if (!message.button_url.empty()) rows.push(Json::array({link_button(message)}));
  std::vector<Json> replies;
  for (const ReplyButton& button : message.reply_buttons) {
    auto made = reply_button(button);
    if (made && replies.size() < k_reply_buttons_max) replies.push_back(std::move(*made));
  }
  const std::size_t rows_left = k_keyboard_rows_max - rows.items().size();
  const std::size_t per_row = (replies.size() + rows_left - 1) / rows_left;
  for (std::size_t at = 0; at < replies.size(); at += per_row) {
    Json row = Json::array();
    for (std::size_t i = at; i < std::min(at + per_row, replies.size()); ++i) row.push(replies[i]);
    rows.push(std::move(row));
  }
  if (rows.items().empty()) return {};
  return Json::object({{"inline", true}, {"buttons", std::move(rows)}}).dump();
}

// groups.getById answers with {"groups":[…]}; an older api_version may have the bare list.
const Json* first_group(const Json& response) {
  const Json* groups = response.is_array() ? &response : response.find("groups");
  if (groups == nullptr || groups->items().empty()) return nullptr;
  const Json& group = groups->items().front();
  return whole_number(group, "id").value_or(0) > 0 ? &group : nullptr;
}

std::string name_of(const Json& group) {
  const std::string name = cut_words(group.text("screen_name").value_or(""));
  return name.empty() ? "community " + id_text(group, "id") : "@" + name;
}

Delivery no_group(Delivery out) {
  out.verdict = Verdict::misconfigured;
  out.says = "The token belongs to no community";
  return out;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, check_http_config(config, k_base_url));
  FLEAD_TRY(std::string version, config_line(config, "api_version", 10));
  if (version.empty()) version = k_api_version;
  const auto dot = version.find('.');
  if (version.find_first_not_of("0123456789.") != std::string::npos || dot == 0 ||
      dot == std::string::npos || dot + 1 == version.size() || dot != version.rfind('.')) {
    return refused_field("api_version", "api_version_invalid", "A version is like 5.199");
  }
  out.set("api_version", version);
  auto characters_max = static_cast<std::int64_t>(k_text_characters_max);
  if (config.find("text_characters_max") != nullptr) {
    characters_max = whole_number(config, "text_characters_max").value_or(0);
  }
  if (characters_max < k_text_characters_set_min || characters_max > k_text_characters_set_max) {
    return refused_field("text_characters_max", "text_characters_max_invalid",
                         "A text's limit is a number of characters, from 100 to 9000");
  }
  out.set("text_characters_max", characters_max);
  return out;
}

HttpRequest build_call(const Account& account, std::string_view method, const Fields& fields) {
  HttpRequest request;
  request.url = base_url_of(account, k_base_url) + "/method/" + std::string(method);
  request.label = "vk " + std::string(method);
  // The token stays out of the body and of the URL, which others may log.
  request.headers = {{"authorization", "Bearer " + account.secret},
                     {"content-type", "application/x-www-form-urlencoded"},
                     {"accept", "application/json"}};
  for (const auto& [name, value] : fields) {
    request.body += std::string(name) + "=" + percent_encode(value) + "&";
  }
  request.body += "v=" + percent_encode(api_version(account));
  request.timeout_ms = k_request_timeout_ms;
  return request;
}

HttpRequest build_group_call(const Account& account, std::string_view method,
                             const Fields& fields) {
  const std::string group = id_text(account.state, "group_id");
  if (group.empty()) return {};
  Fields all = {{"group_id", group}};
  all.insert(all.end(), fields.begin(), fields.end());
  return build_call(account, method, all);
}

Answer read_answer(const HttpReply& reply, std::string_view method) {
  Answer out;
  if (auto silent = parse_no_answer(reply)) {
    out.delivery = std::move(*silent);
    return out;
  }
  out.delivery.stage = method;
  const auto json = parse_json(reply.body);
  const Json* error = json ? json->find("error") : nullptr;
  const Json* response = json ? json->find("response") : nullptr;
  if (error != nullptr && error->is_object()) {
    read_error(*error, reply, out);
  } else if (reply.status == 200 && response != nullptr && !response->is_null()) {
    out.response = *response;
    out.delivery.verdict = Verdict::sent;
  } else {
    read_status(reply, out.delivery);
  }
  return out;
}

Answer read_question(const HttpReply& reply, std::string_view method) {
  Answer out = read_answer(reply, method);
  if (out.delivery.verdict == Verdict::ambiguous) out.delivery.verdict = Verdict::retry;
  return out;
}

std::string api_version(const Account& account) {
  return account.config.text("api_version").value_or(std::string(k_api_version));
}

void keep(Json& state, std::string_view name, Json value) {
  if (!state.is_object()) state = Json::object();
  state.set(name, std::move(value));
}

void forget(Json& state, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) keep(state, name, nullptr);
}

Delivery learn_group(const HttpReply& reply, Json& state) {
  Answer answer = read_question(reply, "groups.getById");
  if (answer.delivery.verdict != Verdict::sent) return answer.delivery;
  const Json* group = first_group(answer.response);
  if (group == nullptr) return no_group(std::move(answer.delivery));
  const std::int64_t id = whole_number(*group, "id").value_or(0);
  if (whole_number(state, "group_id") != id) {
    forget(state, {"server_id", "confirmation", "lp_on", "lp_server", "lp_key", "lp_ts"});
  }
  keep(state, "group_id", id);
  keep(state, "screen_name", group->text("screen_name").value_or(""));
  answer.delivery.says = name_of(*group);
  return answer.delivery;
}

std::int64_t random_id(const MessageId& id) {
  const std::string hash = sha256_hex(id.text()).substr(0, 8);
  const auto number = std::strtoull(hash.c_str(), nullptr, 16) & 0x7fffffffULL;
  return number == 0 ? 1 : static_cast<std::int64_t>(number);
}

HttpRequest build_send(const Account& account, const Outgoing& message) {
  const auto characters_max = whole_number(account.config, "text_characters_max")
                                  .value_or(static_cast<std::int64_t>(k_text_characters_max));
  Fields fields = {
      {"peer_id", message.address},
      {"random_id", std::to_string(random_id(message.id))},
      {"message", fit_text(repair_utf8(message.text),
                           static_cast<std::size_t>(std::max<std::int64_t>(characters_max, 1)),
                           TextUnit::characters)},
      {"dont_parse_links", "1"},
      {"disable_mentions", "1"},  // a name such as @all is no call to anybody
  };
  if (std::string buttons = keyboard(message); !buttons.empty()) {
    fields.emplace_back("keyboard", std::move(buttons));
  }
  return build_call(account, "messages.send", fields);
}

Delivery parse_send(const HttpReply& reply) {
  Answer answer = read_answer(reply, "messages.send");
  Delivery& out = answer.delivery;
  if (out.verdict != Verdict::sent) return out;
  const auto id = whole_number(answer.response, "");
  if (!id || *id < 0) {
    out.verdict = Verdict::ambiguous;
    out.says = "no message id in the answer";
    return out;
  }
  // What VK answers to a repeated random_id is not documented: a 0 names no message, and is no
  // failure either.
  if (*id > 0) out.provider_id = std::to_string(*id);
  out.delivered = true;
  out.says = "accepted";
  return out;
}

HttpRequest build_probe(const Account& account) {
  return build_call(account, "groups.getById", {});
}

Delivery parse_probe(const HttpReply& reply) {
  Json nowhere = Json::object();
  return learn_group(reply, nowhere);
}

std::string start_link(const Account& account, std::string_view token) {
  const std::string name = account.state.text("screen_name").value_or("");
  if (name.empty()) return {};
  return "https://vk.me/" + percent_encode(name) + "?ref=" + percent_encode(token) +
         "&ref_source=flead";
}

}  // namespace flead::channels::vk
