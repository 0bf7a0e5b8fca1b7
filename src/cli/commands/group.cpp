// `flead group`: people who meet in rounds at small tables.
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/time_flag.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/booking.h"
#include "core/groups/group.h"

namespace flead::cli {
namespace {

struct GroupOptions {
  std::string slug, name, offer, at, text_file, of;
  std::int64_t size = 2, round = 0, table = 1;
  std::vector<std::string> leads, absent;
  bool tell = false;
};

Json group_fields() {
  return groups::to_json(groups::Group{});
}

Json table_fields() {
  return groups::to_json(groups::Table{});
}

Json member_fields() {
  return groups::to_json(groups::Member{});
}

Result<std::vector<LeadId>> find_leads(store::Tx& tx, const tenants::Tenant& tenant,
                                       const std::vector<std::string>& names) {
  std::vector<LeadId> found;
  for (const std::string& name : names) {
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, name));
    found.push_back(lead.id);
  }
  return found;
}

// Everybody who has a seat in a slot of an offer.
Result<std::vector<LeadId>> seated_leads(store::Tx& tx, const tenants::Tenant& tenant,
                                         const std::string& offer, TimeMs at) {
  booking::Filter filter;
  filter.offer = offer;
  filter.from = at;
  filter.to = at + 1;
  filter.limit = static_cast<std::int64_t>(k_group_members_max);
  FLEAD_TRY(const auto bookings, booking::list(tx, tenant.id, filter));
  std::vector<LeadId> found;
  for (const auto& one : bookings) {
    if (one.lead && booking::takes_time(one.state)) found.push_back(*one.lead);
  }
  return found;
}

// Opens the store, finds the group and runs `change` with it, all in one transaction.
template <class Change>
auto with_group(Context& context, const std::string& slug, Change change)
    -> decltype(change(std::declval<App&>(), std::declval<store::Tx&>(),
                       std::declval<const tenants::Tenant&>(),
                       std::declval<const groups::Group&>())) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  return app->store.write(
      [&](store::Tx& tx) -> decltype(change(*app, tx, tenant, std::declval<groups::Group&>())) {
        FLEAD_TRY(const auto group, groups::find_group(tx, tenant.id, slug));
        return change(*app, tx, tenant, group);
      });
}

Status print_tables(Context& context, const std::vector<groups::Table>& tables) {
  Json::Array rows;
  for (const auto& table : tables) rows.push_back(groups::to_json(table));
  return context.print_list(rows, {"round", "table", "people", "recorded"}, table_fields());
}

Status form(Context& context, const GroupOptions& options) {
  std::optional<TimeMs> at;
  if (!options.at.empty()) {
    FLEAD_TRY(at, read_time_flag(context, "--at", options.at));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto group, app->store.write([&](store::Tx& tx) -> Result<groups::Group> {
    groups::NewGroup input{options.slug, options.name, options.size, {}};
    FLEAD_TRY(input.members, find_leads(tx, tenant, options.leads));
    if (at) {
      FLEAD_TRY(const auto seated, seated_leads(tx, tenant, options.offer, *at));
      input.members.insert(input.members.end(), seated.begin(), seated.end());
    }
    return groups::form_group(app->world, tx, tenant.id, input);
  }));
  return context.print_object(groups::to_json(group));
}

Status change_members(Context& context, const GroupOptions& options, bool adds) {
  FLEAD_TRY(const auto members,
            with_group(context, options.slug,
                       [&](App&, store::Tx& tx, const tenants::Tenant& tenant,
                           const groups::Group& group) -> Result<std::vector<groups::Member>> {
                         FLEAD_TRY(const auto leads, find_leads(tx, tenant, options.leads));
                         for (const LeadId& lead : leads) {
                           FLEAD_CHECK(adds ? groups::add_member(tx, group, lead)
                                            : groups::remove_member(tx, group, lead));
                         }
                         return groups::members_of(tx, group.id);
                       }));
  Json::Array rows;
  for (const auto& member : members) rows.push_back(groups::to_json(member));
  return context.print_list(rows, {"lead", "name", "active"}, member_fields());
}

Status rotate_group(Context& context, const GroupOptions& options) {
  std::int64_t told = 0;
  FLEAD_TRY(const auto tables,
            with_group(context, options.slug,
                       [&](App& app, store::Tx& tx, const tenants::Tenant& tenant,
                           const groups::Group& group) -> Result<std::vector<groups::Table>> {
                         FLEAD_TRY(const auto absent, find_leads(tx, tenant, options.absent));
                         FLEAD_TRY(auto made, groups::rotate(tx, group, absent));
                         if (options.tell) {
                           FLEAD_TRY(told, groups::tell_round(app, tx, tenant, group, made));
                         }
                         return made;
                       }));
  FLEAD_CHECK(print_tables(context, tables));
  if (options.tell) context.say(fmt::format("{} people are told.", told));
  return {};
}

Status list_all_groups(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto found,
            app->store.read([&](store::Tx& tx) { return groups::list_groups(tx, tenant.id); }));
  Json::Array rows;
  for (const auto& group : found) rows.push_back(groups::to_json(group));
  return context.print_list(rows, {"slug", "name", "size", "rounds"}, group_fields());
}

