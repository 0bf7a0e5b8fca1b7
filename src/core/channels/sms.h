// SMSC.ru: requests out, verdicts in. Pure: no socket, clock or log here.
// Source: smsc.ru/api/http and its mirrors (read 2026-11-21); facts in one place: the tables in
// sms.cpp. The same API answers at smsc.kz and smscentre.com, so the base URL is a setting.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/channels/channel.h"

namespace flead::channels::sms {

struct Config {
  std::string base_url = "https://smsc.ru";  // no trailing slash
  std::string login;                         // "": the secret is an API key
  std::string secret;                        // always in the body of a POST, never in a URL
  std::string sender;                        // a registered sender id, "" is the account's own
  std::string currency = "RUB";              // what the account is counted in
};
Result<Json> check_config(const Json& config);
Config read_config(const Account& account);

// Ours, 1 to 2147483647, from the message's id: known before the first call, so an unanswered send
// can be asked about. The provider looks a message up by it and the phone together.
std::string provider_id(const MessageId& id);

// `message.text`: its segments are checked by too_long().
HttpRequest build_send(const Config& config, const Outgoing& message);
// Total: any status and any bytes give a verdict.
Delivery parse_send(const Config& config, const HttpReply& reply);
bool too_long(std::string_view text);

HttpRequest build_status(const Config& config, std::string_view phone, std::string_view id);
// sent: it is there (`delivered` when it arrived). retry: the provider never saw it. unreachable,
// rejected: it was taken and then given up. ambiguous: no answer to the question.
Delivery parse_status(const HttpReply& reply);

// A delivery callback: fields of the query, the form or the JSON body together.
struct Callback {
  std::string id, phone, status, mes, to, ts;
  std::string sms_id, time, sent;  // of an incoming SMS, where the account tells them
  std::string md5;
};
// The checksum over id:phone:status:SECRET, or phone:mes:to:SECRET for an incoming SMS, compared in
// constant time. False without a secret or a checksum.
bool verify(const Callback& callback, std::string_view hook_secret);
// What the callback's status means; ambiguous for anything that settles nothing.
Delivery parse_callback(const Callback& callback);
// From the body as it came: a JSON object or a form; a GET's query is a form too.
Callback read_callback(std::string_view raw);
HookCheck verify_hook(const Account& account, const HookCall& call);
std::vector<Inbound> parse_events(std::string_view raw);

HttpRequest build_balance(const Config& config);
Delivery parse_balance(const Config& config, const HttpReply& reply);

// "3.90" is 390; nothing for what is no amount.
std::optional<std::int64_t> parse_amount(std::string_view text);

}  // namespace flead::channels::sms
