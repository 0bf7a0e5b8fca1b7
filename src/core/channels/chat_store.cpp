#include "core/base/text.h"
#include "core/channels/chat.h"

namespace flead::channels {
namespace {

// Whether somebody has spoken since the words `inbound`. Words of a person's own are made of two
// templates (`chat send` and the console; `message send`), and only count while they may have
// arrived. All ids have their time behind a prefix of four characters, so one id says what came
// after another.
#define FLEAD_ANSWERED                                                        \
  " (EXISTS (SELECT 1 FROM messages WHERE messages.lead_id = inbound.lead_id" \
  " AND messages.id > 'msg_' || SUBSTR(inbound.id, 5)"                        \
  " AND messages.template IN ('chat.text', 'message.text')"                   \
  " AND messages.state NOT IN ('unreachable', 'rejected', 'cancelled'))"      \
  " OR EXISTS (SELECT 1 FROM events WHERE events.lead_id = inbound.lead_id"   \
  " AND events.id > 'evt_' || SUBSTR(inbound.id, 5) AND events.kind = 'chat.done')) "

ChatLine read_our_line(const store::Row& row) {
  ChatLine line;
  line.ours = true;
  line.id = row.string(0);
  line.kind = row.string(1);
  line.channel = row.id<ChannelId>(2);
  line.channel_kind = row.string(3);
  line.subject = row.string(4);
  line.text = trim(row.text(5));
  line.state = row.string(6);
  line.provider_says = row.string(7);
  line.at = row.integer(8);
  line.sent_at = row.integer_or_null(9);
  line.delivered_at = row.integer_or_null(10);
  line.read_at = row.integer_or_null(11);
  return line;
}

ChatThread read_chat_thread(const store::Row& row) {
  ChatThread thread;
  thread.id = row.id<InboundId>(0);
  thread.lead = row.id<LeadId>(1);
  thread.name = row.string(2);
  thread.channel = row.id<ChannelId>(3);
  thread.channel_kind = row.string(4);
  thread.kind = row.string(5);
  thread.text = row.string(6);
  thread.at = row.integer(7);
  thread.needs_human_at = row.integer_or_null(8);
  thread.needs_human_why = row.string(9);
  thread.unanswered = row.flag(10);
  return thread;
}

}  // namespace

Result<std::vector<ChatLine>> lines_of_ours(store::Tx& tx, const TenantId& tenant,
                                            const LeadId& lead, std::string_view before_id,
                                            std::int64_t limit) {
  return tx.all(R"sql(
      SELECT id, template, channel_id, channel_kind, subject, body_text, state, provider_says,
             created_at_ms, sent_at_ms, delivered_at_ms, read_at_ms
      FROM messages
      WHERE lead_id = $1 AND tenant_id = $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4
  )sql",
                read_our_line, lead, tenant, before_id, limit);
}

// A walk over the tenant's words from the newest on, which stops with the page: each row asks the
// index of its lead whether it is the last one.
Result<std::vector<ChatThread>> list_threads(store::Tx& tx, const TenantId& tenant,
                                             const ThreadFilter& filter) {
  return tx.all(R"sql(
      SELECT inbound.id, inbound.lead_id, leads.name, inbound.channel_id, inbound.channel_kind,
             inbound.kind, inbound.body, inbound.received_at_ms, leads.needs_human_at_ms,
             leads.needs_human_why, CASE WHEN )sql" FLEAD_ANSWERED R"sql( THEN 0 ELSE 1 END
      FROM inbound JOIN leads ON leads.id = inbound.lead_id
      WHERE inbound.tenant_id = $1 AND ($2 = '' OR inbound.id < $2)
        AND (inbound.kind <> 'start' OR inbound.body <> '')
        AND NOT EXISTS (SELECT 1 FROM inbound AS later
                        WHERE later.lead_id = inbound.lead_id AND later.id > inbound.id
                          AND (later.kind <> 'start' OR later.body <> ''))
        AND ($3 = 0 OR NOT )sql" FLEAD_ANSWERED R"sql()
      ORDER BY inbound.id DESC LIMIT $4
  )sql",
                read_chat_thread, tenant, filter.before_id, filter.unanswered ? 1 : 0,
                filter.limit);
}

Result<bool> is_unanswered(store::Tx& tx, const LeadId& lead) {
  FLEAD_TRY(const auto last, tx.all(R"sql(
      SELECT CASE WHEN )sql" FLEAD_ANSWERED R"sql( THEN 0 ELSE 1 END
      FROM inbound WHERE lead_id = $1 AND (kind <> 'start' OR body <> '')
      ORDER BY id DESC LIMIT 1
  )sql",
                                    [](const store::Row& row) { return row.flag(0); }, lead));
  return !last.empty() && last.front();
}

#undef FLEAD_ANSWERED

}  // namespace flead::channels
