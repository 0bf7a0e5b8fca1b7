#include "core/channels/closing.h"

#include "core/channels/email.h"
#include "core/channels/email_events.h"
#include "core/channels/identity.h"
#include "core/channels/sequence.h"
#include "core/intake/consents.h"
#include "core/intake/lead.h"

namespace flead::channels {
namespace {

Status tell_closed(World& world, store::Tx& tx, const Message& message, std::string_view why) {
  return intake::add_event(
      world, tx, message.tenant, *message.lead, "channel.closed", "system",
      Json::object(
          {{"channel", message.channel_kind}, {"why", why}, {"message", message.id.text()}}));
}

Status note_bounce(World& world, store::Tx& tx, const Message& message) {
  FLEAD_TRY(const intake::Lead lead, intake::load(tx, message.tenant, *message.lead));
  if (lead.email != message.address) return {};  // corrected since
  FLEAD_TRY(const auto known, find_identity(tx, message.channel, message.address));
  if (known && known->lead == lead.id && !known->closed_why.empty()) return {};
  FLEAD_TRY(const Channel channel, load_channel(tx, message.channel));
  FLEAD_TRY(const Identity identity,
            link_identity(world, tx, channel, lead.id, message.address, "", ""));
  FLEAD_CHECK(close_identity(world, tx, identity.id, "bounced"));
  return tell_closed(world, tx, message, "bounced");
}

Status note_shut(World& world, store::Tx& tx, const Message& message) {
  FLEAD_TRY(const auto known, find_identity(tx, message.channel, message.address));
  if (!known || known->lead != *message.lead || !known->closed_why.empty()) return {};
  // Who has written since has opened it again.
  if (known->inbound_at && *known->inbound_at > message.updated_at) return {};
  FLEAD_CHECK(close_identity(world, tx, known->id, "blocked"));
  FLEAD_CHECK(tell_closed(world, tx, message, "blocked"));
  return stop_sequences(world, tx, message.tenant, *message.lead, "opted_out");
}

Status note_no_advertising(World& world, store::Tx& tx, const Message& message) {
  const std::string purpose = "marketing." + message.channel_kind;
  FLEAD_TRY(const bool given,
            intake::withdraw_consent(world, tx, message.tenant, *message.lead, purpose, "", ""));
  if (!given) return {};
  return intake::add_event(world, tx, message.tenant, *message.lead, "consent.withdrawn", "system",
                           Json::object({{"purpose", purpose}, {"message", message.id.text()}}));
}

}  // namespace

bool is_bounce(const Delivery& delivery) {
  if (delivery.verdict != Verdict::unreachable) return false;
  return delivery.stage == email::k_stage_bounce || email::says_no_such_address(delivery.says);
}

Status note_closing(World& world, store::Tx& tx, const Message& message, const Delivery& delivery) {
  if (!message.lead) return {};
  if (message.channel_kind == "email" && is_bounce(delivery)) {
    return note_bounce(world, tx, message);
  }
  switch (delivery.closes) {
    case Closes::nothing:
      return {};
    case Closes::dialog:
      return note_shut(world, tx, message);
    case Closes::advertising:
      return note_no_advertising(world, tx, message);
  }
  return {};
}

}  // namespace flead::channels
