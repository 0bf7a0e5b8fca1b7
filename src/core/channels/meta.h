// What WhatsApp and Instagram share, both being doors of Meta's Graph API: addresses, the error
// envelope, the handshake and the signature of hooks. Callers: whatsapp.cpp, instagram.cpp, and
// `channel add`, which prints verify_token(). Pure: no socket, clock or log here.
// Source: developers.facebook.com, Graph API v23.0 (read 2026-11-21).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/channels/channel.h"
#include "core/channels/inbound.h"

namespace flead::channels::meta {

inline constexpr std::string_view k_version = "v23.0";  // Meta retires one after about two years
inline constexpr int k_any_code = -1;

// One line of a connector's table, by `error.code` and `error.error_subcode`; the first match wins,
// so lines with a subcode stand before those without. `says` are words of our own: Meta's sentences
// repeat tokens ("Malformed access token EAA…") and what was sent.
struct ErrorRule {
  int from = 0, to = 0;  // codes; k_any_code in `from` is any
  int subcode = 0;       // 0: any
  Verdict verdict = Verdict::ambiguous;
  std::string_view says;
  // The whole account waits, so long when Meta names no time. 0: this message alone waits.
  std::int64_t hold_ms = 0;
  bool slow = false;
  Closes closes = Closes::nothing;
};

struct GraphError {
  std::int64_t code = 0;
  std::int64_t subcode = 0;
  bool transient = false;  // Meta's own opinion; asked only about codes that no line knows
};
// Of an object with `code`, as in an answer's "error" and in a status' "errors"; nothing without a
// code.
std::optional<GraphError> read_error(const Json& error);

// The verdict of the table, else of `otherwise`. `says` begins with the code: "131047: outside …".
Delivery delivery_of(std::span<const ErrorRule> rules, const GraphError& error, Verdict otherwise);

// An answer as far as all calls read it alike: either `failed`, or a body that is a JSON object
// without an error.
struct Answer {
  std::optional<Delivery> failed;
  Json body;
};
// For a call that does something: 5xx without a known code, and 200 without JSON, are ambiguous.
Answer read_answer(std::span<const ErrorRule> rules, const HttpReply& reply,
                   std::string_view stage);
// For a question or a setting: what is unclear is simply asked again.
Answer read_repeatable(std::span<const ErrorRule> rules, const HttpReply& reply,
                       std::string_view stage);
// The answer {"success":true} of a setting.
Delivery parse_success(std::span<const ErrorRule> rules, const HttpReply& reply,
                       std::string_view stage);

// BASE/VERSION/PATH, from the account's settings.
std::string graph_url(const Account& account, std::string_view default_base_url,
                      std::string_view path);
// `config.version`, or k_version; error (refused_field) version_invalid.
Result<std::string> check_version(const Json& config);
// An id of Meta's, a number or digits, as text; "" when it is not given. Error (refused_field)
// NAME_invalid.
Result<std::string> check_digits(const Json& config, std::string_view name);

// The word that Meta repeats when it first calls the hook, to be typed into its console. Made of
// the app secret and the channel, so that there is no third secret to keep; "" without a secret.
std::string verify_token(const Account& account);
// GET is the handshake, POST is signed: X-Hub-Signature-256 over the raw body by the app secret.
HookCheck verify(const Account& account, const HookCall& call);

// `text` and the link below it, at most `max` of `unit`: a text that is too long is cut, the link
// never. A link that the text already has is not repeated.
std::string text_with_link(std::string_view text, std::string_view label, std::string_view url,
                           std::size_t max, TextUnit unit);

// Milliseconds of a number or a string that counts `unit_ms` each; 0 for what is no time.
TimeMs time_of(const Json& json, std::string_view path, std::int64_t unit_ms);

}  // namespace flead::channels::meta
