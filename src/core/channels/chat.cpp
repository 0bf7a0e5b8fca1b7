#include "core/channels/chat.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/desk.h"
#include "core/channels/route.h"

namespace flead::channels {
namespace {

// Ids begin with their time, whatever their prefix: behind it, those of both tables are one order.
bool is_newer_line(const ChatLine& one, const ChatLine& other) {
  return id_suffix(one.id) > id_suffix(other.id);
}

std::string id_before(std::string_view prefix, std::string_view before_id) {
  return before_id.empty() ? std::string() : id_from_suffix(prefix, id_suffix(before_id));
}

Result<std::string> checked_chat_words(std::string_view text) {
  if (!valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return refused_field("text", "characters_invalid", "This is not valid text.");
  }
  std::string words(trim(text));
  if (words.empty()) return refused_field("text", "text_required", "Say something.");
  if (utf8_length(words) > k_message_characters_max) {
    return refused_field("text", "too_long",
                         "At most " + std::to_string(k_message_characters_max) + " characters.");
  }
  return words;
}

// Where the person wrote last, while they may be answered there in free words.
Result<std::optional<ChannelId>> way_back(store::Tx& tx, const intake::Lead& lead, TimeMs now) {
  FLEAD_TRY(const auto last, inbound_of(tx, lead.id, "", 1));
  if (last.empty()) return std::optional<ChannelId>();
  FLEAD_TRY(const Channel channel, load_channel(tx, last.front().channel));
  FLEAD_TRY(const Person person, load_person(tx, lead, "service"));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, lead.tenant));
  const Reach found = reach(person, channel, policy, now);
  if (found.address.empty() || !found.window_open) return std::optional<ChannelId>();
  return std::optional<ChannelId>(channel.id);
}

}  // namespace

ChatLine line_of(const InboundMessage& message) {
  ChatLine line;
  line.id = message.id.text();
  line.kind = message.kind;
  line.channel = message.channel;
  line.channel_kind = message.channel_kind;
  line.text = message.body;
  line.at = message.received_at;
  line.sent_at = message.sent_at;
  return line;
}

ChatLine line_of(const Message& message) {
  ChatLine line;
  line.id = message.id.text();
  line.ours = true;
  line.kind = message.template_name;
  line.channel = message.channel;
  line.channel_kind = message.channel_kind;
  line.subject = message.subject;
  line.text = trim(message.body_text);  // as a mail it ends with a line end
  line.state = message.state;
  line.provider_says = message.provider_says;
  line.at = message.created_at;
  line.sent_at = message.sent_at;
  line.delivered_at = message.delivered_at;
  line.read_at = message.read_at;
  return line;
}

std::vector<ChatLine> merge_lines(std::vector<ChatLine> theirs, std::vector<ChatLine> ours,
                                  std::size_t limit) {
  std::vector<ChatLine> lines;
  lines.reserve(theirs.size() + ours.size());
  std::merge(std::move_iterator(theirs.begin()), std::move_iterator(theirs.end()),
             std::move_iterator(ours.begin()), std::move_iterator(ours.end()),
             std::back_inserter(lines), is_newer_line);
  if (lines.size() > limit) lines.resize(limit);
  std::reverse(lines.begin(), lines.end());
  return lines;
}

bool is_line_id(std::string_view text) {
  return is_id(text, InboundIdTag::k_prefix) || is_id(text, MessageIdTag::k_prefix);
}

Result<ChatPage> read_thread(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                             std::string_view before_id, std::int64_t limit) {
  const std::int64_t wanted = limit + 1;  // one more: is there an earlier one?
  FLEAD_TRY(const auto inbound,
            inbound_of(tx, lead, id_before(InboundIdTag::k_prefix, before_id), wanted));
  std::vector<ChatLine> theirs;
  for (const InboundMessage& message : inbound) theirs.push_back(line_of(message));
  FLEAD_TRY(auto ours,
            lines_of_ours(tx, tenant, lead, id_before(MessageIdTag::k_prefix, before_id), wanted));
  ChatPage page;
  page.lines = merge_lines(std::move(theirs), std::move(ours), static_cast<std::size_t>(wanted));
  page.has_earlier = page.lines.size() == static_cast<std::size_t>(wanted);
  if (page.has_earlier) page.lines.erase(page.lines.begin());
  return page;
}

Result<ChatLine> send_words(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                            const intake::Lead& lead, const ChatWords& words) {
  FLEAD_TRY(std::string text, checked_chat_words(words.text));
  NewMessage message;
  message.template_name = "chat.text";
  message.variables = {{"tenant", tenant.name}, {"text", std::move(text)}};
  if (!words.unique_key.empty()) message.unique_key = words.unique_key;
  FLEAD_TRY(message.via, way_back(tx, lead, app.world.clock.now()));
  FLEAD_TRY(const auto queued, send_to_lead(app, tx, tenant, lead, message));
  if (!queued) {
    return refused("unroutable", "No channel of yours reaches this person",
                   "flead route explain says why");
  }
  FLEAD_CHECK(intake::human_came(app.world, tx, tenant.id, lead.id, words.actor));
  return line_of(*queued);
}

Status finish_thread(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                     std::string_view actor) {
  FLEAD_CHECK(intake::human_came(world, tx, tenant, lead, actor));
  FLEAD_CHECK(close_desk(world, tx, lead));
  FLEAD_TRY(const bool waits, is_unanswered(tx, lead));
  if (!waits) return {};
  return intake::add_event(world, tx, tenant, lead, "chat.done", actor, Json::object());
}

Json to_json(const ChatLine& line) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", line.id},
                       {"from", line.ours ? "us" : "lead"},
                       {"kind", line.kind},
                       {"channel", line.channel_kind},
                       {"channel_id", line.channel.text()},
                       {"subject", line.subject},
                       {"text", line.text},
                       {"state", line.ours ? Json(line.state) : Json()},
                       {"provider_says", line.provider_says},
                       {"at", format_time(line.at)},
                       {"sent_at", time(line.sent_at)},
                       {"delivered_at", time(line.delivered_at)},
                       {"read_at", time(line.read_at)}});
}

Json to_json(const ChatThread& thread) {
  Json out = Json::object({{"id", thread.id.text()},
                           {"lead", thread.lead.text()},
                           {"name", thread.name},
                           {"channel", thread.channel_kind},
                           {"channel_id", thread.channel.text()},
                           {"kind", thread.kind},
                           {"text", thread.text},
                           {"at", format_time(thread.at)},
                           {"unanswered", thread.unanswered}});
  out.set("needs_human_at",
          thread.needs_human_at ? Json(format_time(*thread.needs_human_at)) : Json());
  out.set("needs_human_why",
          thread.needs_human_why.empty() ? Json() : Json(thread.needs_human_why));
  return out;
}

}  // namespace flead::channels
