// The SQL of groups. Only groups.cpp calls it.
#pragma once

#include "core/groups/group.h"

namespace flead::groups::groups_store {

Result<bool> insert(store::Tx& tx, const Group& group);  // false: the slug is taken
Status lock(store::Tx& tx, const GroupId& group);        // two rounds are made one after the other
Result<std::optional<Group>> by_slug(store::Tx& tx, const TenantId& tenant, std::string_view slug);
Result<std::vector<Group>> of_tenant(store::Tx& tx, const TenantId& tenant);
Result<std::vector<Member>> members(store::Tx& tx, const GroupId& group);
Status put_member(store::Tx& tx, const GroupId& group, const LeadId& lead, std::int64_t place);
Result<bool> set_active(store::Tx& tx, const GroupId& group, const LeadId& lead, bool active);
Status seat(store::Tx& tx, const GroupId& group, std::int64_t round, std::int64_t table,
            const LeadId& lead);

struct Seat {
  std::int64_t round = 0, table = 0;
  Member person;
};
// Of one round, or of all: by round, table and person.
Result<std::vector<Seat>> seats(store::Tx& tx, const GroupId& group,
                                std::optional<std::int64_t> round);
Result<std::optional<std::string>> record(store::Tx& tx, const GroupId& group, std::int64_t round,
                                          std::int64_t table);
Status put_record(store::Tx& tx, const GroupId& group, std::int64_t round, std::int64_t table,
                  std::string_view text, TimeMs now);

struct PersonRecord {
  GroupId group;
  std::int64_t round = 0, table = 0;
  std::string text;
};
Result<std::vector<PersonRecord>> records_with(store::Tx& tx, const LeadId& lead);
Status erase_person(store::Tx& tx, const LeadId& lead);

}  // namespace flead::groups::groups_store
