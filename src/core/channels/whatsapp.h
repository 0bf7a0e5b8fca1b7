// WhatsApp Business by Meta's Cloud API, or by 360dialog, a partner with the same bodies: requests
// out, verdicts and events in. Callers: the provider table alone. Pure: no socket, clock or log.
// Source: Meta's OpenAPI business-messaging-api_v23.0, developers.facebook.com (error codes,
// business-scoped user ids), docs.360dialog.com (read 2026-11-21); the facts are in one place, the
// tables of whatsapp.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/channel.h"
#include "core/channels/inbound.h"
#include "core/channels/meta.h"

namespace flead::channels::whatsapp {

inline constexpr std::string_view k_kind = "whatsapp";
inline constexpr std::string_view k_cloud_url = "https://graph.facebook.com";
inline constexpr std::string_view k_dialog_url = "https://waba-v2.360dialog.io";

// Where the token stands unless `auth_header` says otherwise; and the header that 360dialog repeats
// to us in each call of the hook, instead of a signature.
inline constexpr std::string_view k_cloud_header = "Authorization";
inline constexpr std::string_view k_dialog_header = "D360-API-KEY";
inline constexpr std::string_view k_token_header = "x-flead-token";

inline constexpr std::size_t k_text_max = 4096;  // characters; of a message without buttons
inline constexpr TextUnit k_text_unit = TextUnit::characters;
inline constexpr std::size_t k_reply_buttons_max = 3;
inline constexpr std::int64_t k_window_ms = 24 * k_hour_ms;
// A choice of ours: it is part of a text of any length.
inline constexpr std::size_t k_start_token_max = 64;
inline constexpr double k_calls_per_s = 80.0;  // 20 where the number is shared with the phone app

// The settings, beside those of check_http_config:
//   flavour          "cloud" (default) or "360dialog"
//   version          "v23.0"
//   phone_number_id  needed by the cloud flavour; it is not the phone number
//   waba_id          the business account: with it connect subscribes to events, and doctor asks
//   auth_header      where a partner wants the token: any name but "Authorization" gets it bare
//   templates        OUR template's name → {"name", "language", "parameters", "button",
//                    "button_prefix"}: what goes out where free text may not. "parameters" are
//                    names of our variables in the order of {{1}}, {{2}} …, each with a fallback
//                    after a bar where it may be empty ("name|друг"). With "button": true the
//                    template's first button is a link whose address ends with {{1}}, and
//                    "button_prefix" is the part before: what follows it in our link, path and
//                    query, becomes {{1}}.
// Errors (refused_field): flavour_invalid, phone_number_id_needed, NAME_invalid.
Result<Json> check_config(const Json& config);

// Free text while the window is open, else the template. The address is digits (+ is dropped) or a
// business-scoped user id ("RU.150…"). Errors (refused): address_invalid, template_missing,
// template_variable_missing, template_button_mismatch.
Result<HttpRequest> build_send(const Account& account, const Outgoing& message);
// Accepted is not delivered: the fate comes as a receipt, with our own id in it.
Delivery parse_send(const HttpReply& reply);

// The number's name; 360dialog's health. `says` names the account.
HttpRequest build_probe(const Account& account);
Delivery parse_probe(const HttpReply& reply);

// State: "display_phone_number" and "verified_name". The cloud flavour's hook address is typed into
// Meta's console by a person, with meta::verify_token(); 360dialog is told by a step.
std::span<const SetupStep> connect_steps();
// None: the subscription is the app's for a whole business account, and other numbers live by it.
std::span<const SetupStep> disconnect_steps();
// misconfigured: no app is subscribed. Nothing is asked without waba_id, nor of 360dialog.
std::span<const SetupStep> hook_status_steps();

// The cloud's signature; for 360dialog, which signs nothing, the header `x-flead-token` that
// connect made it send.
HookCheck verify(const Account& account, const HookCall& call);
// Messages and statuses of all entries. They are not checked against our phone_number_id, which is
// not known here: an app whose one hook serves several numbers needs one app per channel.
std::vector<Inbound> parse_events(std::string_view raw);

// The link writes a text for the person that ends with the token.
// Whether the hook of the app means this account.
bool owns(const Channel& channel, const Inbound& event);
std::string start_link(const Account& account, std::string_view token);

// By the code of an answer or of a failed status.
std::span<const meta::ErrorRule> error_rules();

}  // namespace flead::channels::whatsapp
