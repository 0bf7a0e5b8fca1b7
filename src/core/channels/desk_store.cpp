#include "core/channels/desk_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace flead::channels::desk_store {

namespace {

#define FLEAD_THREAD_COLUMNS                                                                    \
  "id, tenant_id, lead_id, channel_id, contact, conversation, introduced, state, wanted, why, " \
  "told, created_at_ms, updated_at_ms"

DeskThread read_thread_row(const store::Row& row) {
  DeskThread thread;
  thread.id = row.id<DeskThreadId>(0);
  thread.tenant = row.id<TenantId>(1);
  thread.lead = row.id<LeadId>(2);
  thread.channel = row.id<ChannelId>(3);
  thread.contact = row.string(4);
  thread.conversation = row.string(5);
  thread.introduced = row.flag(6);
  thread.state = row.string(7);
  thread.wanted = row.string(8);
  thread.why = row.string(9);
  thread.told = row.string(10);
  thread.created_at = row.integer(11);
  thread.updated_at = row.integer(12);
  return thread;
}

ChatLine read_their_line(const store::Row& row) {
  ChatLine line;
  line.id = row.string(0);
  line.kind = row.string(1);
  line.channel_kind = row.string(2);
  line.text = row.string(3);
  line.at = row.integer(4);
  return line;
}

ChatLine read_our_line(const store::Row& row) {
  ChatLine line = read_their_line(row);
  line.ours = true;
  return line;
}

}  // namespace

Result<std::optional<DeskThread>> by_lead(store::Tx& tx, const LeadId& lead) {
  return tx.maybe("SELECT " FLEAD_THREAD_COLUMNS " FROM desk_threads WHERE lead_id = $1",
                  read_thread_row, lead);
}

Result<std::optional<DeskThread>> by_conversation(store::Tx& tx, const ChannelId& channel,
                                                  std::string_view conversation) {
  return tx.maybe("SELECT " FLEAD_THREAD_COLUMNS R"sql( FROM desk_threads
      WHERE channel_id = $1 AND conversation = $2 AND conversation <> ''
      ORDER BY id DESC LIMIT 1
  )sql",
                  read_thread_row, channel, conversation);
}

Status insert(store::Tx& tx, const DeskThread& thread) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO desk_threads (id, tenant_id, lead_id, channel_id, contact, conversation,
                                introduced, state, wanted, why, told, checked_at_ms,
                                created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, '', '', 0, 'open', '', $5, $6, $7, $7, $7)
  )sql",
                      thread.id, thread.tenant, thread.lead, thread.channel, thread.why,
                      thread.told, thread.created_at));
  return {};
}

Status set_place(store::Tx& tx, const DeskThread& thread, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE desk_threads SET contact = $2, conversation = $3, introduced = $4, updated_at_ms = $5
      WHERE id = $1
  )sql",
                      thread.id, thread.contact, thread.conversation, thread.introduced ? 1 : 0,
                      now));
  return {};
}

Status set_wanted(store::Tx& tx, const DeskThreadId& id, std::string_view wanted,
                  std::string_view why, TimeMs now) {
  FLEAD_CHECK(
      tx.exec("UPDATE desk_threads SET wanted = $2, why = $3, updated_at_ms = $4 WHERE id = $1", id,
              wanted, why, now));
  return {};
}

Status set_told(store::Tx& tx, const DeskThreadId& id, std::string_view told, TimeMs now) {
  FLEAD_CHECK(
      tx.exec("UPDATE desk_threads SET told = $2, updated_at_ms = $3 WHERE id = $1 AND told < $2",
              id, told, now));
  return {};
}

Status set_woken(store::Tx& tx, const DeskThreadId& id, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE desk_threads SET state = 'open', updated_at_ms = $2
      WHERE id = $1 AND state IN ('resolved', 'snoozed')
  )sql",
                      id, now));
  return {};
}

Status end_wanted(store::Tx& tx, const DeskThreadId& id, std::string_view told, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE desk_threads SET wanted = '', state = $2, updated_at_ms = $3
      WHERE id = $1 AND wanted = $2
  )sql",
                      id, told, now));
  return {};
}

Status set_state(store::Tx& tx, const DeskThreadId& id, std::string_view state, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE desk_threads SET state = $2, updated_at_ms = $3 WHERE id = $1", id,
                      state, now));
  return {};
}

Status remove(store::Tx& tx, const DeskThreadId& id) {
  FLEAD_CHECK(tx.exec("DELETE FROM desk_answers WHERE thread_id = $1", id));
  FLEAD_CHECK(tx.exec("DELETE FROM desk_threads WHERE id = $1", id));
  return {};
}

