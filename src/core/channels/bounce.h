// Remembering a mail address that does not exist, so that later messages take another way at once:
// reach() passes over a channel whose identity is closed. Callers: the outbox, where an attempt
// ends (settle_failed) and where a provider reports later (report_delivery), before it falls back.
#pragma once

#include "core/base/result.h"
#include "core/channels/channel.h"
#include "core/channels/outbox.h"

namespace flead::channels {

// Whether this says that the address is bad for good: not that the box is full, the text was
// refused, or time ran out. Pure.
bool is_bounce(const Delivery& delivery);

// For e-mail, and only while the lead still has the address that bounced: closes it on this channel
// with the reason "bounced" and the event `channel.closed`. Anything else changes nothing, and so
// does a repeat.
Status note_bounce(World& world, store::Tx& tx, const Message& message, const Delivery& delivery);

}  // namespace flead::channels
