#include "core/channels/email_events.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/rsa.h"
#include "core/base/text.h"
#include "core/channels/email.h"
#include "core/channels/provider_http.h"

namespace flead::channels::email {

namespace {

struct PostalRule {
  std::string_view event;
  std::string_view message;  // where the event names the message
  std::string_view stage;
  Verdict verdict;
  bool delivered = false;
};

// Events that settle something. A delay (MessageDelayed) does not: Postal goes on trying.
constexpr PostalRule k_postal_rules[] = {
    // The recipient's server has it: as much as mail can know.
    {"MessageSent", "payload.message", "sent", Verdict::sent, true},
    // Refused by that server, or given up: another channel takes over, whatever the reason.
    {"MessageDeliveryFailed", "payload.message", "failed", Verdict::unreachable},
    // Kept back by Postal's own rules until a person there decides.
    {"MessageHeld", "payload.message", "held", Verdict::rejected},
    {"MessageBounced", "payload.original_message", k_stage_bounce, Verdict::unreachable},
};

constexpr std::size_t k_postal_says_bytes_max = 200;
constexpr std::size_t k_html_bytes_read_max = 64 * 1024;
constexpr std::size_t k_references_bytes_max = 4096;
constexpr double k_postal_seconds_max = 1e11;  // past the year 5000

std::string postal_uuid(const Json& json) {
  const std::string uuid = json.text("uuid").value_or("");
  const bool sane = !uuid.empty() && uuid.size() <= 100 && !has_control_characters(uuid);
  return sane ? uuid : std::string();
}

// The recipient's server in its own words, else Postal's; never the address in them.
std::string postal_says(const Json& json) {
  std::string says = without_names(json.text("payload.output").value_or(""));
  if (says.empty()) says = without_names(json.text("payload.details").value_or(""));
  return repair_utf8(std::string_view(says).substr(0, k_postal_says_bytes_max));
}

// A message that is held because Postal has given its recipient up will not go out by itself.
bool is_suppressed(const Json& json) {
  return json.text("payload.details").value_or("").find("suppression list") != std::string::npos;
}

// A mailbox that is full, or a warning that the mail is late.
bool is_soft_bounce(const Json& json) {
  return json.text("payload.bounce.bounce_type") == "soft";
}

void take_receipt(const Json& json, const PostalRule& rule, Inbound& event) {
  const Json* message = json.find(rule.message);
  // Mail that comes in has an id of the writer's choice.
  if (message == nullptr || message->text("direction").value_or("outgoing") != "outgoing") return;
  std::string id = message->text("message_id").value_or("");
  event.message = message_of(id);
  if (event.message.empty()) return;
  event.kind = Inbound::Kind::receipt;
  event.provider_id = std::move(id);
  event.address = message->text("to").value_or("");
  event.delivery.verdict = rule.verdict;
  event.delivery.stage = std::string(rule.stage);
  event.delivery.delivered = rule.delivered;
  event.delivery.says = postal_says(json);
  if (rule.verdict == Verdict::rejected && is_suppressed(json)) {
    event.delivery.verdict = Verdict::unreachable;
  }
}

bool begins_with_one(std::string_view line, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return line.starts_with(word); });
}

// Where the letter that is answered begins, as Outlook writes it: its head, without any mark.
std::vector<std::string>::iterator quoted_head(std::vector<std::string>& lines) {
  constexpr std::ptrdiff_t k_head_lines = 4;
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    if (begins_with_one(*line, {"-----Original Message", "-----Исходное сообщение", "________"})) {
      return line;
    }
    if (!begins_with_one(*line, {"From: ", "От: ", "*From:*", "*От:*"})) continue;
    const auto end = lines.end() - line > k_head_lines ? line + k_head_lines : lines.end();
    const bool is_head = std::any_of(line + 1, end, [](const std::string& next) {
      return begins_with_one(next,
                             {"Sent: ", "Date: ", "To: ", "Отправлено: ", "Дата: ", "Кому: "});
    });
    if (is_head) return line;
  }
  return lines.end();
}

