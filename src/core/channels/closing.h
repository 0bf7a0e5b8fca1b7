// What a failed message says of the person beyond it: a mail address that does not exist, a dialog
// that was shut, no more advertising. Later messages take another way at once: reach() passes over
// a channel whose identity is closed. Callers: the outbox, where an attempt ends (settle_failed)
// and where a provider reports later (report_delivery), before it falls back.
#pragma once

#include "core/base/result.h"
#include "core/channels/channel.h"
#include "core/channels/outbox.h"

namespace flead::channels {

// Whether this says that the address is bad for good: not that the box is full, the text was
// refused, or time ran out. Pure.
bool is_bounce(const Delivery& delivery);

// A bounce closes an address that the lead still has, with the reason "bounced"; a shut dialog
// closes the identity ("blocked") and ends the lead's sequences; who wants no advertising there has
// withdrawn that consent. Each with its event; a repeat changes nothing.
Status note_closing(World& world, store::Tx& tx, const Message& message, const Delivery& delivery);

}  // namespace flead::channels
