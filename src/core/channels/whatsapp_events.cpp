// The way in from WhatsApp: hooks, events, start links.
#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"
#include "core/channels/whatsapp.h"

namespace flead::channels::whatsapp {

namespace {

// In a text that a person was given to send: the mark of a token of any length, or a last word that
// is long enough to be nothing else.
constexpr std::string_view k_token_mark = "flead:";
constexpr std::size_t k_bare_token_min = 40;
// What start_link() lets the person send before it.
constexpr std::string_view k_given_words_ru = "Здравствуйте! Мой код:";
constexpr std::string_view k_given_words_en = "Hello! My code:";
constexpr std::string_view k_given_words[] = {k_given_words_ru, k_given_words_en};
constexpr std::size_t k_message_id_bytes_max = 128;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string_view token_prefix(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// "" when the text has none.
std::string_view start_token_in(std::string_view text) {
  const std::size_t mark = text.find(k_token_mark);
  if (mark != std::string_view::npos) {
    const std::string_view token = token_prefix(text.substr(mark + k_token_mark.size()));
    if (!token.empty()) return token;
  }
  text = trim(text);
  const std::size_t space = text.find_last_of(" \t\r\n");
  const std::string_view word = space == std::string_view::npos ? text : text.substr(space + 1);
  return word.size() >= k_bare_token_min && token_prefix(word) == word ? word : std::string_view();
}

// The entry of `contacts` that is about the sender; null when there is none.
const Json* contact_of(const Json& value, const Json& message) {
  const Json* contacts = value.find("contacts");
  if (contacts == nullptr) return nullptr;
  const std::string number = id_text(message, "from");
  const std::string user_id = message.text("from_user_id").value_or("");
  for (const Json& contact : contacts->items()) {
    if (!number.empty() && id_text(contact, "wa_id") == number) return &contact;
    if (!user_id.empty() && contact.text("user_id") == user_id) return &contact;
  }
  // A number and the id made of it may differ; a single contact is the sender's all the same.
  return contacts->items().size() == 1 ? &contacts->items().front() : nullptr;
}

// Since 2026 people may hide their number, and then only user_id names them: it is the first choice
// also where there is a number, so that a person stays the same one when they hide it later.
void name_sender(Inbound& event, const Json& value, const Json& message) {
  event.phone = id_text(message, "from");
  event.address = message.text("from_user_id").value_or("");
  if (const Json* contact = contact_of(value, message)) {
    if (event.phone.empty()) event.phone = id_text(*contact, "wa_id");
    if (event.address.empty()) event.address = contact->text("user_id").value_or("");
    event.name = contact->text("profile.name").value_or("");
    event.handle = contact->text("profile.username").value_or("");
    if (event.handle.starts_with('@')) event.handle.erase(0, 1);
  }
  if (event.address.empty()) event.address = event.phone;
}

// Without the token and the words that our link puts before it.
std::string words_beside(std::string_view text, std::string_view token) {
  std::string out = replace_all(text, token, "");
  out = replace_all(out, k_token_mark, "");
  for (const std::string_view given : k_given_words) out = replace_all(out, given, "");
  return std::string(trim(out));
}

void read_text(Inbound& event, std::string text) {
  event.text = std::move(text);
  const std::string token(start_token_in(event.text));
  event.kind = token.empty() ? Inbound::Kind::text : Inbound::Kind::start;
  event.payload = token;
  if (!token.empty()) event.text = words_beside(event.text, token);
}

void read_press(Inbound& event, const Json& message, std::string_view payload,
                std::string_view title) {
  event.kind = Inbound::Kind::button;
  event.payload = message.text(payload).value_or("");
  event.text = message.text(title).value_or("");
}

void read_content(Inbound& event, const Json& message) {
  const std::string type = message.text("type").value_or("");
  if (type == "text") {
    if (auto text = message.text("text.body")) read_text(event, std::move(*text));
  } else if (type == "interactive" && message.find("interactive.button_reply") != nullptr) {
    read_press(event, message, "interactive.button_reply.id", "interactive.button_reply.title");
  } else if (type == "interactive" && message.find("interactive.list_reply") != nullptr) {
    read_press(event, message, "interactive.list_reply.id", "interactive.list_reply.title");
  } else if (type == "button") {
    read_press(event, message, "button.payload", "button.text");
  } else if (type == "image" || type == "video" || type == "document") {
    const auto caption = message.text(type + ".caption");
    if (caption && !caption->empty()) read_text(event, *caption);
  }
}

void read_message(const Json& value, const Json& message, std::vector<Inbound>& out) {
  Inbound event;
  event.account = id_text(value, "metadata.phone_number_id");
  event.key = message.text("id").value_or("");
  if (event.key.empty()) return;
  event.provider_id = event.key;
  event.at = meta::time_of(message, "timestamp", k_second_ms);
  name_sender(event, value, message);
  // What nobody signed, and what was said in a group, is nobody's word to us.
  const bool personal = !event.address.empty() && message.find("group_id") == nullptr;
  if (personal) read_content(event, message);
  const Json* referral = message.find("referral");
  if (personal && referral != nullptr && referral->is_object()) {
    // A click on an advertisement brought the person: kept beside what they wrote.
    Inbound click;
    click.account = event.account;
    click.key = event.key + ":referral";
    click.address = event.address;
    click.at = event.at;
    click.payload = id_text(*referral, "source_id");
    click.text = referral->text("headline").value_or("");
    out.push_back(std::move(click));
  }
  out.push_back(std::move(event));
}

Delivery failed_delivery(const Json& status) {
  const Json* errors = status.find("errors");
  for (const Json& one : errors != nullptr ? errors->items() : Json::Array()) {
    // An unknown reason is final here: Meta took the message and gave it up, another channel may
    // do.
    if (const auto error = meta::read_error(one)) {
      return meta::delivery_of(error_rules(), *error, Verdict::unreachable);
    }
  }
  Delivery out;
  out.verdict = Verdict::unreachable;
  out.says = "failed without a reason";
  return out;
}

void read_status(const Json& value, const Json& status, std::vector<Inbound>& out) {
  const std::string id = status.text("id").value_or("");
  const std::string word = status.text("status").value_or("");
  if (id.empty() || word.empty()) return;
  Inbound event;
  event.account = id_text(value, "metadata.phone_number_id");
  event.key = id + ":" + word;
  event.provider_id = id;
  event.address = status.text("recipient_user_id").value_or("");
  if (event.address.empty()) event.address = id_text(status, "recipient_id");
  event.at = meta::time_of(status, "timestamp", k_second_ms);
  const std::string ours = status.text("biz_opaque_callback_data").value_or("");
  if (ours.size() <= k_message_id_bytes_max) event.message = MessageId(ours);
  if (word == "failed") {
    event.delivery = failed_delivery(status);
  } else if (word == "sent" || word == "delivered" || word == "read") {
    event.delivery.verdict = Verdict::sent;
    event.delivery.says = word;
    event.delivery.delivered = word != "sent";
    event.read = word == "read";
  } else {
    out.push_back(std::move(event));  // "deleted", "warning": of no use
    return;
  }
  event.kind = Inbound::Kind::receipt;
  event.delivery.provider_id = id;
  event.delivery.stage = "status";
  out.push_back(std::move(event));
}

void read_change(const Json& change, std::vector<Inbound>& out) {
  const Json* value = change.find("value");
  if (value == nullptr || change.text("field") != "messages") return;
  if (const Json* messages = value->find("messages")) {
    for (const Json& message : messages->items()) read_message(*value, message, out);
  }
  if (const Json* statuses = value->find("statuses")) {
    for (const Json& status : statuses->items()) read_status(*value, status, out);
  }
}

// People of these countries are greeted in Russian.
bool speaks_russian(std::string_view digits) {
  return digits.starts_with('7') || digits.starts_with("375");
}

}  // namespace

HookCheck verify(const Account& account, const HookCall& call) {
  if (account.config.text("flavour").value_or("") != "360dialog") {
    return meta::verify(account, call);
  }
  HookCheck check;
  check.genuine = call.method == "POST" && !account.hook_secret.empty() &&
                  equal_constant_time(account.hook_secret, call.header(k_token_header));
  return check;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  std::vector<Inbound> out;
  const auto json = parse_json(raw);
  if (!json ||
      json->text("object").value_or("whatsapp_business_account") != "whatsapp_business_account") {
    return out;
  }
  const Json* entries = json->find("entry");
  for (const Json& entry : entries != nullptr ? entries->items() : Json::Array()) {
    const Json* changes = entry.find("changes");
    if (changes == nullptr) continue;
    for (const Json& change : changes->items()) read_change(change, out);
  }
  return out;
}

bool owns(const Channel& channel, const Inbound& event) {
  const std::string number = id_text(channel.config, "phone_number_id");
  return number.empty() || event.account.empty() || number == event.account;
}

std::string start_link(const Account& account, std::string_view token) {
  std::string digits;
  for (const char c : account.state.text("display_phone_number").value_or("")) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.empty() || token.empty() || token_prefix(token) != token) return {};
  std::string text(speaks_russian(digits) ? k_given_words_ru : k_given_words_en);
  text += ' ';
  if (token.size() < k_bare_token_min) text += k_token_mark;
  text += token;
  return "https://wa.me/" + digits + "?text=" + percent_encode(text);
}

}  // namespace flead::channels::whatsapp