// "Anna <anna@example.test>" or the bare address, in lower case; "" for what is none.
std::string address_in(std::string_view text) {
  const std::size_t open = text.rfind('<');
  if (open != std::string_view::npos) text = text.substr(open + 1, text.find('>', open) - open - 1);
  const std::string address = ascii_lower(trim(text));
  return address.find('@') == std::string::npos ? std::string() : address;
}

// The message of ours that a letter answers: the nearest that it names.
MessageId answered_by(const Json& letter) {
  const std::string direct = letter.text("in_reply_to").value_or("");
  if (MessageId ours = message_of(direct); !ours.empty()) return ours;
  const std::vector<std::string> named =
      split(replace_all(letter.text("references").value_or("").substr(0, k_references_bytes_max),
                        "\n", " "),
            ' ');
  for (auto it = named.rbegin(); it != named.rend(); ++it) {
    if (MessageId ours = message_of(*it); !ours.empty()) return ours;
  }
  return {};
}

bool is_automatic(const Json& letter) {
  const std::string automatic = letter.text("auto_submitted").value_or("");
  if (letter.text("spam_status") == "Spam") return true;
  return letter.boolean("bounce").value_or(false) || (!automatic.empty() && automatic != "no");
}

// A letter that came in, as Postal hands it to the address of a route.
std::vector<Inbound> read_letter(const Json& letter) {
  const std::string id = id_text(letter, "id");
  if (id.empty() || !letter.text("rcpt_to")) return {};
  Inbound event;
  event.key = "postal-letter:" + id;
  event.account = ascii_lower(trim(*letter.text("rcpt_to")));
  // An empty return path is a bounce's. Who wrote stands in the head; the return path may be a
  // relay's own.
  const std::string path = address_in(letter.text("mail_from").value_or(""));
  if (is_automatic(letter) || path.empty()) return {event};
  event.address = address_in(letter.text("from").value_or(""));
  if (event.address.empty()) event.address = path;
  event.kind = Inbound::Kind::text;
  event.provider_id = letter.text("message_id").value_or("");
  event.message = answered_by(letter);
  std::string body = letter.text("plain_body").value_or("");
  if (trim(body).empty()) body = words_of_html(letter.text("html_body").value_or(""));
  event.text = own_words(body);
  if (event.text.empty()) event.text = letter.text("subject").value_or("");
  const double seconds = letter.number("timestamp").value_or(0.0);
  if (seconds > 0.0 && seconds < k_postal_seconds_max) {
    event.at = static_cast<TimeMs>(seconds * 1000.0);
  }
  return {event};
}

}  // namespace

std::optional<std::string> read_postal_key(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("v=DKIM1")) return rsa_public_key_pem(text);
  for (const std::string& tag : split(text, ';')) {
    if (tag.starts_with("p=")) return rsa_public_key_pem(std::string_view(tag).substr(2));
  }
  return std::nullopt;
}

MessageId message_of(std::string_view message_id) {
  message_id = trim(message_id);
  if (message_id.starts_with('<') && message_id.ends_with('>')) {
    message_id = message_id.substr(1, message_id.size() - 2);
  }
  const std::size_t at = message_id.find('@');
  if (at == std::string_view::npos || at + 1 == message_id.size()) return {};
  const std::string_view ours = message_id.substr(0, at);
  return is_id(ours, MessageIdTag::k_prefix) ? MessageId(std::string(ours)) : MessageId();
}

