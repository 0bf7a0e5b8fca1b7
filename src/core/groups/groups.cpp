#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/offer_rules.h"
#include "core/channels/outbox.h"
#include "core/groups/group.h"
#include "core/groups/groups_store.h"
#include "core/groups/rotation.h"

namespace flead::groups {

namespace {

constexpr std::string_view k_erased_name = "…";
constexpr std::size_t k_name_erased_min = 2;  // characters: one letter is everywhere

Error no_table() {
  return not_found("table_not_found", "There is no such table in this round.",
                   "flead group show GROUP --round N");
}

std::string first_name(const std::string& name) {
  return name.substr(0, name.find(' '));
}

// Any letter beyond ASCII is part of a word here: a name must not be cut out of the middle of one.
bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

std::string without_word(std::string_view text, std::string_view word) {
  std::string out;
  if (utf8_length(word) < k_name_erased_min) return std::string(text);
  std::size_t from = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at)) {
    const std::size_t end = at + word.size();
    const bool whole = (at == 0 || !is_word_byte(text[at - 1])) &&
                       (end == text.size() || !is_word_byte(text[end]));
    if (whole) {
      out += text.substr(from, at - from);
      out += k_erased_name;
      from = end;
    }
    at = end;
  }
  out += text.substr(from);
  return out;
}

Result<std::vector<std::size_t>> who_comes(const std::vector<Member>& all,
                                           const std::vector<LeadId>& absent) {
  std::set<LeadId> missing(absent.begin(), absent.end());
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool away = missing.erase(all[i].lead) > 0;
    if (all[i].active && !away) present.push_back(i);
  }
  if (!missing.empty()) {
    return not_found("member_not_found",
                     fmt::format("{} is no member of this group.", missing.begin()->text()));
  }
  return present;
}

// Who has met whom, in all rounds.
Result<Meetings> history_of(store::Tx& tx, const Group& group, const std::vector<Member>& all) {
  std::map<LeadId, std::size_t> number;
  for (std::size_t i = 0; i < all.size(); ++i) number.emplace(all[i].lead, i);
  Meetings before(all.size());
  FLEAD_TRY(const auto seats, groups_store::seats(tx, group.id, std::nullopt));
  std::vector<std::size_t> table;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    const auto known = number.find(seats[i].person.lead);
    if (known != number.end()) table.push_back(known->second);
    const bool ends = i + 1 == seats.size() || seats[i + 1].round != seats[i].round ||
                      seats[i + 1].table != seats[i].table;
    if (!ends) continue;
    before.add(table);
    table.clear();
  }
  return before;
}

Result<Table> find_table(store::Tx& tx, const Group& group, std::int64_t round,
                         std::int64_t number) {
  FLEAD_TRY(auto tables, tables_of(tx, group, round));
  for (Table& table : tables) {
    if (table.number == number) return std::move(table);
  }
  return no_table();
}

}  // namespace

Result<Group> form_group(World& world, store::Tx& tx, const TenantId& tenant,
                         const NewGroup& input) {
  FLEAD_CHECK(booking::check_slug("group", input.slug));
  FLEAD_CHECK(booking::check_text("name", input.name, k_name_characters_max));
  if (input.size < 2 || input.size > static_cast<std::int64_t>(k_group_size_max)) {
    return refused_field("size", "size_invalid",
                         fmt::format("2 to {} sit together.", k_group_size_max));
  }
  Group group;
  group.id = new_id<GroupIdTag>(world);
  group.tenant = tenant;
  group.slug = input.slug;
  group.name = trim(input.name).empty() ? input.slug : input.name;
  group.size = input.size;
  group.created_at = world.clock.now();
  FLEAD_TRY(const bool made, groups_store::insert(tx, group));
  if (!made) {
    return conflict("group_exists", fmt::format("There is a group \"{}\" already.", input.slug),
                    "flead group add puts people into it");
  }
  for (const LeadId& lead : input.members) FLEAD_CHECK(add_member(tx, group, lead));
  return group;
}

Status add_member(store::Tx& tx, const Group& group, const LeadId& lead) {
  FLEAD_CHECK(intake::load(tx, group.tenant, lead));
  FLEAD_TRY(const auto all, groups_store::members(tx, group.id));
  const bool known =
      std::any_of(all.begin(), all.end(), [&](const Member& one) { return one.lead == lead; });
  if (!known && all.size() >= k_group_members_max) {
    return refused("too_many_members",
                   fmt::format("A group has at most {} people.", k_group_members_max));
  }
  return groups_store::put_member(tx, group.id, lead, static_cast<std::int64_t>(all.size()));
}

Status remove_member(store::Tx& tx, const Group& group, const LeadId& lead) {
  FLEAD_TRY(const bool known, groups_store::set_active(tx, group.id, lead, false));
  if (known) return {};
  return not_found("member_not_found", "This person is no member of the group.");
}

Result<Group> find_group(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  FLEAD_TRY(auto group, groups_store::by_slug(tx, tenant, slug));
  if (!group) {
    return not_found("group_not_found", "There is no such group.", "flead group list shows them");
  }
  return std::move(*group);
}

Result<std::vector<Group>> list_groups(store::Tx& tx, const TenantId& tenant) {
  return groups_store::of_tenant(tx, tenant);
}

Result<std::vector<Member>> members_of(store::Tx& tx, const GroupId& group) {
  return groups_store::members(tx, group);
}

