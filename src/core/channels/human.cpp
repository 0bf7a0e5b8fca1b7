#include "core/channels/human.h"

#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/away.h"
#include "core/channels/desk.h"
#include "core/channels/outbox.h"

namespace flead::channels {
namespace {

// The reason as a person reads it.
std::string_view reason_text(std::string_view why, std::string_view language) {
  const bool ru = language == "ru";
  if (why == "asked") return ru ? "просит человека" : "asks for a person";
  if (why == "unreachable") return ru ? "не удалось связаться" : "could not be reached";
  if (why == "wrote") return ru ? "написал(а) письмо" : "wrote a letter";
  if (why == "unclear") {
    return ru ? "неясно, получено ли сообщение" : "may not have got our message";
  }
  return why;
}

std::string contact_of(const intake::Lead& lead) {
  for (const std::string& contact :
       {lead.phone.value_or(""), lead.email, lead.telegram, lead.whatsapp, lead.max, lead.vk}) {
    if (!contact.empty()) return contact;
  }
  return {};
}

// Whoever asks for a person outside of the business hours is told when one will answer.
Status say_when(App& app, store::Tx& tx, const tenants::Tenant& tenant, const intake::Lead& lead) {
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(std::string text, away_text(tx, tenant, lead.locale, now));
  if (text.empty()) return {};
  NewMessage message;
  message.template_name = "chat.text";
  message.variables = {{"tenant", tenant.name}, {"text", std::move(text)}};
  message.unique_key = "human.away:" + lead.id.text() + ":" + std::to_string(now / k_day_ms);
  FLEAD_CHECK(send_to_lead(app, tx, tenant, lead, message));
  return {};
}

}  // namespace

std::optional<OperatorAddress> parse_operator_address(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  OperatorAddress out{std::string(trim(text.substr(0, colon))),
                      std::string(trim(text.substr(colon + 1)))};
  const Provider* provider = find_provider(out.kind);
  if (out.address.empty() || has_control_characters(out.address) || provider == nullptr ||
      provider->capabilities.desk) {
    return std::nullopt;
  }
  return out;
}

Status call_human(App& app, store::Tx& tx, const tenants::Tenant& tenant, const intake::Lead& lead,
                  std::string_view why) {
  FLEAD_TRY(const bool marked, intake::call_human(app.world, tx, tenant.id, lead.id, why));
  if (!marked) return {};
  if (why == "asked") FLEAD_CHECK(say_when(app, tx, tenant, lead));
  FLEAD_CHECK(open_desk(app.world, tx, tenant.id, lead.id, why));
  FLEAD_TRY(const std::string setting, tenants::setting(app, tx, tenant.id, "operator.notify"));
  const auto to = parse_operator_address(setting);
  if (!to) return {};
  NewMessage message;
  message.template_name = "operator.needs_human";
  message.variables = {{"tenant", tenant.name},
                       {"name", lead.name},
                       {"contact", contact_of(lead)},
                       {"reason", std::string(reason_text(why, tenant.locale))},
                       {"lead", lead.id.text()}};
  message.unique_key = "operator.needs_human:" + lead.id.text() + ":" +
                       std::to_string(app.world.clock.now() / k_minute_ms);
  const auto queued = send_to_address(app, tx, tenant, to->kind, to->address, message);
  // A missing channel must not undo what the person said.
  if (!queued && queued.error().kind != ErrorKind::unmet &&
      queued.error().kind != ErrorKind::conflict) {
    return queued.error();
  }
  return {};
}

}  // namespace flead::channels
