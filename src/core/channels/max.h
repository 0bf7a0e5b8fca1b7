// MAX (the messenger of VK): requests out, verdicts and events in. Callers: the provider table
// alone. Pure: no socket, clock or log here.
// Source: the vendor's Bot API schema of 2026-07-01 and dev.max.ru/docs-api (read 2026-11-21); the
// facts are in one place, the tables of max.cpp. The namespace is not `max` because of std::max.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/channel.h"
#include "core/channels/inbound.h"

namespace flead::channels::max_messenger {

inline constexpr std::string_view k_kind = "max";
// The older hosts (platform-api.max.ru, botapi.max.ru) are dead. Its certificate comes from a
// Russian authority that ordinary systems do not trust: hence the `ca_file` setting.
inline constexpr std::string_view k_base_url = "https://platform-api2.max.ru";

// "Characters" in the vendor's words; whether an emoji is one or two is not documented, so the
// count that is never too low is taken.
inline constexpr std::size_t k_text_max = 4000;
inline constexpr TextUnit k_text_unit = TextUnit::utf16_units;
inline constexpr std::size_t k_rows_max = 30;
inline constexpr std::size_t k_reply_buttons_max = k_rows_max - 1;  // one row is the link's
// The API allows 512 and clients drop what is over 128 without a word; 64 passes everywhere.
inline constexpr std::size_t k_start_token_max = 64;
inline constexpr double k_calls_per_s = 30.0;

// `base_url`, `ca_file`, `proxy`, `rate`; errors are those of check_http_config.
Result<Json> check_config(const Json& config);

// `message.address` is the person's user_id. A text over k_text_max is cut.
HttpRequest build_send(const Account& account, const Outgoing& message);
// Total. `says` holds the status and the vendor's error key, never its sentences: those may repeat
// what was sent.
Delivery parse_send(const HttpReply& reply);

// GET /me. `says` is the bot's "@name".
HttpRequest build_probe(const Account& account);
Delivery parse_probe(const HttpReply& reply);

// State: the steps write "username" and "user_id" of the bot; "hook_url", the address that is
// subscribed, is read by disconnect and hook_status and is the caller's to write (a step's parse
// does not know it); disconnect empties it.
std::span<const SetupStep> connect_steps();
std::span<const SetupStep> disconnect_steps();
// misconfigured: the subscription is gone. The vendor drops it after 8 hours without our answer.
std::span<const SetupStep> hook_status_steps();

HookCheck verify(const Account& account, const HookCall& call);
// One event, or none: the vendor sends one in a call. None for groups, channels and bots. A message
// without a word is `other`, and `payload` names what it is: "image", "audio", "forward".
std::vector<Inbound> parse_events(std::string_view raw);

// Only while nothing is subscribed. `wait_s` is cut to what the vendor holds a call for.
HttpRequest build_pull(const Account& account, int wait_s);
// Writes "marker" into `state`, and "pull_limit" when so many updates were too large for one reply.
Pulled parse_pull(const HttpReply& reply, Json& state);

// A short note over the dialog, in Russian unless the person's language is another one. Without an
// answer_token there is nothing to answer: a request without a URL.
HttpRequest build_acknowledge(const Account& account, const Inbound& press);

// "" while the bot's name is not known, and for a token that MAX would not carry.
std::string start_link(const Account& account, std::string_view token);

}  // namespace flead::channels::max_messenger
