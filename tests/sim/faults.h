// What can go wrong on the way to a provider and at it: refused and lost connections, gateways,
// garbage, and every row of the error tables of the providers' pages, in each provider's own words.
// Pure but for `chance`. Caller: Net in world.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/world.h"
#include "core/channels/transport.h"

namespace flead::sim {

struct Fault {
  bool acts = true;                          // the provider does what it was asked to do
  std::optional<channels::HttpReply> reply;  // what we hear of it; nothing: its own answer
};

// What a provider may say just now. A question writes to nobody, so it meets fewer refusals. A
// repeat of a message that VK has taken is refused for the hour or the account, never for its
// person or its text: VK looks for the first one before it looks at these.
enum class Asked { send, repeat, question };

// Mostly nothing at all.
Fault draw_fault(Random& chance, std::string_view kind, Asked asked);

struct SmtpFault {
  bool asks = true;   // the server asks for the message (354)
  bool takes = true;  // and keeps it
  channels::SmtpReply reply;
};
SmtpFault draw_smtp_fault(Random& chance);
SmtpFault smtp_accepts();
SmtpFault smtp_no_such_user();

}  // namespace flead::sim
