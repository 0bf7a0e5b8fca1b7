// E-mail over SMTP: a whole RFC 5322 message out, verdicts in. Pure: no socket, clock or log here.
// Sources: RFC 5321, 5322, 2045, 2047, 3463, 6047, 8058; reply codes as real servers use them
// (read 2026-11-21).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/channels/channel.h"

namespace flead::channels::email {

struct Config {
  std::string base_url;     // smtps://host:465, smtp://host:587
  bool require_tls = true;  // STARTTLS or fail; only a loopback relay may go without
  std::string from;         // the bare address
  std::string from_name;    // "" is the tenant's name
  std::string reply_to;     // "" is from
  std::string user;         // "" is no AUTH
  std::string secret;
  std::string ca_file;  // "" is the system's
};
Result<Json> check_config(const Json& config);
Config read_config(const Account& account);

// One "@", no control characters, spaces or header syntax, within the lengths of RFC 5321.
bool valid_address(std::string_view address);
// "Ira <ira@example.ru>" or a bare address. Nothing for what is neither.
struct Mailbox {
  std::string name, address;
};
std::optional<Mailbox> parse_mailbox(std::string_view text);

// The Message-ID of a message without its angle brackets: the same in every attempt.
std::string message_id(const MessageId& id, std::string_view from_address);

// Refused (address_invalid) when an address could break out of its header or command.
Result<SmtpRequest> build_send(const Config& config, const Outgoing& message);
SmtpRequest build_probe(const Config& config);
// Total: any stage, code and text give a verdict.
Delivery parse_smtp(const SmtpReply& reply);

// A reply in one line without the words that hold an address, a host or a link: those are chosen by
// others, so no rule may be found in them, and they are nobody's business.
std::string without_names(std::string_view says);
// RFC 3463: "5.1.1" of "550 5.1.1 no such user", "550-5.1.1 ..." and "... (#5.1.1)"; "" without
// one.
std::string enhanced_status(std::string_view says);
// Whether a 5xx reply says that there is no such address, by its status or in words.
bool says_no_such_address(std::string_view says);

// `=?UTF-8?B?...?=` words of at most 75 characters, folded; plain short ASCII stays as it is.
std::string encode_words(std::string_view text);
std::string quoted_printable(std::string_view text);
std::string base64_lines(std::string_view data);

}  // namespace flead::channels::email