Status show_group(Context& context, const GroupOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto json, app->store.read([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const auto group, groups::find_group(tx, tenant.id, options.slug));
    FLEAD_TRY(const auto members, groups::members_of(tx, group.id));
    Json people = Json::array();
    for (const auto& member : members) people.push(groups::to_json(member));
    Json tables = Json::array();
    if (group.rounds > 0) {
      FLEAD_TRY(const auto seated, groups::tables_of(tx, group, options.round));
      for (const auto& table : seated) tables.push(groups::to_json(table));
    }
    return groups::to_json(group)
        .set("members", std::move(people))
        .set("tables", std::move(tables));
  }));
  return context.print_object(json);
}

Status print_record(Context& context, const GroupOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  FLEAD_TRY(const auto text, app->store.read([&](store::Tx& tx) -> Result<std::string> {
    FLEAD_TRY(const auto group, groups::find_group(tx, tenant.id, options.slug));
    return groups::read_record(app->world, tx, group, options.round, options.table, zone,
                               tenant.locale);
  }));
  return context.write(text);
}

Status keep_record(Context& context, const GroupOptions& options) {
  FLEAD_TRY(const std::string text, context.read_file(options.text_file, k_minutes_bytes_max));
  FLEAD_TRY(
      const auto sections,
      with_group(context, options.slug,
                 [&](App& app, store::Tx& tx, const tenants::Tenant&, const groups::Group& group) {
                   return groups::write_record(app.world, tx, group, options.round, options.table,
                                               text);
                 }));
  return context.print_object(Json::object({{"agenda", sections.agenda},
                                            {"asks", sections.asks},
                                            {"goals", sections.goals},
                                            {"reflections", sections.reflections}}));
}

void add_group_records(Command& noun, const std::shared_ptr<GroupOptions>& options) {
  Command& record = noun.sub("record").summary("What a table wrote down, as Markdown");
  record.sub("show")
      .summary("Print a record; where there is none, an empty one to fill in")
      .example("flead group record show founders --table 2 -o table2.md")
      .positional("GROUP", options->slug, "Its name")
      .option("--round N", options->round, "The newest unless set")
      .option("--table N", options->table, "The first unless set")
      .run([options](Context& context) { return print_record(context, *options); });
  record.sub("save")
      .summary("Keep a record: agenda, asks, goals, reflections under their headings")
      .example("flead group record save founders table2.md --table 2")
      .positional("GROUP", options->slug, "Its name")
      .positional("FILE", options->text_file, "The Markdown file; - reads the standard input")
      .option("--round N", options->round, "The newest unless set")
      .option("--table N", options->table, "The first unless set")
      .writes()
      .prints([] {
        return Json::object({{"agenda", ""}, {"asks", ""}, {"goals", ""}, {"reflections", ""}});
      })
      .run([options](Context& context) { return keep_record(context, *options); });
}

void add_group_members(Command& noun, const std::shared_ptr<GroupOptions>& options) {
  for (const bool adds : {true, false}) {
    noun.sub(adds ? "add" : "remove")
        .summary(adds ? "Put people into a group, or back into it"
                      : "Take people out of coming rounds; whom they met stays known")
        .example(
            fmt::format("flead group {} founders --lead +79160000001", adds ? "add" : "remove"))
        .positional("GROUP", options->slug, "Its name")
        .required("--lead LEAD", options->leads, "Id, phone or e-mail; may be repeated")
        .writes()
        .prints(member_fields)
        .run([options, adds](Context& context) { return change_members(context, *options, adds); });
  }
}

}  // namespace

void add_group_commands(Command& root) {
  Command& noun =
      root.sub("group").group(Group::booking).summary("People who meet in rounds at small tables");
  auto options = std::make_shared<GroupOptions>();
  noun.sub("form")
      .summary("Make a group of leads, or of those who booked a slot with several seats")
      .example(
          "flead group form founders --size 2 --lead anna@example.org --lead boris@example.org")
      .example("flead group form circle --size 4 --offer evening --at 2026-01-06T19:00")
      .positional("GROUP", options->slug, "Its name: a-z, 0-9 and -")
      .option("--name TEXT", options->name, "Its name for people")
      .option("--size N", options->size, "How many sit together; 2 unless set")
      .option("--lead LEAD", options->leads, "Id, phone or e-mail; may be repeated")
      .option("--offer SLUG", options->offer, "With --at: those who booked this offer then")
      .option("--at TIME", options->at, k_time_text)
      .writes()
      .prints(group_fields)
      .run([options](Context& context) { return form(context, *options); });
  add_group_members(noun, options);
  noun.sub("rotate")
      .summary("Make the tables of the next round: as few as can be meet again")
      .description(
          "Where the number does not come out even, a table has one more: a trio among pairs. Who "
          "is absent sits out this round and is not counted as having met.")
      .example("flead group rotate founders --absent anna@example.org --tell")
      .positional("GROUP", options->slug, "Its name")
      .option("--absent LEAD", options->absent, "Id, phone or e-mail; may be repeated")
      .option("--tell", options->tell, "Tell each who sits with them, by first names")
      .writes()
      .prints(table_fields)
      .run([options](Context& context) { return rotate_group(context, *options); });
  noun.sub("list")
      .summary("List the groups")
      .example("flead group list")
      .prints(group_fields)
      .run(list_all_groups);
  noun.sub("show")
      .summary("Show a group: its people, and the tables of a round")
      .example("flead group show founders --round 3 --json")
      .positional("GROUP", options->slug, "Its name")
      .option("--round N", options->round, "The newest unless set")
      .prints(
          [] { return group_fields().set("members", Json::array()).set("tables", Json::array()); })
      .run([options](Context& context) { return show_group(context, *options); });
  add_group_records(noun, options);
}

}  // namespace flead::cli
