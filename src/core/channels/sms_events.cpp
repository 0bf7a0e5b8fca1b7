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
      {"id", &callback.id},   {"phone", &callback.phone}, {"status", &callback.status},
      {"mes", &callback.mes}, {"to", &callback.to},       {"ts", &callback.ts},
      {"md5", &callback.md5}};
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

std::string delivery_id(const Callback& callback) {
  return callback.mes.empty() ? callback.id + ":" + callback.phone + ":" + callback.status
                              : "in:" + callback.phone + ":" + callback.md5 + ":" + callback.ts;
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
