#include "core/base/limits.h"
#include "core/channels/identity.h"

namespace flead::channels {
namespace {

#define FLEAD_IDENTITY_COLUMNS                                                            \
  "id, tenant_id, lead_id, channel_id, channel_kind, address, name, handle, closed_why, " \
  "inbound_at_ms, created_at_ms, updated_at_ms"

Identity read_identity(const store::Row& row) {
  Identity identity;
  identity.id = row.id<IdentityId>(0);
  identity.tenant = row.id<TenantId>(1);
  identity.lead = row.id<LeadId>(2);
  identity.channel = row.id<ChannelId>(3);
  identity.channel_kind = row.string(4);
  identity.address = row.string(5);
  identity.name = row.string(6);
  identity.handle = row.string(7);
  identity.closed_why = row.string(8);
  identity.inbound_at = row.integer_or_null(9);
  identity.created_at = row.integer(10);
  identity.updated_at = row.integer(11);
  return identity;
}

}  // namespace

Result<std::vector<Identity>> identities_of(store::Tx& tx, const LeadId& lead) {
  return tx.all("SELECT " FLEAD_IDENTITY_COLUMNS R"sql( FROM identities
      WHERE lead_id = $1 ORDER BY id LIMIT $2
  )sql",
                read_identity, lead, k_channels_max);
}

Result<std::optional<Identity>> find_identity(store::Tx& tx, const ChannelId& channel,
                                              std::string_view address) {
  return tx.maybe("SELECT " FLEAD_IDENTITY_COLUMNS
                  " FROM identities WHERE channel_id = $1 AND address = $2",
                  read_identity, channel, address);
}

Result<std::vector<Identity>> closed_at(store::Tx& tx, const TenantId& tenant,
                                        const std::array<std::string, 3>& addresses) {
  return tx.all("SELECT " FLEAD_IDENTITY_COLUMNS R"sql( FROM identities
      WHERE channel_id IN (SELECT id FROM channels WHERE tenant_id = $1)
        AND address IN ($2, $3, $4) AND closed_why <> '' ORDER BY id LIMIT $5
  )sql",
                read_identity, tenant, addresses[0], addresses[1], addresses[2], k_channels_max);
}

Result<Identity> link_identity(World& world, store::Tx& tx, const Channel& channel,
                               const LeadId& lead, std::string_view address, std::string_view name,
                               std::string_view handle) {
  const TimeMs now = world.clock.now();
  FLEAD_CHECK(tx.exec(R"sql(
      DELETE FROM identities WHERE lead_id = $1 AND channel_id = $2 AND address <> $3
  )sql",
                      lead, channel.id, address));
  return tx.one(R"sql(
      INSERT INTO identities (id, tenant_id, lead_id, channel_id, channel_kind, address, name,
                              handle, closed_why, inbound_at_ms, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', NULL, $9, $9)
      ON CONFLICT (channel_id, address) DO UPDATE
        SET lead_id = excluded.lead_id, closed_why = '', updated_at_ms = excluded.updated_at_ms,
            name = CASE WHEN excluded.name = '' THEN identities.name ELSE excluded.name END,
            handle = CASE WHEN excluded.handle = '' THEN identities.handle ELSE excluded.handle END
      RETURNING )sql" FLEAD_IDENTITY_COLUMNS,
                read_identity, new_id<IdentityIdTag>(world), channel.tenant, lead, channel.id,
                channel.kind, address, name, handle, now);
}

Status touch_identity(World& world, store::Tx& tx, const IdentityId& id, TimeMs at) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE identities SET inbound_at_ms = $2, updated_at_ms = $3
      WHERE id = $1 AND (inbound_at_ms IS NULL OR inbound_at_ms < $2)
  )sql",
                      id, at, world.clock.now()));
  return {};
}

Status close_identity(World& world, store::Tx& tx, const IdentityId& id, std::string_view why) {
  FLEAD_CHECK(tx.exec("UPDATE identities SET closed_why = $2, updated_at_ms = $3 WHERE id = $1", id,
                      why, world.clock.now()));
  return {};
}

#undef FLEAD_IDENTITY_COLUMNS

}  // namespace flead::channels
