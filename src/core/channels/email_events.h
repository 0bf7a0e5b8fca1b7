// The way in of e-mail. SMTP tells nothing after its last reply; a Postal server (github.com/
// postalserver/postal, webhooks of version 3, read 2026-11-26) calls a hook with what became of
// each message. Pure. Callers: the provider table, check_config, the bounce rule.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/channel.h"
#include "core/channels/inbound.h"

namespace flead::channels::email {

// `Delivery::stage` of a receipt for a message that was accepted and then came back. The stage of a
// refusal by the recipient's server is "failed".
inline constexpr std::string_view k_stage_bounce = "bounce";

// The server's public key as PEM: from PEM, from the base64 inside it, or from the whole record
// that `postal default-dkim-record` prints ("v=DKIM1; ... p=...;"). Nothing for anything else.
std::optional<std::string> read_postal_key(std::string_view text);

// The message that a Message-ID of ours names, with or without angle brackets; empty for others'.
MessageId message_of(std::string_view message_id);

// X-Postal-Signature-256 over the raw body, with the setting `postal_public_key`: without it every
// call is refused. One Postal installation signs with one key for all of its customers, so a
// genuine call may be about somebody else's mail: what counts is that it names a message of this
// channel.
HookCheck verify_hook(const Account& account, const HookCall& call);
// Whether a letter was written to this channel's own address (reply_to or from, whatever stands
// behind a plus): one installation of Postal signs for all of its customers.
bool owns(const Channel& channel, const Inbound& event);

// The text of a letter that has no other, up to what it quotes; total.
std::string words_of_html(std::string_view html);
// What a person has written of a plain body: without the letter that it answers, which mail
// programs quote at the end, and without a signature. Pure.
std::string own_words(std::string_view body);

// Total. A letter of a person (the body that a route of Postal's sends to an HTTP endpoint) is a
// text; automatic ones and bounces are none. Receipts for outgoing messages of ours; opens and
// clicks (`MessageLoaded`, `MessageLinkClicked`) are hints that scanners make too, so they are no
// receipts.
std::vector<Inbound> parse_events(std::string_view raw);

}  // namespace flead::channels::email
