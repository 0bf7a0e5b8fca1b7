// `flead slot`: free times, holds, and the check that counts everything again. Rules and exceptions
// are in slot_rule.cpp.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/time_flag.h"
#include "core/base/limits.h"
#include "core/booking/booking.h"
#include "core/booking/pool.h"

namespace flead::cli {
namespace {

struct SlotOptions {
  std::string offer, at;
  std::optional<std::string> from, to;
  std::string hold_for = "75m";
};

Status list_slots(Context& context, const SlotOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  TimeMs from = app->world.clock.now();
  if (options.from) {
    FLEAD_TRY(from, read_time_flag(context, "--from", *options.from));
  }
  TimeMs to = from + k_slots_default_days * k_day_ms;
  if (options.to) {
    FLEAD_TRY(to, read_time_flag(context, "--to", *options.to));
  }
  FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
    return booking::list_slots(app->world, tx, tenant.id, options.offer, from, to,
                               k_slots_listed_max);
  }));
  Json::Array rows;
  for (const auto& slot : found.slots) rows.push_back(booking::to_json(slot));
  if (found.next_start) {
    context.say(fmt::format("There are more: --from {}", format_time(*found.next_start)));
  }
  return context.print_list(rows, {"starts_at", "ends_at", "seats_left", "offer"},
                            booking::to_json(booking::Slot{}));
}

Status hold_slot(Context& context, const SlotOptions& options) {
  booking::NewHold input;
  input.offer = options.offer;
  FLEAD_TRY(const auto minutes, read_minutes_flag("--for", options.hold_for));
  input.for_ms = minutes * k_minute_ms;
  FLEAD_TRY(input.starts_at, read_time_flag(context, "--at", options.at));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto held, app->store.write([&](store::Tx& tx) {
    return booking::hold(*app, tx, tenant, input);
  }));
  context.say(fmt::format("Held. Book it with: flead booking create --hold {} --lead LEAD",
                          held.id.text()));
  return context.print_object(booking::to_json(held, app->config.base_url));
}

Json finding_json(const booking::Finding& finding) {
  return Json::object({{"problem", finding.problem},
                       {"code", finding.code},
                       {"host", finding.host},
                       {"booking", finding.booking},
                       {"message", finding.message}});
}

Status check_slots(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto report,
            app->store.read([&](store::Tx& tx) { return booking::check(app->world, tx, tenant); }));
  std::int64_t problems = 0;
  Json::Array rows;
  for (const auto& finding : report.findings) {
    problems += finding.problem ? 1 : 0;
    rows.push_back(finding_json(finding));
  }
  if (context.wants_json() && !context.globals.jsonl) {
    FLEAD_CHECK(context.print_object(Json::object({{"hosts", report.hosts},
                                                   {"rules", report.rules},
                                                   {"bookings", report.bookings},
                                                   {"problems", problems},
                                                   {"findings", Json(rows)}})));
  } else {
    FLEAD_CHECK(context.print_list(rows, {"problem", "code", "host", "booking", "message"},
                                   finding_json({})));
    context.say(fmt::format("{} hosts, {} windows, {} bookings and holds: {} problems.",
                            report.hosts, report.rules, report.bookings, problems));
  }
  if (problems == 0) return {};
  return unmet("slot_problems", fmt::format("{} problems were found.", problems),
               "Look at each booking (flead booking show BOOKING) and move or cancel one of two; "
               "flead help meetings, \"Checked\", says how each kind is settled");
}

}  // namespace

void add_slot_commands(Command& root) {
  Command& slot =
      root.sub("slot").group(Group::booking).summary("When people can be met: windows, free times");
  auto options = std::make_shared<SlotOptions>();
  add_slot_rule_commands(slot);
  add_slot_except_commands(slot);
  add_slot_holidays(slot);
  slot.sub("list")
      .summary("List free slots, the next 14 days unless told")
      .example("flead slot list --from 2026-01-12 --to 2026-01-17 --tz Europe/Berlin")
      .option("--offer SLUG", options->offer, "Of this offer; needed when there are several")
      .option("--from TIME", options->from, "Starts from here on; now unless set")
      .option("--to TIME", options->to, "Starts before this")
      .prints(fields_of<booking::Slot>)
      .run([options](Context& context) { return list_slots(context, *options); });
  slot.sub("hold")
      .summary("Keep a seat for a while, without a person")
      .description(
          "A hold lapses by itself. `booking create --hold` makes it a booking, `booking "
          "cancel` frees it before its time.")
      .example("flead slot hold --at 2026-01-06T10:00 --for 75m")
      .option("--offer SLUG", options->offer, "Of this offer; needed when there are several")
      .required("--at TIME", options->at, k_time_text)
      .option("--for TIME", options->hold_for, "How long, up to a week; 75m unless set")
      .writes()
      .prints([] { return booking::to_json(booking::Booking{}, ""); })
      .run([options](Context& context) { return hold_slot(context, *options); });
  slot.sub("check")
      .summary("Count every rule, booking and hold again; exit 8 if something is wrong")
      .description(
          "Problems: more people than seats, overlaps, rows that belong to nothing, times that do "
          "not follow each other. Worth a look: bookings outside of today's windows, days on which "
          "the clock changes inside a window.")
      .example("flead slot check --json")
      .run([](Context& context) { return check_slots(context); });
}

}  // namespace flead::cli
