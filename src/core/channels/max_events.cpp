// The way in of MAX: whether a call is the vendor's, and what it tells.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/channels/max.h"
#include "core/channels/provider_http.h"

namespace flead::channels::max_messenger {

namespace {

constexpr std::size_t k_phone_digits_min = 10;
constexpr std::size_t k_phone_digits_max = 15;  // E.164
constexpr std::size_t k_contact_hash_digits = 64;

// What a message without a word may hold.
constexpr std::array<std::string_view, 8> k_media = {"image",   "video",   "audio", "file",
                                                     "sticker", "contact", "share", "location"};

// Real events came without the type that the schema requires; their members tell it.
std::string update_type(const Json& update) {
  if (auto type = update.text("update_type")) return std::move(*type);
  const auto has = [&update](std::string_view name) {
    const Json* member = update.find(name);
    return member != nullptr && member->is_object();
  };
  if (has("callback")) return "message_callback";
  return has("message") ? "message_created" : "";
}

// Who did it. A pressed button's `message` is our own, so its sender is never asked for.
const Json* person_of(const Json& update, std::string_view type) {
  if (type == "message_callback") return update.find("callback.user");
  if (type.starts_with("message_")) return update.find("message.sender");
  return update.find("user");
}

// When it happened. A pressed button's `message` is older, so its time comes last.
std::optional<std::int64_t> time_of(const Json& update) {
  for (const std::string_view path : {"callback.timestamp", "timestamp", "message.timestamp"}) {
    if (const auto at = whole_number(update, path)) return at;
  }
  return std::nullopt;
}

// Updates have no id of their own. The schema calls callback_id the id "of the keyboard", so a
// press is told from the next one on the same keyboard by its time; a repeat has the same time.
std::string event_key(const Json& update, std::string_view type, std::string_view raw) {
  const auto time = time_of(update);
  const std::string at = time ? std::to_string(*time) : "";
  if (type == "message_created") {
    if (std::string mid = id_text(update, "message.body.mid"); !mid.empty()) return mid;
  }
  if (type == "message_callback") {
    const std::string id = id_text(update, "callback.callback_id");
    if (!id.empty()) return at.empty() ? id : id + ":" + at;
  }
  const Json* person = person_of(update, type);
  const std::string user_id = person != nullptr ? id_text(*person, "user_id") : "";
  if (user_id.empty() || at.empty()) return std::string(type) + ":" + sha256_hex(raw);
  return std::string(type) + ":" + user_id + ":" + at;
}

std::string full_name(const Json& person) {
  const std::string first = person.text("first_name").value_or("");
  const std::string last = person.text("last_name").value_or("");
  std::string name(trim(first + " " + last));
  return name.empty() ? person.text("name").value_or("") : name;
}

// Without a type of chat it is taken for the dialog: required members go missing, and a bot of ours
// has no business in groups anyway.
bool in_dialog(const Json& update) {
  const auto chat_type = update.text("message.recipient.chat_type");
  return !chat_type || *chat_type == "dialog";
}

// "+7 (916) 000-00-01" as digits; "" for anything that is no plain phone number.
std::string plain_digits(std::string_view text) {
  std::string digits;
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != ' ' && c != '-' && c != '(' && c != ')') {
      return {};
    }
  }
  const bool plain = digits.size() >= k_phone_digits_min && digits.size() <= k_phone_digits_max;
  return plain ? digits : "";
}

