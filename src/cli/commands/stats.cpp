// `flead stats`: the figures of a dashboard, on a terminal or for a script.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/booking/figures.h"
#include "core/reports/stats.h"

namespace flead::cli {
namespace {

constexpr std::int64_t k_days_shown = 14;  // without --since

struct StatsFlags {
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::string by = "day";
  std::string what = "leads";
};

Result<Date> read_day(const std::string& text, const char* flag) {
  if (const auto date = parse_date(text)) return *date;
  return usage_error("bad_date", fmt::format("{} is a day such as 2026-01-05", flag));
}

Status run_stats(Context& context, const StatsFlags& flags) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  Date last = zone.wall(app->world.clock.now()).date;
  if (flags.until) {
    FLEAD_TRY(last, read_day(*flags.until, "--until"));
  }
  Date first = date_from_days(days_from_date(last) - k_days_shown + 1);
  if (flags.since) {
    FLEAD_TRY(first, read_day(*flags.since, "--since"));
  }
  const auto by = reports::parse_stats_by(flags.by);
  FLEAD_ASSERT(by.has_value());  // the choices are the kinds
  FLEAD_TRY(const auto stats, app->store.read([&](store::Tx& tx) {
    return reports::stats(tx, tenant, first, last, *by);
  }));
  if (context.globals.json || context.globals.jsonl) {
    return context.print_object(reports::to_json(stats));
  }
  Json::Array rows;
  for (const reports::StatsRow& row : stats.rows) rows.push_back(reports::to_json(row));
  rows.push_back(reports::to_json(stats.total));
  return context.print_list(
      rows, {"name", "leads", "answered", "answer_ms", "bookings", "messages", "suspects"},
      reports::to_json(reports::StatsRow{}));
}

Json expert_stats_fields() {
  Json fields = Json::object({{"expert", ""}, {"name", ""}, {"rating", Json()}, {"reviews", 0}});
  const Json figures = booking::to_json(booking::ExpertFigures{});
  for (const auto& [key, value] : figures.members()) {
    fields.set(key, value);
  }
  return fields;
}

// The days are those of the tenant's zone, like everywhere.
Result<booking::FiguresFilter> read_span(const StatsFlags& flags, const Zone& zone) {
  booking::FiguresFilter filter;
  if (flags.since) {
    FLEAD_TRY(const Date first, read_day(*flags.since, "--since"));
    filter.from = zone.day_start(first);
  }
  if (flags.until) {
    FLEAD_TRY(const Date last, read_day(*flags.until, "--until"));
    filter.to = zone.day_start(date_from_days(days_from_date(last) + 1));
  }
  return filter;
}

// A line for each host; the rating is of those with a profile.
Result<Json::Array> expert_rows(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                const booking::FiguresFilter& filter) {
  FLEAD_TRY(auto figures, booking::figures(tx, tenant.id, filter, app.world.clock.now()));
  FLEAD_TRY(const auto hosts, booking::list_hosts(tx, tenant.id));
  FLEAD_TRY(const auto ratings, booking::ratings(tx, tenant.id));
  Json::Array rows;
  for (const auto& host : hosts) {
    Json row = Json::object({{"expert", host.slug}, {"name", host.name}});
    const auto rating = ratings.find(host.id);
    const booking::Rating known = rating == ratings.end() ? booking::Rating{} : rating->second;
    const std::string text = booking::rating_text(known.sum, known.count);
    row.set("rating", text.empty() ? Json() : Json(text)).set("reviews", known.count);
    const Json all = booking::to_json(figures[host.id]);
    for (const auto& [key, value] : all.members()) row.set(key, value);
    rows.push_back(std::move(row));
  }
  return rows;
}

Status run_expert_stats(Context& context, const StatsFlags& flags) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  FLEAD_TRY(const auto filter, read_span(flags, zone));
  FLEAD_TRY(const auto rows,
            app->store.read([&](store::Tx& tx) { return expert_rows(*app, tx, tenant, filter); }));
  return context.print_list(rows,
                            {"expert", "name", "sessions", "no_shows", "cancelled", "coming",
                             "rating", "reviews", "income", "answer_ms"},
                            expert_stats_fields());
}

}  // namespace

void add_stats_command(Command& root) {
  auto flags = std::make_shared<StatsFlags>();
  root.sub("stats")
      .group(Group::reports)
      .summary("Show leads, answers, bookings and messages by day, source or channel")
      .description(
          "The figures are kept with every change, so a year costs no more than a day. A day is "
          "civil, in the tenant's zone; a first answer counts on the day it was given, with the "
          "wait in milliseconds; a booking on the day it was made. Leads marked suspect have a "
          "column of their own. The last line is the whole period; with --json it stands under "
          "`total`, with the leads of all time by status beside it.")
      .optional_positional("WHAT", flags->what,
                  "`expert`: sessions, no-shows, rating, income and answer "
                  "time of each host, over all time or the days given")
      .option("--since DATE", flags->since, "First day; default two weeks before the last")
      .option("--until DATE", flags->until, "Last day; default today")
      .option("--by", flags->by, "What a line is; default day")
      .choices({"day", "source", "channel"})
      .example("flead stats", "the last two weeks")
      .example("flead stats --by source --since 2026-01-01 --json")
      .example("flead stats expert --since 2026-01-01")
      .run([flags](Context& context) {
        if (flags->what == "expert") return run_expert_stats(context, *flags);
        if (flags->what == "leads") return run_stats(context, *flags);
        return Status(usage_error("what_unknown", "WHAT is leads or expert"));
      });
}

}  // namespace flead::cli
