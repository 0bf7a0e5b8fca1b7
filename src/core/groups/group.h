// Groups: people who meet in rounds at small tables (masterminds, peer groups, speed dating for
// founders). Who sits with whom is decided in rotation.h, what a table writes down is record.h. SQL
// in groups_store.cpp. Callers: `flead group`, person_store.cpp (forget).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/groups/record.h"
#include "core/intake/lead.h"

namespace flead::groups {

FLEAD_ID(GroupId, "grp");

struct Member {
  LeadId lead;
  std::string name;
  bool active = true;
};

struct Group {
  GroupId id;
  TenantId tenant;
  std::string slug, name;
  std::int64_t size = 2;
  std::int64_t rounds = 0;  // held so far
  TimeMs created_at = 0;
};

struct Table {
  std::int64_t round = 0, number = 0;
  std::vector<Member> people;
  bool recorded = false;
};

struct NewGroup {
  std::string slug, name;
  std::int64_t size = 2;
  std::vector<LeadId> members;
};
// Errors: slug_invalid, name_empty, size_invalid, too_many_members (refused), group_exists
// (conflict), lead_not_found.
Result<Group> form_group(World& world, store::Tx& tx, const TenantId& tenant,
                         const NewGroup& input);
// Comes in, or again; errors as above.
Status add_member(store::Tx& tx, const Group& group, const LeadId& lead);
// Not in coming rounds; whom they met stays known. member_not_found.
Status remove_member(store::Tx& tx, const Group& group, const LeadId& lead);

Result<Group> find_group(store::Tx& tx, const TenantId& tenant, std::string_view slug);
Result<std::vector<Group>> list_groups(store::Tx& tx, const TenantId& tenant);  // by slug
Result<std::vector<Member>> members_of(store::Tx& tx, const GroupId& group);

// The tables of the next round, stored. `absent` sit out this once. Errors: too_few (refused),
// too_many_rounds, member_not_found.
Result<std::vector<Table>> rotate(store::Tx& tx, const Group& group,
                                  const std::vector<LeadId>& absent);
// 0 is the newest. round_not_found.
Result<std::vector<Table>> tables_of(store::Tx& tx, const Group& group, std::int64_t round);
// Tells each of a round who sits with them, by first names. How many messages were made.
Result<std::int64_t> tell_round(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                const Group& group, const std::vector<Table>& tables);

// As it was written; where nothing was, an empty one to fill in. table_not_found.
Result<std::string> read_record(World& world, store::Tx& tx, const Group& group, std::int64_t round,
                                std::int64_t table, const Zone& zone, std::string_view language);
// Errors: table_not_found; too_long, text_invalid (refused).
Result<RecordSections> write_record(World& world, store::Tx& tx, const Group& group,
                                    std::int64_t round, std::int64_t table,
                                    std::string_view markdown);

// The person is in no group any more, and their name in no record.
Status forget_member(World& world, store::Tx& tx, const LeadId& lead, std::string_view name);

Json to_json(const Group& group);
Json to_json(const Member& member);
Json to_json(const Table& table);

}  // namespace flead::groups
