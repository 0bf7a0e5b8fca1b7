#include "core/channels/email.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/email_events.h"

namespace flead::channels::email {

namespace {

using Stage = SmtpReply::Stage;

// First match wins. `from` to `to` is a range of reply codes. `status` is an enhanced status, or
// its beginning when it ends with a dot. `says` is looked for in the reply's words, in lower case;
// several are joined by "|". Both are "" for any.
struct SmtpRule {
  Stage stage;  // Stage::none: any
  int from = 0, to = 0;
  std::string_view status, says;
  Verdict verdict;
  bool slow = false;
};

// Servers that say so with a status of policy, or with none (Yandex: "550 5.7.1 No such user!").
constexpr std::string_view k_no_such_user =
    "no such user|no such mailbox|no such recipient|no such address|user unknown|unknown user|"
    "unknown recipient|user not found|mailbox not found|recipient not found|invalid mailbox|"
    "invalid recipient|addressee unknown|address unknown|tried to reach does not exist";
// This server thinks that we want it to relay for strangers: no login, or another server is ours.
constexpr std::string_view k_no_relay =
    "relay access denied|relay denied|relay not|relay prohibited|to relay|relaying denied|"
    "relaying not|relaying prohibited|relaying disallowed|list of allowed";

constexpr SmtpRule k_smtp_rules[] = {
    // Busy, greylisting, quotas: wherever they come.
    {Stage::none, 400, 499, "", "", Verdict::retry, true},
    // The server does not want us at all, or we may not log in.
    {Stage::greeting, 500, 599, "", "", Verdict::misconfigured},
    {Stage::tls, 500, 599, "", "", Verdict::misconfigured},
    {Stage::login, 500, 599, "", "", Verdict::misconfigured},
    {Stage::none, 530, 530, "", "", Verdict::misconfigured},  // log in, or STARTTLS, first
    {Stage::none, 534, 535, "", "", Verdict::misconfigured},
    {Stage::none, 538, 538, "", "", Verdict::misconfigured},
    {Stage::none, 500, 599, "5.7.8", "", Verdict::misconfigured},  // bad credentials, said late
    // Too big: one message, never the whole channel.
    {Stage::none, 500, 599, "5.3.4", "", Verdict::rejected},
    {Stage::none, 500, 599, "5.2.3", "", Verdict::rejected},
    {Stage::mail_from, 552, 552, "", "", Verdict::rejected},
    // Our sender: not ours, no such domain.
    {Stage::mail_from, 500, 504, "", "", Verdict::rejected},  // our grammar: a bug
    {Stage::mail_from, 500, 599, "", "", Verdict::misconfigured},
    {Stage::none, 500, 599, "5.1.7", "", Verdict::misconfigured},  // bad sender, said late
    {Stage::none, 500, 599, "5.1.8", "", Verdict::misconfigured},
    // The recipient: no such address, at RCPT or, with some, after DATA.
    {Stage::none, 500, 599, "5.1.", "", Verdict::unreachable},
    {Stage::none, 500, 599, "", k_no_such_user, Verdict::unreachable},
    {Stage::rcpt_to, 500, 599, "", k_no_relay, Verdict::misconfigured},
    // A box that is full or closed may open in days; a lead does not wait for it while another
    // channel can be tried now. The address is not remembered as bad.
    {Stage::none, 500, 599, "5.2.", "", Verdict::unreachable},
    // Policy, spam, DMARC.
    {Stage::rcpt_to, 500, 599, "5.7.", "", Verdict::rejected},
    {Stage::rcpt_to, 500, 599, "", "spam", Verdict::rejected},
    {Stage::rcpt_to, 500, 504, "", "", Verdict::rejected},
    {Stage::rcpt_to, 554, 554, "", "", Verdict::rejected},
    {Stage::rcpt_to, 500, 599, "", "", Verdict::unreachable},  // 550, 551, 553 without a status
    {Stage::data, 500, 599, "", "", Verdict::rejected},
};

// Whether one of the phrases in `choices` is part of `words`.
bool says_one_of(std::string_view words, std::string_view choices) {
  while (true) {
    const std::size_t bar = choices.find('|');
    if (words.find(choices.substr(0, bar)) != std::string_view::npos) return true;
    if (bar == std::string_view::npos) return false;
    choices.remove_prefix(bar + 1);
  }
}

bool has_status(std::string_view status, std::string_view wanted) {
  return wanted.ends_with('.') ? status.starts_with(wanted) : wanted.empty() || status == wanted;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "5.1.1" out of "5.1.1", "550-5.1.1" or "(#5.1.1)"; "" for other words.
std::string_view status_in(std::string_view word) {
  if (word.size() > 4 && word[3] == '-' && is_digit(word[0])) word.remove_prefix(4);
  constexpr std::string_view k_brackets = "(#[]),;:.<>";
  while (!word.empty() && k_brackets.find(word.front()) != k_brackets.npos) word.remove_prefix(1);
  while (!word.empty() && k_brackets.find(word.back()) != k_brackets.npos) word.remove_suffix(1);
  const std::size_t first = word.find('.');
  const std::size_t second = first == word.npos ? word.npos : word.find('.', first + 1);
  if (first != 1 || second == word.npos) return {};
  const std::size_t subject = second - first - 1;
  const std::size_t detail = word.size() - second - 1;
  if (subject < 1 || subject > 3 || detail < 1 || detail > 3) return {};
  if (std::string_view("245").find(word[0]) == std::string_view::npos) return {};
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i != first && i != second && !is_digit(word[i])) return {};
  }
  return word;
}

// An address, a host, a link, an IP address: whatever somebody else has named.
bool names_something(std::string_view word) {
  if (word.find('@') != word.npos) return true;
  if (!status_in(word).empty()) return false;
  for (std::size_t at = word.find('.'); at != word.npos; at = word.find('.', at + 1)) {
    if (at + 1 < word.size() &&
        std::string_view(".,;:)]>\"'").find(word[at + 1]) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// The words of a reply, parted by white space.
std::vector<std::string_view> words_of(std::string_view says) {
  constexpr std::string_view k_space = " \t\r\n";
  std::vector<std::string_view> words;
  for (std::size_t at = says.find_first_not_of(k_space); at != says.npos;) {
    const std::size_t end = std::min(says.find_first_of(k_space, at), says.size());
    words.push_back(says.substr(at, end - at));
    at = says.find_first_not_of(k_space, end);
  }
  return words;
}

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
  const std::string base_url = config.text("base_url").value_or("");
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
  Json out = Json::object({{"base_url", base_url},
                           {"require_tls", require_tls},
                           {"from", from->address},
                           {"from_name", config.text("from_name").value_or(from->name)},
                           {"reply_to", reply_to},
                           {"user", user},
                           {"ca_file", config.text("ca_file").value_or("")}});
  if (const auto text = config.text("postal_public_key"); text && !trim(*text).empty()) {
    const auto key = read_postal_key(*text);
    if (!key) {
      return refused_field("postal_public_key", "postal_public_key_invalid",
                           "The key is an RSA public key: PEM, its base64, or the record that "
                           "postal default-dkim-record prints");
    }
    out.set("postal_public_key", *key);
  }
  return out;
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

std::string without_names(std::string_view says) {
  std::string out;
  for (const std::string_view word : words_of(says)) {
    if (names_something(word)) continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string enhanced_status(std::string_view says) {
  for (const std::string_view word : words_of(says)) {
    if (names_something(word)) continue;
    if (const std::string_view status = status_in(word); !status.empty()) {
      return std::string(status);
    }
  }
  return {};
}

bool says_no_such_address(std::string_view says) {
  const std::string status = enhanced_status(says);
  if (says.starts_with('4') || status.starts_with('4')) return false;
  // No such mailbox, no such host, bad syntax, moved, a domain that takes no mail.
  for (const std::string_view bad : {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}) {
    if (status == bad) return true;
  }
  if (status.empty() && says.starts_with("551")) return true;
  return says_one_of(ascii_lower(without_names(says)), k_no_such_user);
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
    const std::string status = enhanced_status(out.says);
    const std::string words = ascii_lower(without_names(out.says));
    for (const SmtpRule& rule : k_smtp_rules) {
      if ((rule.stage == Stage::none || rule.stage == reply.stage) && reply.code >= rule.from &&
          reply.code <= rule.to && has_status(status, rule.status) &&
          says_one_of(words, rule.says)) {
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
