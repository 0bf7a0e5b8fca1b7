// What Cal.com answers and what its webhook is told to send: any bytes are read, and what is read
// keeps its limits.
#include "core/base/text.h"
#include "core/booking/calcom.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(calcom) {
  namespace calcom = booking::calcom;
  channels::HttpReply reply;
  reply.status = 200;
  reply.body = std::string(input);
  for (const auto& read : {calcom::parse_booking(reply), calcom::parse_bookings(reply)}) {
    FLEAD_ASSERT(valid_utf8(read.says));
    FLEAD_ASSERT(read.count == static_cast<std::int64_t>(read.bookings.size()) + read.unreadable);
    for (const calcom::Booking& booking : read.bookings) {
      FLEAD_ASSERT(!booking.uid.empty() && booking.uid.size() <= calcom::k_uid_bytes_max);
      FLEAD_ASSERT(booking.starts_at < booking.ends_at);
      FLEAD_ASSERT(valid_utf8(booking.reason));
    }
  }
  for (const auto& type : calcom::parse_event_types(reply).types) FLEAD_ASSERT(type.id > 0);
  FLEAD_ASSERT(calcom::parse_me(reply).verdict != channels::Verdict::ambiguous);
  for (const auto& hook : calcom::parse_webhooks(reply).hooks) {
    FLEAD_ASSERT(!calcom::is_whole(hook) || hook.active);
  }
  if (const auto call = calcom::parse_call(input)) {
    FLEAD_ASSERT(!call->trigger.empty() && call->key.size() == 64);
    FLEAD_ASSERT(call->uid.size() <= calcom::k_uid_bytes_max);
  }
  FLEAD_ASSERT(!calcom::is_signed("secret", "no-secret-provided", input));
  FLEAD_ASSERT(!calcom::is_signed("", input, ""));
}

}  // namespace flead
