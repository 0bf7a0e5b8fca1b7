#include "core/channels/inbox_store.h"

#include <cstdint>

namespace flead::channels {
namespace {

#define FLEAD_CALLBACK_COLUMNS                                                         \
  "id, tenant_id, channel_id, dedupe_key, origin, body, state, told, received_at_ms, " \
  "read_at_ms"
#define FLEAD_INBOUND_COLUMNS                                                            \
  "id, tenant_id, lead_id, channel_id, channel_kind, kind, body, payload, provider_id, " \
  "sent_at_ms, received_at_ms"

Callback read_row(const store::Row& row) {
  Callback callback;
  callback.id = row.string(0);
  callback.tenant = row.id<TenantId>(1);
  callback.channel = row.id<ChannelId>(2);
  callback.delivery_id = row.string(3);
  callback.origin = row.string(4);
  callback.body = row.string(5);
  callback.state = row.string(6);
  callback.told = row.string(7);
  callback.received_at = row.integer(8);
  callback.read_at = row.integer_or_null(9);
  return callback;
}

InboundMessage read_inbound(const store::Row& row) {
  InboundMessage message;
  message.id = row.id<InboundId>(0);
  message.tenant = row.id<TenantId>(1);
  message.lead = row.id<LeadId>(2);
  message.channel = row.id<ChannelId>(3);
  message.channel_kind = row.string(4);
  message.kind = row.string(5);
  message.body = row.string(6);
  message.payload = row.string(7);
  message.provider_id = row.string(8);
  message.sent_at = row.integer(9);
  message.received_at = row.integer(10);
  return message;
}

}  // namespace

Result<std::vector<Callback>> list_callbacks(store::Tx& tx, const TenantId& tenant,
                                             const CallbackFilter& filter) {
  return tx.all("SELECT " FLEAD_CALLBACK_COLUMNS R"sql( FROM callbacks
      WHERE tenant_id = $1 AND ($2 = '' OR channel_id = $2) AND ($3 = '' OR state = $3)
        AND ($4 = '' OR id < $4) AND received_at_ms >= $5 AND received_at_ms < $6
      ORDER BY id DESC LIMIT $7
  )sql",
                read_row, tenant, filter.channel_id, filter.state, filter.before_id,
                filter.since.value_or(INT64_MIN), filter.until.value_or(INT64_MAX), filter.limit);
}

Result<std::vector<InboundMessage>> inbound_of(store::Tx& tx, const LeadId& lead,
                                               std::string_view before_id, std::int64_t limit) {
  return tx.all("SELECT " FLEAD_INBOUND_COLUMNS R"sql( FROM inbound
      WHERE lead_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3
  )sql",
                read_inbound, lead, before_id, limit);
}

Result<bool> wrote_since(store::Tx& tx, const LeadId& lead, TimeMs since) {
  FLEAD_TRY(const auto found,
            tx.maybe(
                "SELECT 1 FROM inbound WHERE lead_id = $1 AND received_at_ms >= $2 "
                "AND (kind <> 'start' OR body <> '') LIMIT 1",
                [](const store::Row&) { return true; }, lead, since));
  return found.has_value();
}

namespace inbox_store {

Result<bool> insert_callback(store::Tx& tx, const Callback& callback) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      INSERT INTO callbacks (id, tenant_id, channel_id, dedupe_key, origin, body, state, told,
                             received_at_ms, read_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, 'waiting', '', $7, NULL)
      ON CONFLICT (channel_id, dedupe_key) DO NOTHING
  )sql",
                    callback.id, callback.tenant, callback.channel, callback.delivery_id,
                    callback.origin, store::Bytes{callback.body}, callback.received_at));
  return changed == 1;
}

Result<std::optional<Callback>> callback_by_id(store::Tx& tx, std::string_view id) {
  return tx.maybe("SELECT " FLEAD_CALLBACK_COLUMNS " FROM callbacks WHERE id = $1", read_row, id);
}

Status end_callback(store::Tx& tx, std::string_view id, std::string_view state,
                    std::string_view told, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE callbacks SET state = $2, told = $3, read_at_ms = $4 WHERE id = $1",
                      id, state, told, now));
  return {};
}

Status reopen_callback(store::Tx& tx, std::string_view id) {
  FLEAD_CHECK(tx.exec("UPDATE callbacks SET state = 'waiting' WHERE id = $1", id));
  return {};
}

Result<bool> insert_inbound(store::Tx& tx, const InboundMessage& message,
                            std::string_view event_key) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      INSERT INTO inbound (id, tenant_id, lead_id, channel_id, channel_kind, event_key, kind, body,
                           payload, provider_id, sent_at_ms, received_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      ON CONFLICT (channel_id, event_key) DO NOTHING
  )sql",
                    message.id, message.tenant, message.lead, message.channel, message.channel_kind,
                    event_key, message.kind, message.body, message.payload, message.provider_id,
                    message.sent_at, message.received_at));
  return changed == 1;
}

}  // namespace inbox_store

#undef FLEAD_CALLBACK_COLUMNS
#undef FLEAD_INBOUND_COLUMNS

}  // namespace flead::channels
