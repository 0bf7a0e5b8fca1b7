// `flead stats`: the figures of a dashboard, on a terminal or for a script.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/reports/stats.h"

namespace flead::cli {
namespace {

constexpr std::int64_t k_days_shown = 14;  // without --since

struct StatsFlags {
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::string by = "day";
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
      .option("--since DATE", flags->since, "First day; default two weeks before the last")
      .option("--until DATE", flags->until, "Last day; default today")
      .option("--by", flags->by, "What a line is; default day")
      .choices({"day", "source", "channel"})
      .example("flead stats", "the last two weeks")
      .example("flead stats --by source --since 2026-01-01 --json")
      .run([flags](Context& context) { return run_stats(context, *flags); });
}

}  // namespace flead::cli
