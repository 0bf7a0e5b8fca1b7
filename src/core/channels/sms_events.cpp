// The way in of SMSC.ru: delivery reports and incoming SMS, by form, JSON, or the query of a GET,
// as the account is set.
#include <utility>

#include "core/base/crypto.h"
#include "core/base/form.h"
#include "core/base/text.h"
#include "core/channels/inbound.h"
#include "core/channels/sms.h"

namespace flead::channels::sms {

namespace {

void take_field(Callback& callback, std::string_view name, std::string value) {
  const std::pair<std::string_view, std::string*> fields[] = {
      {"id", &callback.id},    {"phone", &callback.phone},   {"status", &callback.status},
      {"mes", &callback.mes},  {"to", &callback.to},         {"ts", &callback.ts},
      {"md5", &callback.md5},  {"sms_id", &callback.sms_id}, {"time", &callback.time},
      {"sent", &callback.sent}};
  for (const auto& [known, field] : fields) {
    if (known == name) *field = std::move(value);
  }
}

std::string e164_of(std::string_view phone) {
  return phone.starts_with('+') || phone.empty() ? std::string(phone) : "+" + std::string(phone);
}

}  // namespace

Callback read_callback(std::string_view raw) {
  Callback callback;
  const auto json = parse_json(raw);
  if (json && json->is_object()) {
    for (const auto& [name, value] : json->members()) {
      take_field(callback, name, value.text() ? *value.text() : value.dump());
    }
  } else if (const auto pairs = parse_form(raw)) {
    for (const auto& [name, value] : *pairs) take_field(callback, name, value);
  }
  return callback;
}

// The same words twice are two messages: what tells them apart is the provider's number or times,
// as far as the account sends them.
std::string delivery_id(const Callback& callback) {
  if (callback.mes.empty()) return callback.id + ":" + callback.phone + ":" + callback.status;
  return "in:" + callback.phone + ":" + callback.md5 + ":" + callback.ts + callback.sms_id +
         callback.time + callback.sent;
}

HookCheck verify_hook(const Account& account, const HookCall& call) {
  HookCheck check;
  const Callback callback = read_callback(call.body);
  check.genuine = verify(callback, account.hook_secret);
  check.answer = "ok";
  check.delivery_id = delivery_id(callback);
  return check;
}

std::vector<Inbound> parse_events(std::string_view raw) {
  const Callback callback = read_callback(raw);
  if (callback.phone.empty()) return {};
  Inbound event;
  event.key = delivery_id(callback);
  event.address = e164_of(callback.phone);
  if (!callback.mes.empty()) {
    event.kind = Inbound::Kind::text;
    event.text = callback.mes;
    return {event};
  }
  if (callback.id.empty()) return {};
  event.kind = Inbound::Kind::receipt;
  event.provider_id = callback.id;
  event.delivery = parse_callback(callback);
  event.read = callback.status == "2";
  return {event};
}

}  // namespace flead::channels::sms