Result<std::vector<ChatLine>> lines_after(store::Tx& tx, const DeskThread& thread,
                                          std::int64_t limit) {
  FLEAD_TRY(auto theirs, tx.all(R"sql(
      SELECT id, kind, channel_kind, body, received_at_ms FROM inbound
      WHERE lead_id = $1 AND id > 'inb_' || $2 AND (kind <> 'start' OR body <> '')
      ORDER BY id LIMIT $3
  )sql",
                                read_their_line, thread.lead, thread.told, limit));
  // An operator's answer stands there already; the message that took it over from a channel that
  // failed is known by the answer, the others by their key.
  FLEAD_TRY(auto ours, tx.all(R"sql(
      SELECT id, template, channel_kind, body_text, created_at_ms FROM messages
      WHERE lead_id = $1 AND id > 'msg_' || $2
        AND (unique_key IS NULL OR SUBSTR(unique_key, 1, 5) <> 'desk:')
        AND NOT EXISTS (SELECT 1 FROM desk_answers WHERE desk_answers.message_id = messages.id)
      ORDER BY id LIMIT $3
  )sql",
                              read_our_line, thread.lead, thread.told, limit));
  std::vector<ChatLine> lines;
  std::merge(std::move_iterator(theirs.begin()), std::move_iterator(theirs.end()),
             std::move_iterator(ours.begin()), std::move_iterator(ours.end()),
             std::back_inserter(lines), [](const ChatLine& one, const ChatLine& other) {
               return id_suffix(one.id) < id_suffix(other.id);
             });
  if (lines.size() > static_cast<std::size_t>(limit)) {
    lines.resize(static_cast<std::size_t>(limit));
  }
  return lines;
}

Result<std::string> line_before_last_words(store::Tx& tx, const LeadId& lead) {
  const auto suffix = [](const store::Row& row) { return std::string(id_suffix(row.text(0))); };
  FLEAD_TRY(const auto last, tx.maybe(R"sql(
      SELECT id FROM inbound WHERE lead_id = $1 AND (kind <> 'start' OR body <> '')
      ORDER BY id DESC LIMIT 1
  )sql",
                                      suffix, lead));
  const std::string before = last.value_or("~");  // behind every id
  FLEAD_TRY(const auto theirs, tx.maybe(R"sql(
      SELECT id FROM inbound WHERE lead_id = $1 AND id < 'inb_' || $2 ORDER BY id DESC LIMIT 1
  )sql",
                                        suffix, lead, before));
  FLEAD_TRY(const auto ours, tx.maybe(R"sql(
      SELECT id FROM messages WHERE lead_id = $1 AND id < 'msg_' || $2 ORDER BY id DESC LIMIT 1
  )sql",
                                      suffix, lead, before));
  return std::max(theirs.value_or(""), ours.value_or(""));
}

Result<bool> insert_answer(store::Tx& tx, const DeskAnswer& answer, TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      INSERT INTO desk_answers (channel_id, answer, thread_id, message_id, error, told,
                                created_at_ms)
      VALUES ($1, $2, $3, '', '', '', $4) ON CONFLICT (channel_id, answer) DO NOTHING
  )sql",
                                        answer.channel, answer.answer, answer.thread, now));
  return changed == 1;
}

Status set_answer(store::Tx& tx, const DeskAnswer& answer) {
  FLEAD_CHECK(tx.exec(
      "UPDATE desk_answers SET message_id = $3, error = $4 WHERE channel_id = $1 AND answer = $2",
      answer.channel, answer.answer, answer.message, answer.error));
  return {};
}

Status move_answer(store::Tx& tx, const MessageId& from, const MessageId& to) {
  FLEAD_CHECK(tx.exec("UPDATE desk_answers SET message_id = $2 WHERE message_id = $1", from, to));
  return {};
}

Result<std::vector<Fate>> untold_fates(store::Tx& tx, const DeskThreadId& thread,
                                       std::int64_t limit) {
  return tx.all(R"sql(
      SELECT answer, fate, error FROM (
        SELECT desk_answers.answer AS answer, desk_answers.told AS told,
               CASE WHEN desk_answers.message_id = '' THEN 'failed'
                    WHEN messages.state = 'delivered' THEN 'delivered'
                    WHEN messages.state = 'read' THEN 'read'
                    WHEN messages.state IN ('unreachable', 'rejected', 'cancelled', 'ambiguous')
                    THEN 'failed' ELSE '' END AS fate,
               CASE WHEN desk_answers.message_id = '' THEN desk_answers.error
                    ELSE messages.provider_says END AS error
        FROM desk_answers LEFT JOIN messages ON messages.id = desk_answers.message_id
        WHERE desk_answers.thread_id = $1
      ) AS answers
      WHERE fate <> '' AND fate <> told ORDER BY answer LIMIT $2
  )sql",
                [](const store::Row& row) {
                  return Fate{row.string(0), row.string(1), row.string(2)};
                },
                thread, limit);
}

Status set_fate_told(store::Tx& tx, const ChannelId& channel, std::string_view answer,
                     std::string_view state) {
  FLEAD_CHECK(tx.exec("UPDATE desk_answers SET told = $3 WHERE channel_id = $1 AND answer = $2",
                      channel, answer, state));
  return {};
}

Result<std::vector<DeskThread>> to_check(store::Tx& tx, const ChannelId& channel,
                                         TimeMs checked_before, std::int64_t limit) {
  return tx.all("SELECT " FLEAD_THREAD_COLUMNS R"sql( FROM desk_threads
      WHERE channel_id = $1 AND state <> 'resolved' AND conversation <> ''
        AND checked_at_ms < $2
      ORDER BY checked_at_ms LIMIT $3
  )sql",
                read_thread_row, channel, checked_before, limit);
}

Status set_checked(store::Tx& tx, const DeskThreadId& id, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE desk_threads SET checked_at_ms = $2 WHERE id = $1", id, now));
  return {};
}

#undef FLEAD_THREAD_COLUMNS

}  // namespace flead::channels::desk_store
