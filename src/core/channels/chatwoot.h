// Chatwoot, the inbox in which operators answer: requests out, answers and events in. It reaches no
// lead; desk.h says how the two are held together. Callers: desk_sync.cpp and the provider table.
// Pure: no socket, clock or log here.
// Source: Chatwoot's OpenAPI and server code at 4.10.0, pull requests 13573 and 13892 for the
// signatures (read 2026-11-21).
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

namespace flead::channels::chatwoot {

inline constexpr std::string_view k_kind = "chatwoot";
inline constexpr std::string_view k_base_url = "https://app.chatwoot.com";
inline constexpr std::size_t k_content_max = 150'000;  // characters
inline constexpr std::string_view k_label = "flead";
// What a source_id of ours begins with: a message that carries one is never an operator's.
inline constexpr std::string_view k_source_prefix = "flead:";
inline constexpr std::int64_t k_signature_age_max_ms = 5 * k_minute_ms;

// `account` (the number in Chatwoot's addresses) is needed; `inbox` (its number; without it the API
// inbox named "flead" is taken or made), `team` (whom conversations are given to), `when`
// ("escalated": a lead that needs a person; "all": everybody who writes), `signature` ("auto":
// demanded where this Chatwoot signs; "required"), and those of check_http_config. Errors
// (refused_field): account_invalid, inbox_invalid, team_invalid, when_invalid, signature_invalid.
Result<Json> check_config(const Json& config);
std::int64_t inbox_of(const Account& account);  // of the settings, else learned; 0: not known yet

// What an answer said. `sent`: the rest is filled.
struct Answer {
  Delivery delivery;
  std::string id;          // of what was made or found, "" for nothing found
  bool taken = false;      // rejected, for there is one with this e-mail, phone or identifier
  bool duplicate = false;  // rejected, for there is a message with this source_id
  bool not_found = false;  // what the request was about is not there
};

struct Person {
  std::string identifier;  // "flead:lead_…"
  std::string name;
  std::string email, phone;  // phone as E.164; "" is none
};
HttpRequest build_find_contact(const Account& account, std::string_view words);
// The contact that is this person: by identifier, else e-mail, else phone, compared whole (the
// search finds parts). `id` is "" when none is.
Answer parse_find_contact(const HttpReply& reply, const Person& person);
HttpRequest build_create_contact(const Account& account, const Person& person);
Answer parse_create_contact(const HttpReply& reply);

HttpRequest build_conversations(const Account& account, std::string_view contact_id);
// The contact's newest conversation in this inbox, `id` "" when there is none.
Answer parse_conversations(const HttpReply& reply, std::int64_t inbox);
HttpRequest build_open(const Account& account, std::string_view contact_id, const LeadId& lead);
Answer parse_open(const HttpReply& reply);

// One message into a conversation. Without `incoming` it stands there as ours, with `note` only
// operators see it.
struct Line {
  std::string source_id;
  std::string content;
  bool incoming = false;
  bool note = false;
};
HttpRequest build_line(const Account& account, std::string_view conversation, const Line& line);
Answer parse_line(const HttpReply& reply);

HttpRequest build_messages(const Account& account, std::string_view conversation);
// The source_ids of ours among the newest messages.
struct Told {
  Delivery delivery;
  bool not_found = false;
  std::vector<std::string> source_ids;
};
Told parse_messages(const HttpReply& reply);

HttpRequest build_label(const Account& account, std::string_view conversation);
HttpRequest build_assign(const Account& account, std::string_view conversation);
HttpRequest build_status(const Account& account, std::string_view conversation,
                         std::string_view status);
HttpRequest build_conversation(const Account& account, std::string_view conversation);
// What became of an operator's answer: `status` is delivered, read or failed.
HttpRequest build_report(const Account& account, std::string_view conversation,
                         std::string_view message_id, std::string_view status,
                         std::string_view error);
// For requests of whose answer only the verdict matters.
Answer parse_plain(const HttpReply& reply);

HttpRequest build_probe(const Account& account);
Delivery parse_probe(const HttpReply& reply);
// State: "role", "inbox_id", "webhook_id", and "hook_secret" where this Chatwoot signs.
std::span<const SetupStep> connect_steps();
std::span<const SetupStep> disconnect_steps();
std::span<const SetupStep> hook_status_steps();

// By the signature once its secret is known; an older Chatwoot signs nothing, then by the word in
// the address.
HookCheck verify(const Account& account, const HookCall& call);
// A webhook's body, or the answer to build_messages or build_conversation: kinds `answer` and
// `thread`. `address` is the conversation's number, `handle` the account's ("" when not said).
std::vector<Inbound> parse_events(std::string_view raw);
// An unsigned call is a hint: is this answer really there? A request without a URL: no need to ask.
HttpRequest build_confirm(const Account& account, const Inbound& event);
// `sent`: it is. `rejected`: it is not. Else ask again.
Delivery parse_confirm(const HttpReply& reply, const Inbound& event);

}  // namespace flead::channels::chatwoot
