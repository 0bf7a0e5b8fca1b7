#include "core/base/text.h"
#include "core/channels/email.h"
#include "fuzz/fuzz.h"

namespace flead {

// The first bytes choose stage and code, the rest is what the server said, and a header value.
FLEAD_FUZZ(smtp_reply) {
  using Stage = channels::SmtpReply::Stage;
  channels::SmtpReply reply;
  if (input.size() > 2) {
    reply.stage = static_cast<Stage>(static_cast<unsigned char>(input[0]) % 10);
    reply.code = static_cast<unsigned char>(input[1]) * 4;
    reply.may_have_acted = input[2] % 2 == 1;
  }
  reply.says = std::string(input);
  const auto delivery = channels::email::parse_smtp(reply);
  FLEAD_ASSERT((delivery.verdict == channels::Verdict::sent) == (reply.stage == Stage::done));
  FLEAD_ASSERT(valid_utf8(delivery.says));

  channels::email::Config config;
  config.from = "hi@acme.test";
  config.base_url = "smtps://mail.acme.test:465";
  channels::Outgoing message;
  message.id = MessageId("msg_1");
  message.address = "anna@example.test";
  message.person = message.sender = message.subject = message.text = message.html =
      std::string(input);
  const auto built = channels::email::build_send(config, message);
  FLEAD_ASSERT(built);
  const std::string& data = built->data;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto byte = static_cast<unsigned char>(data[i]);
    FLEAD_ASSERT(byte < 0x80 && byte != 0);
    if (data[i] == '\n') FLEAD_ASSERT(i > 0 && data[i - 1] == '\r');
    if (data[i] == '\r') FLEAD_ASSERT(i + 1 < data.size() && data[i + 1] == '\n');
  }
  const std::string head = data.substr(0, data.find("\r\n\r\n"));
  FLEAD_ASSERT(head.find("Content-Type: multipart/alternative") != std::string::npos);
  message.address = std::string(input);
  const auto odd = channels::email::build_send(config, message);
  FLEAD_ASSERT(!odd || channels::email::valid_address(input));
}

}  // namespace flead
