#include "core/groups/groups_store.h"

#include <string>

#include "core/base/limits.h"

namespace flead::groups::groups_store {

namespace {

constexpr std::string_view k_group_columns = R"sql(
    SELECT g.id, g.tenant_id, g.slug, g.name, g.size, g.created_at_ms,
           COALESCE((SELECT MAX(s.round) FROM group_seats s WHERE s.group_id = g.id), 0)
    FROM groups g
)sql";
constexpr std::int64_t k_groups_max = 1000;  // of one tenant

Group read_group(const store::Row& row) {
  Group group;
  group.id = row.id<GroupId>(0);
  group.tenant = row.id<TenantId>(1);
  group.slug = row.string(2);
  group.name = row.string(3);
  group.size = row.integer(4);
  group.created_at = row.integer(5);
  group.rounds = row.integer(6);
  return group;
}

}  // namespace

Result<bool> insert(store::Tx& tx, const Group& group) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      INSERT INTO groups (id, tenant_id, slug, name, size, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, slug) DO NOTHING
  )sql",
                    group.id, group.tenant, group.slug, group.name, group.size, group.created_at));
  return changed == 1;
}

Status lock(store::Tx& tx, const GroupId& group) {
  FLEAD_CHECK(tx.exec("UPDATE groups SET size = size WHERE id = $1", group));
  return {};
}

Result<std::optional<Group>> by_slug(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  return tx.maybe(std::string(k_group_columns) + "WHERE g.tenant_id = $1 AND g.slug = $2",
                  read_group, tenant, slug);
}

Result<std::vector<Group>> of_tenant(store::Tx& tx, const TenantId& tenant) {
  return tx.all(std::string(k_group_columns) + "WHERE g.tenant_id = $1 ORDER BY g.slug LIMIT $2",
                read_group, tenant, k_groups_max);
}

Result<std::vector<Member>> members(store::Tx& tx, const GroupId& group) {
  return tx.all(
      R"sql(
      SELECT m.lead_id, l.name, m.active FROM group_members m JOIN leads l ON l.id = m.lead_id
      WHERE m.group_id = $1 ORDER BY m.place, m.lead_id LIMIT $2
  )sql",
      [](const store::Row& row) {
        return Member{row.id<LeadId>(0), row.string(1), row.flag(2)};
      },
      group, static_cast<std::int64_t>(k_group_members_max));
}

Status put_member(store::Tx& tx, const GroupId& group, const LeadId& lead, std::int64_t place) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO group_members (group_id, lead_id, place, active) VALUES ($1, $2, $3, 1)
      ON CONFLICT (group_id, lead_id) DO UPDATE SET active = 1
  )sql",
                      group, lead, place));
  return {};
}

Result<bool> set_active(store::Tx& tx, const GroupId& group, const LeadId& lead, bool active) {
  FLEAD_TRY(const auto changed,
            tx.exec("UPDATE group_members SET active = $3 WHERE group_id = $1 AND lead_id = $2",
                    group, lead, active ? 1 : 0));
  return changed == 1;
}

Status seat(store::Tx& tx, const GroupId& group, std::int64_t round, std::int64_t table,
            const LeadId& lead) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO group_seats (group_id, round, seat_table, lead_id) VALUES ($1, $2, $3, $4)
  )sql",
                      group, round, table, lead));
  return {};
}

Result<std::vector<Seat>> seats(store::Tx& tx, const GroupId& group,
                                std::optional<std::int64_t> round) {
  std::string sql = R"sql(
      SELECT s.round, s.seat_table, s.lead_id, l.name, COALESCE(m.active, 0)
      FROM group_seats s JOIN leads l ON l.id = s.lead_id
      LEFT JOIN group_members m ON m.group_id = s.group_id AND m.lead_id = s.lead_id
      WHERE s.group_id = $1 AND )sql";
  sql += round ? "s.round = $2" : "CAST($2 AS BIGINT) IS NULL";
  sql += " ORDER BY s.round, s.seat_table, COALESCE(m.place, 0), s.lead_id LIMIT $3";
  return tx.all(
      sql,
      [](const store::Row& row) {
        return Seat{row.integer(0), row.integer(1),
                    Member{row.id<LeadId>(2), row.string(3), row.flag(4)}};
      },
      group, round, static_cast<std::int64_t>(k_group_members_max * k_group_rounds_max));
}

Result<std::optional<std::string>> record(store::Tx& tx, const GroupId& group, std::int64_t round,
                                          std::int64_t table) {
  return tx.maybe(
      "SELECT text FROM group_records WHERE group_id = $1 AND round = $2 AND seat_table = $3",
      [](const store::Row& row) { return row.string(0); }, group, round, table);
}

Status put_record(store::Tx& tx, const GroupId& group, std::int64_t round, std::int64_t table,
                  std::string_view text, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO group_records (group_id, round, seat_table, text, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (group_id, round, seat_table)
      DO UPDATE SET text = EXCLUDED.text, updated_at_ms = EXCLUDED.updated_at_ms
  )sql",
                      group, round, table, text, now));
  return {};
}

Result<std::vector<PersonRecord>> records_with(store::Tx& tx, const LeadId& lead) {
  return tx.all(
      R"sql(
      SELECT r.group_id, r.round, r.seat_table, r.text
      FROM group_seats s JOIN group_records r ON r.group_id = s.group_id AND r.round = s.round
                                            AND r.seat_table = s.seat_table
      WHERE s.lead_id = $1 ORDER BY r.group_id, r.round LIMIT $2
  )sql",
      [](const store::Row& row) {
        return PersonRecord{row.id<GroupId>(0), row.integer(1), row.integer(2), row.string(3)};
      },
      lead, static_cast<std::int64_t>(k_group_rounds_max));
}

Status erase_person(store::Tx& tx, const LeadId& lead) {
  FLEAD_CHECK(tx.exec("DELETE FROM group_seats WHERE lead_id = $1", lead));
  FLEAD_CHECK(tx.exec("DELETE FROM group_members WHERE lead_id = $1", lead));
  return {};
}

}  // namespace flead::groups::groups_store