HookCheck verify_hook(const Account& account, const HookCall& call) {
  HookCheck check;
  const std::string key = account.config.text("postal_public_key").value_or("");
  if (key.empty() || call.method != "POST") return check;
  const auto signature = base64_decode(trim(call.header("x-postal-signature-256")));
  if (!signature || signature->empty()) return check;
  check.genuine = verify_rsa_sha256(key, call.body, *signature);
  if (!check.genuine) return check;
  check.answer = "ok";
  const auto json = parse_json(call.body);
  if (!json) return check;
  check.delivery_id = postal_uuid(*json);
  const std::string letter = id_text(*json, "id");
  if (check.delivery_id.empty() && !letter.empty()) check.delivery_id = "letter:" + letter;
  return check;
}

std::string words_of_html(std::string_view html) {
  std::string out;
  bool in_tag = false;
  std::string tag;
  for (const char c : html.substr(0, k_html_bytes_read_max)) {
    if (c == '<') {
      in_tag = true;
      tag.clear();
    } else if (in_tag && c == '>') {
      in_tag = false;
      const std::string name = ascii_lower(tag.substr(0, tag.find_first_of(" /\t\n", 1)));
      if (name == "blockquote") break;  // what is quoted
      if (name == "br" || name == "/p" || name == "/div" || name == "/tr") out += '\n';
    } else if (in_tag) {
      tag += c;
    } else {
      out += c;
    }
  }
  constexpr std::pair<std::string_view, std::string_view> k_entities[] = {
      {"&nbsp;", " "},  {"&lt;", "<"},  {"&gt;", ">"},
      {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
  for (const auto& [entity, character] : k_entities) out = replace_all(out, entity, character);
  return out;
}

std::string own_words(std::string_view body) {
  std::vector<std::string> lines = split(body, '\n');
  for (std::string& line : lines) {
    while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
  }
  // Below the mark of a signature nothing is said.
  const auto signature = std::find(lines.begin(), lines.end(), "--");
  lines.erase(signature, lines.end());
  lines.erase(quoted_head(lines), lines.end());
  const auto empty = [](const std::string& line) { return line.empty(); };
  const auto drop_empty = [&] {
    while (!lines.empty() && empty(lines.back())) lines.pop_back();
  };
  drop_empty();
  // What is quoted at the end, and the paragraph that introduces it ("On Monday Anna <a@b.test>
  // wrote:"), which programs wrap.
  const std::size_t whole = lines.size();
  while (!lines.empty() && (empty(lines.back()) || lines.back().starts_with('>'))) lines.pop_back();
  const bool quoted = lines.size() < whole;
  if (quoted && !lines.empty() && lines.back().ends_with(':')) {
    while (!lines.empty() && !empty(lines.back())) lines.pop_back();
  }
  drop_empty();
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

bool owns(const Channel& channel, const Inbound& event) {
  if (event.account.empty()) return true;  // a report names a message of ours
  const auto plain = [](std::string address) {
    address = ascii_lower(address);
    const std::size_t plus = address.find('+');
    const std::size_t at = address.rfind('@');
    if (plus != std::string::npos && at != std::string::npos && plus < at) {
      address.erase(plus, at - plus);
    }
    return address;
  };
  const std::string to = plain(event.account);
  for (const std::string_view setting : {"reply_to", "from"}) {
    if (to == plain(channel.config.text(setting).value_or(""))) return true;
  }
  return false;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  const auto json = parse_json(raw);
  if (!json || !json->is_object()) return {};
  const auto name = json->text("event");
  if (!name) return read_letter(*json);
  Inbound event;
  const std::string uuid = postal_uuid(*json);
  event.key = "postal:" + (uuid.empty() ? sha256_hex(raw) : uuid);
  const double seconds = json->number("timestamp").value_or(0.0);
  if (seconds > 0.0 && seconds < k_postal_seconds_max) {
    event.at = static_cast<TimeMs>(seconds * 1000.0);
  }
  for (const PostalRule& rule : k_postal_rules) {
    if (rule.event != *name) continue;
    const bool soft = rule.stage == k_stage_bounce && is_soft_bounce(*json);
    if (!soft) take_receipt(*json, rule, event);
  }
  return {event};
}

}  // namespace flead::channels::email
