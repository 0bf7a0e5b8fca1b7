#include "core/channels/channels_store.h"

#include <utility>

#include "core/base/limits.h"

namespace flead::channels::channels_store {

namespace {

#define FLEAD_CHANNEL_COLUMNS                                                             \
  "id, tenant_id, kind, name, status, status_reason, config, sealed_secret IS NOT NULL, " \
  "hold_until_ms, created_at_ms, updated_at_ms, state"

Channel read_channel(const store::Row& row) {
  Channel channel;
  channel.id = row.id<ChannelId>(0);
  channel.tenant = row.id<TenantId>(1);
  channel.kind = row.string(2);
  channel.name = row.string(3);
  channel.status = row.string(4);
  channel.status_reason = row.string(5);
  // Our own writing; one that does not parse reads as empty and check_config says what it misses.
  auto config = parse_json(row.text(6));
  channel.config = config ? std::move(*config) : Json::object();
  channel.has_secret = row.flag(7);
  channel.hold_until = row.integer(8);
  channel.created_at = row.integer(9);
  channel.updated_at = row.integer(10);
  auto state = parse_json(row.text(11));
  channel.state = state ? std::move(*state) : Json::object();
  return channel;
}

}  // namespace

Result<std::optional<Channel>> insert(store::Tx& tx, const Channel& channel,
                                      const std::optional<std::string>& sealed) {
  std::optional<store::Bytes> secret;
  if (sealed) secret = store::Bytes{*sealed};
  return tx.maybe(R"sql(
      INSERT INTO channels (id, tenant_id, kind, name, status, status_reason, config, state,
                            sealed_secret, hold_until_ms, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, 'active', '', $5, $6, $7, 0, $8, $8)
      ON CONFLICT (tenant_id, name) WHERE status <> 'removed' DO NOTHING
      RETURNING )sql" FLEAD_CHANNEL_COLUMNS,
                  read_channel, channel.id, channel.tenant, channel.kind, channel.name,
                  channel.config.dump(), channel.state.dump(), secret, channel.created_at);
}

Result<std::optional<Channel>> by_id(store::Tx& tx, const ChannelId& id) {
  return tx.maybe("SELECT " FLEAD_CHANNEL_COLUMNS " FROM channels WHERE id = $1", read_channel, id);
}

Result<std::vector<Channel>> live(store::Tx& tx, const TenantId& tenant) {
  return tx.all("SELECT " FLEAD_CHANNEL_COLUMNS R"sql( FROM channels
      WHERE tenant_id = $1 AND status IN ('active', 'paused') ORDER BY id LIMIT $2
  )sql",
                read_channel, tenant, k_channels_max);
}

Result<std::optional<std::string>> sealed_secret(store::Tx& tx, const ChannelId& id) {
  FLEAD_TRY(auto found, tx.maybe(
                            "SELECT sealed_secret FROM channels WHERE id = $1",
                            [](const store::Row& row) { return row.string_or_null(0); }, id));
  return found ? std::move(*found) : std::nullopt;
}

Result<std::optional<Channel>> set_status(store::Tx& tx, const ChannelId& id,
                                          std::string_view status, std::string_view reason,
                                          TimeMs now) {
  return tx.maybe(R"sql(
      UPDATE channels SET status = $2, status_reason = $3, updated_at_ms = $4,
                          hold_until_ms = CASE WHEN $2 = 'active' THEN 0 ELSE hold_until_ms END
      WHERE id = $1 AND status <> 'removed'
      RETURNING )sql" FLEAD_CHANNEL_COLUMNS,
                  read_channel, id, status, reason, now);
}

Result<std::optional<Channel>> set_removed(store::Tx& tx, const ChannelId& id, TimeMs now) {
  return tx.maybe(R"sql(
      UPDATE channels SET status = 'removed', status_reason = '', sealed_secret = NULL,
                          updated_at_ms = $2
      WHERE id = $1 AND status <> 'removed'
      RETURNING )sql" FLEAD_CHANNEL_COLUMNS,
                  read_channel, id, now);
}

Result<std::optional<Channel>> set_state(store::Tx& tx, const ChannelId& id, const Json& state,
                                         TimeMs now) {
  return tx.maybe(R"sql(
      UPDATE channels SET state = $2, updated_at_ms = $3 WHERE id = $1 AND status <> 'removed'
      RETURNING )sql" FLEAD_CHANNEL_COLUMNS,
                  read_channel, id, state.dump(), now);
}

Result<std::optional<Channel>> set_config(store::Tx& tx, const ChannelId& id, const Json& config,
                                          TimeMs now) {
  return tx.maybe(R"sql(
      UPDATE channels SET config = $2, updated_at_ms = $3 WHERE id = $1 AND status <> 'removed'
      RETURNING )sql" FLEAD_CHANNEL_COLUMNS,
                  read_channel, id, config.dump(), now);
}

Status set_secret(store::Tx& tx, const ChannelId& id, std::string_view sealed, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE channels SET sealed_secret = $2, updated_at_ms = $3
      WHERE id = $1 AND status <> 'removed'
  )sql",
                      id, store::Bytes{std::string(sealed)}, now));
  return {};
}

Result<std::vector<Channel>> tended(store::Tx& tx, std::int64_t limit) {
  return tx.all("SELECT " FLEAD_CHANNEL_COLUMNS R"sql( FROM channels
      WHERE status <> 'removed' AND state <> '{}' ORDER BY id LIMIT $1
  )sql",
                read_channel, limit);
}

Status set_hold(store::Tx& tx, const ChannelId& id, TimeMs until) {
  FLEAD_CHECK(tx.exec("UPDATE channels SET hold_until_ms = $2 WHERE id = $1 AND hold_until_ms < $2",
                      id, until));
  return {};
}

Result<std::vector<Channel>> paused(store::Tx& tx, std::int64_t limit) {
  return tx.all("SELECT " FLEAD_CHANNEL_COLUMNS R"sql( FROM channels
      WHERE status = 'paused' ORDER BY id LIMIT $1
  )sql",
                read_channel, limit);
}

}  // namespace flead::channels::channels_store