Result<std::vector<Table>> rotate(store::Tx& tx, const Group& known,
                                  const std::vector<LeadId>& absent) {
  FLEAD_CHECK(groups_store::lock(tx, known.id));
  FLEAD_TRY(const auto group, find_group(tx, known.tenant, known.slug));  // as it is under the lock
  if (group.rounds >= static_cast<std::int64_t>(k_group_rounds_max)) {
    return refused("too_many_rounds",
                   fmt::format("A group has at most {} rounds.", k_group_rounds_max));
  }
  FLEAD_TRY(const auto all, groups_store::members(tx, group.id));
  FLEAD_TRY(const auto present, who_comes(all, absent));
  if (present.size() < 2) {
    return refused("too_few", "It takes two to meet.", "flead group add puts people into it");
  }
  FLEAD_TRY(const Meetings before, history_of(tx, group, all));
  const std::int64_t round = group.rounds + 1;
  const auto seating = groups::seat(present, static_cast<std::size_t>(group.size), before);
  std::int64_t number = 0;
  for (const auto& people : seating) {
    ++number;
    for (const std::size_t person : people) {
      FLEAD_CHECK(groups_store::seat(tx, group.id, round, number, all[person].lead));
    }
  }
  return tables_of(tx, group, round);
}

Result<std::vector<Table>> tables_of(store::Tx& tx, const Group& group, std::int64_t round) {
  const std::int64_t wanted = round == 0 ? group.rounds : round;
  FLEAD_TRY(const auto seats, groups_store::seats(tx, group.id, wanted));
  if (seats.empty()) {
    return not_found("round_not_found", "There was no such round.",
                     "flead group rotate makes the next one");
  }
  std::vector<Table> tables;
  for (const auto& seat : seats) {
    if (tables.empty() || tables.back().number != seat.table) {
      FLEAD_TRY(const auto record, groups_store::record(tx, group.id, wanted, seat.table));
      tables.push_back({wanted, seat.table, {}, record.has_value()});
    }
    tables.back().people.push_back(seat.person);
  }
  return tables;
}

Result<std::int64_t> tell_round(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                const Group& group, const std::vector<Table>& tables) {
  std::int64_t told = 0;
  for (const Table& table : tables) {
    for (const Member& person : table.people) {
      std::vector<std::string> others;
      for (const Member& other : table.people) {
        if (other.lead != person.lead) others.push_back(first_name(other.name));
      }
      FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, person.lead));
      if (lead.status == "suspect") continue;
      channels::NewMessage message;
      message.template_name = "group.round";
      message.variables = {{"name", lead.name},
                           {"tenant", tenant.name},
                           {"group", group.name},
                           {"round", std::to_string(table.round)},
                           {"people", join(others, ", ")}};
      message.unique_key =
          fmt::format("group.round:{}:{}:{}", group.id.text(), table.round, lead.id.text());
      const auto sent = channels::send_to_lead(app, tx, tenant, lead, message);
      if (sent) {
        ++told;
      } else if (sent.error().kind == ErrorKind::store ||
                 sent.error().kind == ErrorKind::internal) {
        return sent.error();
      }
    }
  }
  return told;
}

Result<std::string> read_record(World& world, store::Tx& tx, const Group& group, std::int64_t round,
                                std::int64_t number, const Zone& zone, std::string_view language) {
  FLEAD_TRY(const Table table, find_table(tx, group, round, number));
  FLEAD_TRY(const auto known, groups_store::record(tx, group.id, table.round, number));
  if (known) return *known;
  RecordHead head;
  head.group = group.name;
  head.round = table.round;
  head.table = number;
  head.date = format_date(zone.wall(world.clock.now()).date);
  for (const Member& person : table.people) head.people.push_back(person.name);
  return record_template(head, language);
}

Result<RecordSections> write_record(World& world, store::Tx& tx, const Group& group,
                                    std::int64_t round, std::int64_t number,
                                    std::string_view markdown) {
  FLEAD_TRY(const Table table, find_table(tx, group, round, number));
  if (markdown.size() > k_minutes_bytes_max) {
    return refused_field("text", "too_long",
                         fmt::format("A record has at most {} bytes.", k_minutes_bytes_max));
  }
  if (!valid_utf8(markdown) || markdown.find('\0') != std::string_view::npos) {
    return refused_field("text", "text_invalid", "A record is UTF-8 text.");
  }
  FLEAD_CHECK(
      groups_store::put_record(tx, group.id, table.round, number, markdown, world.clock.now()));
  return parse_record(markdown);
}

Status forget_member(World& world, store::Tx& tx, const LeadId& lead, std::string_view name) {
  if (utf8_length(name) >= k_name_erased_min) {
    FLEAD_TRY(const auto records, groups_store::records_with(tx, lead));
    for (const auto& record : records) {
      const std::string clean =
          without_word(without_word(record.text, name), first_name(std::string(name)));
      FLEAD_CHECK(groups_store::put_record(tx, record.group, record.round, record.table, clean,
                                           world.clock.now()));
    }
  }
  return groups_store::erase_person(tx, lead);
}

Json to_json(const Group& group) {
  return Json::object({{"slug", group.slug},
                       {"name", group.name},
                       {"size", group.size},
                       {"rounds", group.rounds},
                       {"created_at", format_time(group.created_at)}});
}

Json to_json(const Member& member) {
  return Json::object(
      {{"lead", member.lead.text()}, {"name", member.name}, {"active", member.active}});
}

Json to_json(const Table& table) {
  Json people = Json::array();
  for (const Member& person : table.people) people.push(person.name);
  Json leads = Json::array();
  for (const Member& person : table.people) leads.push(person.lead.text());
  return Json::object({{"round", table.round},
                       {"table", table.number},
                       {"people", std::move(people)},
                       {"leads", std::move(leads)},
                       {"recorded", table.recorded}});
}

}  // namespace flead::groups
