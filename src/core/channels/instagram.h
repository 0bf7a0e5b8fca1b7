// Instagram messages by Meta's API with Instagram Login: requests out, verdicts and events in.
// Callers: the provider table alone. Pure: no socket, clock or log here.
// Source: developers.facebook.com/docs/instagram-platform (read 2026-11-21); the facts are in one
// place, the tables of instagram.cpp. Subcodes are from two public bots, so codes decide first.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/channel.h"
#include "core/channels/inbound.h"
#include "core/channels/meta.h"

namespace flead::channels::instagram {

inline constexpr std::string_view k_kind = "instagram";
inline constexpr std::string_view k_base_url = "https://graph.instagram.com";

// Documented as bytes in one place and as characters in another.
inline constexpr std::size_t k_text_max = 1000;
inline constexpr TextUnit k_text_unit = TextUnit::bytes;
inline constexpr std::size_t k_reply_buttons_max = 13;
inline constexpr std::int64_t k_window_ms = 24 * k_hour_ms;
inline constexpr std::size_t k_start_token_max = 64;
inline constexpr double k_calls_per_s = 300.0;

// Beside those of check_http_config: `version`, `account_id` (else the token's own account, "me")
// and `expires_at`, the day on which the token ends (about 60 days after it was made): only told by
// doctor. Errors (refused_field): NAME_invalid.
Result<Json> check_config(const Json& config);

// `message.address` is the person's Instagram-scoped id. A link alone is a button; with reply
// buttons, which the vendor shows only below plain texts, it stands in the text.
HttpRequest build_send(const Account& account, const Outgoing& message);
Delivery parse_send(const HttpReply& reply);

// GET /me. `says` is the account's "@name".
HttpRequest build_probe(const Account& account);
Delivery parse_probe(const HttpReply& reply);

// State: "username" and "user_id". The hook's address is typed into Meta's console by a person,
// with meta::verify_token(); the steps subscribe the account to its events.
std::span<const SetupStep> connect_steps();
std::span<const SetupStep> disconnect_steps();  // none: Meta documents no way
// misconfigured: the account is not subscribed to messages.
std::span<const SetupStep> hook_status_steps();

HookCheck verify(const Account& account, const HookCall& call);
// Echoes of our own messages, deleted and unreadable ones are left out. Entries are not checked
// against our account's id, which is not known here: one app per channel.
std::vector<Inbound> parse_events(std::string_view raw);

// Brings the token only where the account has ice breakers set up.
// Whether the hook of the app means this account.
bool owns(const Channel& channel, const Inbound& event);
std::string start_link(const Account& account, std::string_view token);

}  // namespace flead::channels::instagram
