#include "core/channels/email.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::channels::email {

namespace {

using Stage = SmtpReply::Stage;

// First match wins. `from` to `to` is a range of reply codes.
struct SmtpRule {
  Stage stage;  // Stage::none: any
  int from = 0, to = 0;
  std::string_view says;
  Verdict verdict;
  bool slow = false;
};

constexpr SmtpRule k_smtp_rules[] = {
    // Busy, greylisting, quotas: wherever they come.
    {Stage::none, 421, 421, "", Verdict::retry, true},
    {Stage::none, 454, 454, "", Verdict::retry, true},
    {Stage::none, 400, 499, "", Verdict::retry, true},
    // The server does not want us at all, or we may not log in.
    {Stage::greeting, 500, 599, "", Verdict::misconfigured},
    {Stage::tls, 500, 599, "", Verdict::misconfigured},
    {Stage::login, 500, 599, "", Verdict::misconfigured},
    {Stage::none, 530, 530, "", Verdict::misconfigured},  // log in, or STARTTLS, first
    {Stage::none, 534, 535, "", Verdict::misconfigured},
    {Stage::none, 538, 538, "", Verdict::misconfigured},
    // Our sender: not ours, no such domain, too big.
    {Stage::mail_from, 552, 552, "5.3.4", Verdict::rejected},
    {Stage::mail_from, 500, 504, "", Verdict::rejected},  // our grammar: a bug
    {Stage::mail_from, 500, 599, "", Verdict::misconfigured},
    // The recipient.
    {Stage::rcpt_to, 500, 599, "5.1.8", Verdict::misconfigured},  // bad sender, said late
    {Stage::rcpt_to, 500, 599, "relay", Verdict::misconfigured},  // this server relays for others
    {Stage::rcpt_to, 500, 599, "5.7.", Verdict::rejected},        // policy
    {Stage::rcpt_to, 500, 504, "", Verdict::rejected},
    {Stage::rcpt_to, 554, 554, "", Verdict::rejected},
    {Stage::rcpt_to, 500, 599, "", Verdict::unreachable},  // 550 5.1.1, 551, 552 5.2.2, 553
    // The text: spam, DMARC, size.
    {Stage::data, 500, 599, "5.1.1", Verdict::unreachable},  // said late by some
    {Stage::data, 500, 599, "", Verdict::rejected},
};

constexpr std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::none:
      return "";
    case Stage::resolve:
      return "resolve";
    case Stage::connect:
      return "connect";
    case Stage::tls:
      return "tls";
    case Stage::greeting:
      return "greeting";
    case Stage::login:
      return "login";
    case Stage::mail_from:
      return "mail_from";
    case Stage::rcpt_to:
      return "rcpt_to";
    case Stage::data:
      return "data";
    case Stage::done:
      return "";
  }
  return "";
}

constexpr std::size_t k_says_bytes_max = 300;
constexpr std::size_t k_local_part_max = 64;  // RFC 5321 section 4.5.3.1.1

bool is_loopback_url(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return false;
  const std::string_view host = url.substr(start + 3);
  for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
    if (host == name ||
        (host.starts_with(name) && (host[name.size()] == ':' || host[name.size()] == '/'))) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool valid_address(std::string_view address) {
  if (address.size() > k_email_characters_max || !valid_utf8(address)) return false;
  const std::size_t at = address.find('@');
  if (at == std::string_view::npos || at == 0 || at > k_local_part_max) return false;
  if (address.find('@', at + 1) != std::string_view::npos || at + 1 == address.size()) return false;
  if (address.back() == '.' || address.front() == '-' || address[at + 1] == '.') return false;
  return std::none_of(address.begin(), address.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f ||
           std::string_view("<>()[]\\,;:\"").find(c) != std::string_view::npos;
  });
}

