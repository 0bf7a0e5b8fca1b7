// The way in: whatever bytes a provider's call has, its kind makes events of them or none.
#include "core/base/text.h"
#include "core/channels/inbound.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(events) {
  channels::Account account;
  account.id = ChannelId("chn_x");
  account.secret = "700:token";
  account.hook_secret = "word";
  channels::HookCall call;
  call.method = "POST";
  call.body = std::string(input);
  for (const channels::Provider& provider : channels::providers()) {
    if (provider.parse_events == nullptr) continue;
    for (const channels::Inbound& event : provider.parse_events(input)) {
      FLEAD_ASSERT(!event.key.empty());
    }
    // Without a header nothing is genuine but what carries its proof in the body, which no fuzzer
    // guesses.
    FLEAD_ASSERT(!provider.verify(account, call).genuine || provider.kind == "vk");
    if (provider.parse_pull == nullptr) continue;
    channels::HttpReply reply;
    reply.status = 200;
    reply.body = std::string(input);
    Json state = Json::object();
    const channels::Pulled pulled = provider.parse_pull(reply, state);
    FLEAD_ASSERT(valid_utf8(pulled.delivery.says));
  }
}

}  // namespace flead
