// Conversations: one thread per lead over all channels, of what the person wrote (the inbox) and
// what we sent (the outbox), and an operator's own words into it. Callers: `flead chat ...`,
// /api/v1/leads/{id}/chat. Nothing here calls a provider: words are queued as any other message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/channels/inbox.h"
#include "core/channels/outbox.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

// One turn of a thread.
struct ChatLine {
  std::string id;  // inb_… or msg_…
  bool ours = false;
  std::string kind;  // text button start contact; of ours the template that it was made of
  ChannelId channel;
  std::string channel_kind;
  std::string subject, text;
  std::string state, provider_says;  // of ours, as Message has them
  // When it came to us, or was queued. Lines stand in this order: what a slow provider tells late
  // is at the end, where somebody looks, and not within what has been read already.
  TimeMs at = 0;
  std::optional<TimeMs> sent_at;  // by the provider's clock; of ours when it was accepted
  std::optional<TimeMs> delivered_at, read_at;
};
ChatLine line_of(const InboundMessage& message);
ChatLine line_of(const Message& message);

// The newest `limit` of both, which are each newest first; the newest is last here. Pure.
std::vector<ChatLine> merge_lines(std::vector<ChatLine> theirs, std::vector<ChatLine> ours,
                                  std::size_t limit);

struct ChatPage {
  std::vector<ChatLine> lines;  // the newest is last
  bool has_earlier = false;     // they are before lines.front().id
};
bool is_line_id(std::string_view text);
// The newest lines before the line `before_id`, which need not be there; "" is the end of the
// thread.
Result<ChatPage> read_thread(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                             std::string_view before_id, std::int64_t limit);
// What we sent, newest first; older than `before_id` ("" is all). A part of read_thread.
Result<std::vector<ChatLine>> lines_of_ours(store::Tx& tx, const TenantId& tenant,
                                            const LeadId& lead, std::string_view before_id,
                                            std::int64_t limit);

// A lead that has written, by its last words. Opening a dialog (`start`) is none.
struct ChatThread {
  InboundId id;  // of the last words
  LeadId lead;
  std::string name;
  ChannelId channel;
  std::string channel_kind;
  std::string kind, text;
  TimeMs at = 0;
  // The person spoke last: since then nobody has written words of their own that may have arrived,
  // nor said that there is nothing to say. A greeting or a reminder that left by itself answers no
  // question.
  bool unanswered = false;
  std::optional<TimeMs> needs_human_at;
  std::string needs_human_why;
};
struct ThreadFilter {
  bool unanswered = false;  // only those
  std::string before_id;    // page key: last words older than this; "" is the newest page
  std::int64_t limit = k_page_default;
};
Result<std::vector<ChatThread>> list_threads(store::Tx& tx, const TenantId& tenant,
                                             const ThreadFilter& filter);  // newest words first
Result<bool> is_unanswered(store::Tx& tx, const LeadId& lead);

struct ChatWords {
  std::string text;
  std::string actor;
  // At most one message ever has it; "" is none. For words that somebody else's inbox tells us.
  std::string unique_key;
};
// An operator's own words, trimmed: by the channel of the person's last word while free text is
// allowed there, else by the route. Nobody need look at this lead any more. Errors (refused):
// text_required, too_long, characters_invalid; unroutable, and then nothing has changed.
Result<ChatLine> send_words(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                            const intake::Lead& lead, const ChatWords& words);
// Somebody has looked, and there is nothing to say: neither does the lead need a person, nor is it
// unanswered. The event `chat.done` where it was unanswered. Changes nothing the second time.
Status finish_thread(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                     std::string_view actor);

Json to_json(const ChatLine& line);
Json to_json(const ChatThread& thread);

}  // namespace flead::channels