std::optional<Mailbox> parse_mailbox(std::string_view text) {
  text = trim(text);
  Mailbox out;
  const std::size_t open = text.rfind('<');
  if (open == std::string_view::npos) {
    out.address = std::string(text);
  } else {
    if (!text.ends_with('>')) return std::nullopt;
    out.address = std::string(trim(text.substr(open + 1, text.size() - open - 2)));
    std::string_view name = trim(text.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    out.name = std::string(name);
  }
  if (!valid_address(out.address) || has_control_characters(out.name) || !valid_utf8(out.name) ||
      out.name.size() > k_name_characters_max) {
    return std::nullopt;
  }
  return out;
}

Result<Json> check_config(const Json& config) {
  std::string base_url = config.text("base_url").value_or("");
  const bool implicit_tls = base_url.starts_with("smtps://");
  if ((!implicit_tls && !base_url.starts_with("smtp://")) || has_control_characters(base_url) ||
      base_url.find(' ') != std::string::npos || base_url.find('@') != std::string::npos ||
      base_url.size() > k_url_characters_max || base_url.size() < 9) {
    return refused_field("smtp", "smtp_invalid",
                         "The mail server is HOST:PORT, smtps://HOST:465 or smtp://HOST:587");
  }
  const bool require_tls = config.boolean("require_tls").value_or(!is_loopback_url(base_url));
  if (!require_tls && !is_loopback_url(base_url)) {
    return refused_field("smtp", "smtp_needs_tls",
                         "Mail goes without TLS only to a server on this machine");
  }
  const auto from = parse_mailbox(config.text("from").value_or(""));
  if (!from) {
    return refused_field("from", "from_invalid",
                         "The sender is an address, or a name with an address in < >");
  }
  const std::string reply_to = config.text("reply_to").value_or("");
  if (!reply_to.empty() && !valid_address(reply_to)) {
    return refused_field("reply_to", "reply_to_invalid", "The reply address is not an address");
  }
  const std::string user = config.text("user").value_or("");
  if (has_control_characters(user) || user.size() > k_email_characters_max) {
    return refused_field("user", "user_invalid", "The user name has at most 254 characters");
  }
  return Json::object({{"base_url", base_url},
                       {"require_tls", require_tls},
                       {"from", from->address},
                       {"from_name", config.text("from_name").value_or(from->name)},
                       {"reply_to", reply_to},
                       {"user", user},
                       {"ca_file", config.text("ca_file").value_or("")}});
}

Config read_config(const Account& account) {
  Config config;
  config.base_url = account.config.text("base_url").value_or("");
  config.require_tls = account.config.boolean("require_tls").value_or(true);
  config.from = account.config.text("from").value_or("");
  config.from_name = account.config.text("from_name").value_or("");
  config.reply_to = account.config.text("reply_to").value_or("");
  config.user = account.config.text("user").value_or("");
  config.ca_file = account.config.text("ca_file").value_or("");
  config.secret = account.secret;
  return config;
}

SmtpRequest build_probe(const Config& config) {
  SmtpRequest request;
  const std::string domain = config.from.substr(config.from.find('@') + 1);
  // The URL's path is the name that EHLO says; else the library guesses this machine's.
  request.url = config.base_url;
  while (request.url.ends_with('/')) request.url.pop_back();
  const std::size_t path = request.url.find('/', request.url.find("://") + 3);
  if (path == std::string::npos) request.url += "/" + domain;
  request.require_tls = config.require_tls;
  request.user = config.user;
  request.password = config.secret;
  request.ca_file = config.ca_file;
  request.mail_from = config.from;
  request.probe = true;
  request.timeout_ms = k_request_timeout_ms;
  return request;
}

Delivery parse_smtp(const SmtpReply& reply) {
  Delivery out;
  out.stage = std::string(stage_name(reply.stage));
  out.says = repair_utf8(std::string_view(reply.says).substr(0, k_says_bytes_max));
  if (reply.stage == Stage::done) {
    out.verdict = Verdict::sent;
    return out;
  }
  if (reply.may_have_acted) return out;  // ambiguous: the final dot left, no answer came
  if (reply.code >= 400 && reply.code < 600) {
    const std::string says = ascii_lower(out.says);
    for (const SmtpRule& rule : k_smtp_rules) {
      if ((rule.stage == Stage::none || rule.stage == reply.stage) && reply.code >= rule.from &&
          reply.code <= rule.to && says.find(rule.says) != std::string::npos) {
        out.verdict = rule.verdict;
        out.slow = rule.slow;
        return out;
      }
    }
    out.verdict = Verdict::rejected;  // a 5xx at a stage with no row of its own
    return out;
  }
  // No answer, or one that SMTP does not have: certainly not accepted.
  out.verdict = reply.stage == Stage::tls ? Verdict::misconfigured : Verdict::retry;
  return out;
}

}  // namespace flead::channels::email
