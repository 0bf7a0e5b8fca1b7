#include "core/channels/bounce.h"

#include "core/channels/email.h"
#include "core/channels/email_events.h"
#include "core/channels/identity.h"
#include "core/intake/lead.h"

namespace flead::channels {

bool is_bounce(const Delivery& delivery) {
  if (delivery.verdict != Verdict::unreachable) return false;
  return delivery.stage == email::k_stage_bounce || email::says_no_such_address(delivery.says);
}

Status note_bounce(World& world, store::Tx& tx, const Message& message, const Delivery& delivery) {
  if (message.channel_kind != "email" || !message.lead || !is_bounce(delivery)) return {};
  FLEAD_TRY(const intake::Lead lead, intake::load(tx, message.tenant, *message.lead));
  if (lead.email != message.address) return {};  // corrected since
  FLEAD_TRY(const auto known, find_identity(tx, message.channel, message.address));
  if (known && known->lead == lead.id && !known->closed_why.empty()) return {};
  FLEAD_TRY(const Channel channel, load_channel(tx, message.channel));
  FLEAD_TRY(const Identity identity,
            link_identity(world, tx, channel, lead.id, message.address, "", ""));
  FLEAD_CHECK(close_identity(world, tx, identity.id, "bounced"));
  return intake::add_event(
      world, tx, message.tenant, lead.id, "channel.closed", "system",
      Json::object(
          {{"channel", channel.kind}, {"why", "bounced"}, {"message", message.id.text()}}));
}

}  // namespace flead::channels
