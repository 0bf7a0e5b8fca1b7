// VK community messages: requests out, verdicts and events in. Callers: the provider table, which
// hands these functions to the outbox, the hook route, the pull job and `flead channel`. Nothing
// here opens a socket, reads a clock, repeats a call or writes a log.
// Source: dev.vk.com and github VKCOM/vk-api-schema, API 5.199 (read 2026-11-21).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "core/channels/channel.h"
#include "core/channels/inbound.h"

namespace flead::channels::vk {

// The schema allows 9000 characters, other sources name 4096: the smaller one until a tenant's
// `text_characters_max` says otherwise.
inline constexpr std::size_t k_text_characters_max = 4096;
// An inline keyboard holds 10 buttons, and a link button may count as two of them.
inline constexpr std::size_t k_reply_buttons_max = 8;
inline constexpr std::size_t k_start_token_characters_max = 64;
// A community's token may make 20 calls a second: half of that leaves room for setup and pulling.
inline constexpr double k_calls_per_s = 10.0;
// VK remembers a random_id for an hour; the rest is for clocks that differ and slow calls.
inline constexpr std::int64_t k_idempotent_ms = 50 * k_minute_ms;

// Fields: base_url, api_version, text_characters_max (100 to 9000), and the common ones. Errors:
// those of check_http_config, api_version_invalid, text_characters_max_invalid.
Result<Json> check_config(const Json& config);

HttpRequest build_send(const Account& account, const Outgoing& message);
// Total: any status and any bytes give a verdict. VK answers errors with HTTP 200.
Delivery parse_send(const HttpReply& reply);
// Ours, 1 to 2147483647, from the message and not from the attempt: a repeat within the hour
// reaches nobody twice.
std::int64_t random_id(const MessageId& id);

// Whose token is it? `says` is the community's short name: "@acme".
HttpRequest build_probe(const Account& account);
Delivery parse_probe(const HttpReply& reply);

// They learn and keep in the state: group_id, screen_name, confirmation, server_id. The state must
// be stored after each step: VK asks our hook for `confirmation` while it adds the server.
std::span<const SetupStep> connect_steps();
std::span<const SetupStep> disconnect_steps();
// When the state has `hook_url`, a server that calls another address is misconfigured too.
std::span<const SetupStep> hook_status_steps();

HookCheck verify(const Account& account, const HookCall& call);
// One call is one event, so there is one Inbound or none.
std::vector<Inbound> parse_events(std::string_view raw);
// Only presses of callback buttons are waited for: no URL for anything else.
HttpRequest build_acknowledge(const Account& account, const Inbound& press);

// Bots Long Poll. The state says which of the calls is next: groups.getById (group_id),
// groups.setLongPollSettings (lp_on), groups.getLongPollServer (lp_server, lp_key, lp_ts), and then
// the polling itself. `wait_s` is cut to what VK waits at most.
HttpRequest build_pull(const Account& account, int wait_s);
Pulled parse_pull(const HttpReply& reply, Json& state);

// "" until connecting has learned the community's short name.
std::string start_link(const Account& account, std::string_view token);

// ---- shared by vk.cpp and vk_events.cpp ------------------------------------------------------

using Fields = std::vector<std::pair<std::string_view, std::string>>;
// A call of one method: always a form, VK reads no JSON bodies.
HttpRequest build_call(const Account& account, std::string_view method, const Fields& fields);
// The same with group_id before the fields; without a URL while the state does not know it.
HttpRequest build_group_call(const Account& account, std::string_view method,
                             const Fields& fields = {});

struct Answer {
  Delivery delivery;  // `sent`: `response` is there
  Json response;
  std::int64_t code = 0;  // VK's error_code, 0 for none
};
Answer read_answer(const HttpReply& reply, std::string_view method);
// A question that failed may simply be asked again, so nothing about it is ambiguous.
Answer read_question(const HttpReply& reply, std::string_view method);

std::string api_version(const Account& account);
// group_id and screen_name from groups.getById; what belonged to another community is forgotten.
Delivery learn_group(const HttpReply& reply, Json& state);
void keep(Json& state, std::string_view name, Json value);
void forget(Json& state, std::initializer_list<std::string_view> names);

}  // namespace flead::channels::vk
