// Telegram Bot API: requests out, verdicts and events in. Pure: no socket, clock or log here.
// Callers: the provider table (providers.cpp), and through it the outbox, the hook route, the pull
// job and `flead channel ...`.
// Source: core.telegram.org/bots/api (Bot API 10.1) and the source of its server,
// github tdlib/telegram-bot-api (read 2026-11-26). A self-hosted server speaks the same protocol,
// so the base URL is a setting.
//
// The bot's token is a part of every URL: log HttpRequest::label, never the URL. What the provider
// says is cut before anything it may have quoted from our request.
//
// Keys of Account::state:
//   username, bot_id  of getMe; links need the name
//   hook_url          the address that the webhook was set to. No step's parse can know it, so it
//                     is written by who runs the steps; "" after disconnect
//   offset            the first update that a pull has not had yet
//   pull_one          updates are asked for singly, because several were too large for one reply
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/channel.h"
#include "core/channels/inbound.h"

namespace flead::channels::telegram {

// For the row of Capabilities.
inline constexpr std::size_t k_text_max = 4096;  // UTF-16 units, counted without mark-up
inline constexpr std::size_t k_start_token_characters_max = 64;
// A keyboard may hold 100 buttons (unverified); more than a screen of them is of no use.
inline constexpr std::size_t k_reply_buttons_max = 20;
// The published guidance is 30 a second over all chats; answers to pressed buttons count as well.
inline constexpr double k_calls_per_s = 25.0;

// Only what every HTTP channel has: base_url, ca_file, proxy, rate.
Result<Json> check_config(const Json& config);

// sendMessage. The link is a button, and reply buttons follow it, one a row. A link that Telegram
// takes for no button stands at the end of the text instead: it refuses the whole message else.
HttpRequest build_send(const Account& account, const Outgoing& message);
// Total. `provider_id` is "<chat id>:<message id>": the second alone is not unique.
Delivery parse_send(const HttpReply& reply);

// getMe. `says` names the bot: "@acme_bot".
HttpRequest build_probe(const Account& account);
Delivery parse_probe(const HttpReply& reply);

// Every step may be repeated, so a step without an outcome is `retry`, never `ambiguous`.
std::span<const SetupStep> connect_steps();      // getMe, setWebhook, setMyCommands twice
std::span<const SetupStep> disconnect_steps();   // deleteWebhook; waiting updates stay
std::span<const SetupStep> hook_status_steps();  // getWebhookInfo

// The word of ours that the webhook was set with. Telegram runs a JSON answer that has a "method",
// so the answer is empty. The body's hash is the id of the delivery: a repeat is the same bytes.
HookCheck verify(const Account& account, const HookCall& call);
// One Update, as a hook or a pull brought it: at most one event. None for groups, channels and
// bots. A picture or a voice message without a word is `other`, and `payload` names what it is.
std::vector<Inbound> parse_events(std::string_view raw);

// getUpdates, waiting for at most `wait_s` (Telegram's own limit is 50). Misconfigured while a
// webhook is set, or while somebody else asks for this bot's updates.
HttpRequest build_pull(const Account& account, int wait_s);
Pulled parse_pull(const HttpReply& reply, Json& state);

// answerCallbackQuery: until then the button shows that it waits.
HttpRequest build_acknowledge(const Account& account, const Inbound& press);

// "https://t.me/acme_bot?start=TOKEN"; "" for a token that Telegram would not carry, too.
std::string start_link(const Account& account, std::string_view token);

// Shared by the two .cpp files.
bool is_start_token(std::string_view token);
std::optional<std::int64_t> update_id_of(const Json& update);  // above 0

}  // namespace flead::channels::telegram