// The number of a card that has exactly one.
std::string card_phone(std::string_view card) {
  std::string phone;
  for (const std::string& line : split(card, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = ascii_lower(line.substr(0, colon));
    if (name != "tel" && !name.starts_with("tel;")) continue;
    if (!phone.empty()) return {};
    phone = plain_digits(std::string_view(line).substr(colon + 1));
    if (phone.empty()) return {};
  }
  return phone;
}

bool is_hash(std::string_view text) {
  return text.size() == k_contact_hash_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

// The person's own number, or "". MAX adds a hash to a contact that was shared by its button; a
// card of somebody else has another user_id. The hash is over the card and keyed with the bot's
// token, which is not known here: that the call is genuine was checked by its secret.
std::string vouched_phone(const Json& update, std::string_view user_id) {
  const Json* attachments = update.find("message.body.attachments");
  if (attachments == nullptr) return {};
  for (const Json& one : attachments->items()) {
    if (one.text("type") != "contact") continue;
    const bool own = id_text(one, "payload.max_info.user_id") == user_id;
    if (!own || !is_hash(one.text("payload.hash").value_or(""))) continue;
    std::string phone = card_phone(one.text("payload.vcf_info").value_or(""));
    if (!phone.empty()) return phone;
  }
  return {};
}

// What stood on the pressed button: the message with its keyboard comes along, if it still exists.
std::string button_text(const Json& update, std::string_view payload) {
  const Json* attachments = update.find("message.body.attachments");
  if (attachments == nullptr) return {};
  for (const Json& attachment : attachments->items()) {
    const Json* rows = attachment.find("payload.buttons");
    if (rows == nullptr) continue;
    for (const Json& row : rows->items()) {
      for (const Json& button : row.items()) {
        if (button.text("payload") == payload) return button.text("text").value_or("");
      }
    }
  }
  return {};
}

std::string media_of(const Json& update) {
  if (const Json* attachments = update.find("message.body.attachments")) {
    for (const Json& one : attachments->items()) {
      const std::string type = one.text("type").value_or("");
      if (std::find(k_media.begin(), k_media.end(), type) != k_media.end()) return type;
    }
  }
  return update.text("message.link.type") == "forward" ? "forward" : "";
}

void read_message(const Json& update, Inbound& event) {
  event.provider_id = id_text(update, "message.body.mid");
  event.text = update.text("message.body.text").value_or("");
  event.phone = vouched_phone(update, event.address);
  if (!event.phone.empty()) {
    event.kind = Inbound::Kind::contact;
  } else if (!trim(event.text).empty()) {
    event.kind = Inbound::Kind::text;
  } else {
    event.payload = media_of(update);
  }
}

void read_press(const Json& update, Inbound& event) {
  event.kind = Inbound::Kind::button;
  event.provider_id = id_text(update, "message.body.mid");
  event.payload = update.text("callback.payload").value_or("");
  event.text = button_text(update, event.payload);
  event.answer_token = id_text(update, "callback.callback_id");
}

// Fills what `type` means; a type that nobody subscribed to names no person and stays `other`.
void read_event(const Json& update, std::string_view type, const Json* person, Inbound& event) {
  const bool message = type == "message_created";
  const bool press = type == "message_callback";
  const bool start = type == "bot_started";
  const bool stop = type == "bot_stopped" || type == "dialog_removed";
  if (person == nullptr || !(message || press || start || stop)) return;
  event.address = id_text(*person, "user_id");
  if (event.address.empty()) return;
  event.name = full_name(*person);
  event.handle = person->text("username").value_or("");
  event.language = update.text("user_locale").value_or("");
  if (message) read_message(update, event);
  if (press) read_press(update, event);
  if (start) {
    event.kind = Inbound::Kind::start;
    event.payload = update.text("payload").value_or("");
  }
  if (stop) event.kind = Inbound::Kind::opt_out;
}

}  // namespace

HookCheck verify(const Account& account, const HookCall& call) {
  HookCheck check;
  const std::string_view given = call.header("x-max-bot-api-secret");
  if (account.hook_secret.empty() || call.method != "POST" ||
      !equal_constant_time(given, account.hook_secret)) {
    return check;
  }
  check.genuine = true;
  const auto update = parse_json(call.body);
  if (update && update->is_object()) {
    check.delivery_id = event_key(*update, update_type(*update), call.body);
  }
  return check;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  const auto update = parse_json(raw);
  if (!update || !update->is_object()) return {};
  const std::string type = update_type(*update);
  if (type.empty()) return {};
  const Json* person = person_of(*update, type);
  if (person != nullptr && person->boolean("is_bot").value_or(false)) return {};
  if (!in_dialog(*update)) return {};

  Inbound event;
  event.key = event_key(*update, type, raw);
  event.at = time_of(*update).value_or(0);
  read_event(*update, type, person, event);
  std::vector<Inbound> events;
  events.push_back(std::move(event));
  return events;
}

}  // namespace flead::channels::max_messenger
