#include "core/base/text.h"
#include "core/channels/sms.h"
#include "core/channels/sms_text.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(sms_reply) {
  channels::HttpReply reply;
  reply.status = 200;
  reply.body = std::string(input);
  const channels::sms::Config config;
  const auto sent = channels::sms::parse_send(config, reply);
  FLEAD_ASSERT(valid_utf8(sent.says) && sent.says.size() < 1000);
  FLEAD_ASSERT(sent.verdict != channels::Verdict::sent || !sent.provider_id.empty());
  const auto status = channels::sms::parse_status(reply);
  FLEAD_ASSERT(!status.delivered || status.verdict == channels::Verdict::sent);
  FLEAD_ASSERT(valid_utf8(channels::sms::parse_balance(config, reply).says));
  channels::sms::parse_amount(input);
  channels::sms::Callback callback;
  callback.status = callback.id = callback.md5 = std::string(input);
  FLEAD_ASSERT(!channels::sms::verify(callback, "word"));
  channels::sms::parse_callback(callback);
  const auto length = channels::sms_length(input);
  FLEAD_ASSERT(length.segments <= length.units);
  FLEAD_ASSERT(length.units <= 153 * length.segments + 7);
}

}  // namespace flead
