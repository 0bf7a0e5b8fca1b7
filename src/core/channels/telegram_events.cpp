// The way in: what a hook's call is worth, and what an Update says.
#include <array>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/provider_http.h"
#include "core/channels/telegram.h"

namespace flead::channels::telegram {

namespace {

constexpr std::string_view k_secret_header = "x-telegram-bot-api-secret-token";
constexpr std::string_view k_start_command = "/start";
constexpr std::size_t k_phone_digits_max = 20;
constexpr std::int64_t k_date_s_max = 253'402'300'799;  // the last second of the year 9999

// What a message without a word may be; the first that is there names it. An animation comes with
// a document of itself.
constexpr std::array<std::string_view, 14> k_media = {
    "photo",   "voice",   "video",    "video_note", "audio", "animation", "document",
    "sticker", "contact", "location", "venue",      "poll",  "dice",      "story"};

TimeMs time_of(const Json& event) {
  const std::int64_t seconds = event.integer("date").value_or(0);
  return seconds > 0 && seconds <= k_date_s_max ? seconds * k_second_ms : 0;
}

// Nothing for what is not the dialog of one person with us. `event` has "chat" and "from".
std::optional<Inbound> dialog_event(const Json& event) {
  const auto chat = event.integer("chat.id");
  if (event.text("chat.type") != "private" || !chat || *chat <= 0) return std::nullopt;
  if (!event.integer("from.id") || event.boolean("from.is_bot").value_or(false)) {
    return std::nullopt;
  }
  Inbound out;
  out.address = std::to_string(*chat);
  return out;
}

void read_person(const Json& event, Inbound& out) {
  out.name = event.text("from.first_name").value_or("");
  const std::string last_name = event.text("from.last_name").value_or("");
  if (!out.name.empty() && !last_name.empty()) out.name += ' ';
  out.name += last_name;
  out.handle = event.text("from.username").value_or("");
  out.language = event.text("from.language_code").value_or("");
}

std::string message_id_of(const Json& message) {
  const auto id = message.integer("message_id");
  const auto chat = message.integer("chat.id");
  if (!id || !chat) return {};
  return std::to_string(*chat) + ":" + std::to_string(*id);
}

// A link's token arrives as "/start TOKEN". More than one word was typed by the person.
void read_words(std::string_view text, Inbound& out) {
  out.kind = Inbound::Kind::text;
  out.text = std::string(text);
  const std::string_view words = trim(text);
  const std::size_t end = words.find_first_of(" \t\r\n");
  std::string command = ascii_lower(words.substr(0, end));
  command = command.substr(0, command.find('@'));  // "/start@acme_bot"
  if (command != k_start_command) return;
  const std::string_view rest =
      end == std::string_view::npos ? std::string_view() : trim(words.substr(end));
  out.kind = Inbound::Kind::start;
  out.payload = is_start_token(rest) ? std::string(rest) : std::string();
  out.text = out.payload.empty() ? std::string(rest) : std::string();
}

// Digits, maybe after a plus; "" for anything that is no number.
std::string phone_of(std::string_view written) {
  std::string out;
  for (const char c : written) {
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) {
      out += c;
    } else if (c != ' ' && c != '-' && c != '(' && c != ')') {
      return {};
    }
  }
  return out == "+" || out.size() > k_phone_digits_max ? std::string() : out;
}

// Telegram vouches for a number only when the card is the sender's own.
bool read_contact(const Json& message, Inbound& out) {
  const auto owner = message.integer("contact.user_id");
  if (!owner || owner != message.integer("from.id")) return false;
  out.phone = phone_of(message.text("contact.phone_number").value_or(""));
  if (out.phone.empty()) return false;
  out.kind = Inbound::Kind::contact;
  return true;
}

std::optional<Inbound> read_message(const Json& message) {
  auto out = dialog_event(message);
  if (!out) return out;
  read_person(message, *out);
  out->provider_id = message_id_of(message);
  out->at = time_of(message);
  if (const auto text = message.text("text")) {
    read_words(*text, *out);
  } else if (read_contact(message, *out)) {
    return out;
  } else if (const auto caption = message.text("caption"); caption && !caption->empty()) {
    out->kind = Inbound::Kind::text;
    out->text = *caption;
  } else {
    for (const std::string_view name : k_media) {
      if (message.find(name) == nullptr) continue;
      out->payload = std::string(name);
      break;
    }
  }
  return out;
}

// The words on the button that carries `payload`; "" when the message is no longer known.
std::string button_words(const Json& message, std::string_view payload) {
  const Json* rows = message.find("reply_markup.inline_keyboard");
  if (rows == nullptr) return {};
  for (const Json& row : rows->items()) {
    for (const Json& button : row.items()) {
      if (button.text("callback_data") == payload) return button.text("text").value_or("");
    }
  }
  return {};
}

// The press has no date of its own: that of the message is when we sent it.
std::optional<Inbound> read_press(const Json& query) {
  const auto from = query.integer("from.id");
  if (!from || *from <= 0 || query.boolean("from.is_bot").value_or(false)) return std::nullopt;
  const Json* message = query.find("message");
  Inbound out;
  out.address = std::to_string(*from);
  if (message != nullptr) {
    const auto chat = message->integer("chat.id");
    if (message->text("chat.type") != "private" || !chat || *chat <= 0) return std::nullopt;
    out.address = std::to_string(*chat);
    out.provider_id = message_id_of(*message);
  } else if (query.find("inline_message_id") != nullptr) {
    return std::nullopt;  // from any chat, by way of inline mode
  }
  read_person(query, out);
  out.answer_token = query.text("id").value_or("");
  const auto payload = query.text("data");
  if (!payload) return out;  // a game's button: kept, and may be answered
  out.kind = Inbound::Kind::button;
  out.payload = *payload;
  if (message != nullptr) out.text = button_words(*message, *payload);
  return out;
}

std::optional<Inbound> read_membership(const Json& change) {
  auto out = dialog_event(change);
  if (!out) return out;
  read_person(change, *out);
  out->at = time_of(change);
  const std::string status = change.text("new_chat_member.status").value_or("");
  if (status == "kicked") out->kind = Inbound::Kind::opt_out;
  if (status == "member") out->kind = Inbound::Kind::opt_in;
  return out;
}

std::optional<Inbound> read_update(const Json& update) {
  if (const Json* message = update.find("message")) return read_message(*message);
  if (const Json* query = update.find("callback_query")) return read_press(*query);
  if (const Json* change = update.find("my_chat_member")) return read_membership(*change);
  return Inbound();  // asked for by an earlier owner of the bot, or too large to be pulled
}

}  // namespace

HookCheck verify(const Account& account, const HookCall& call) {
  HookCheck out;
  out.genuine = !account.hook_secret.empty() &&
                equal_constant_time(call.header(k_secret_header), account.hook_secret);
  return out;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  const auto update = parse_json(raw);
  if (!update) return {};
  const auto id = update_id_of(*update);
  if (!id) return {};
  auto event = read_update(*update);
  if (!event) return {};
  event->key = "u" + std::to_string(*id);
  std::vector<Inbound> out;
  out.push_back(std::move(*event));
  return out;
}

}  // namespace flead::channels::telegram
