// `flead report`: what happened, for whoever runs the business.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/reports/weekly.h"

namespace flead::cli {
namespace {

struct WeeklyOptions {
  std::optional<std::string> week;
  std::optional<std::string> email;
};

Result<Date> wanted_week(const WeeklyOptions& options, TimeMs now, const std::string& zone_name) {
  if (options.week) {
    if (const auto monday = reports::parse_week(*options.week)) return *monday;
    return usage_error("week_invalid", "No such week.",
                       "Write it as the ISO week 2026-W03: Monday to Monday.");
  }
  FLEAD_TRY(const auto zone, Zone::load(zone_name));
  return reports::last_full_week(now, zone);
}

Status email_report(Context& context, App& app, const tenants::Tenant& tenant,
                    const reports::Weekly& report, std::string to) {
  if (to.empty()) {
    FLEAD_TRY(to, app.store.read([&](store::Tx& tx) {
      return tenants::setting(app, tx, tenant.id, "report.email");
    }));
  }
  if (to.empty()) {
    return usage_error("email_needed", "Say where to: --email ADDRESS, or the setting report.email",
                       "flead config set report.email me@example.org");
  }
  const auto message = app.store.write(
      [&](store::Tx& tx) { return reports::email_weekly(app, tx, tenant, report, to); });
  if (!message && message.error().code == "message_exists") {
    context.say(fmt::format("The report of {} went to {} before: nothing to do.",
                            reports::format_week(report.monday), to));
    return {};
  }
  if (!message) return message.error();
  context.say("Queued; `flead serve` or `flead work --once` sends it.");
  return context.print_object(channels::to_json(*message));
}

// The report's fields, and with --email the message's.
Json weekly_fields() {
  Json fields = reports::to_json(reports::Weekly{});
  const Json message = channels::to_json(channels::Message{});
  for (const auto& [name, value] : message.members()) {
    fields.set(name, value);
  }
  return fields;
}

Status run_weekly(Context& context, const WeeklyOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const Date monday, wanted_week(options, app->world.clock.now(), tenant.zone));
  FLEAD_TRY(const auto report,
            app->store.read([&](store::Tx& tx) { return reports::weekly(tx, tenant, monday); }));
  if (options.email) return email_report(context, *app, tenant, report, *options.email);
  if (context.wants_json()) return context.print_object(reports::to_json(report));
  context.print_text(reports::weekly_text(report, tenant.locale));
  return {};
}

}  // namespace

void add_report_command(Command& root) {
  Command& report = root.sub("report")
                        .alias("reports")
                        .group(Group::reports)
                        .summary("Tell what happened: the weekly report");
  auto options = std::make_shared<WeeklyOptions>();
  report.sub("weekly")
      .summary("Report a week against the week before")
      .description(
          "Leads, first-answer time and bookings of one ISO week, Monday to Monday in the tenant's "
          "zone, by source and by channel, beside the week before. Without --week it is the last "
          "week that has ended, so on Monday it is the week that has just gone.\n\n"
          "A lead's first answer is the first message to it that a channel accepted. The share "
          "within five minutes is of all leads: one that nobody answered was not answered fast. "
          "Leads marked suspect do not count. A booking counts in the week when it was made.")
      .option("--week WEEK", options->week, "ISO week to report, such as 2026-W03")
      .option("--email ADDRESS", options->email,
              "Send it by the tenant's e-mail channel instead, once a week and address; without a "
              "value to the setting report.email")
      .value_optional(true)
      .writes()
      .prints(weekly_fields)
      .example("flead report weekly", "last week, on the terminal")
      .example("flead report weekly --week 2026-W03 --json")
      .example("7 9 * * 1 flead report weekly --email me@example.org", "a line for cron")
      .run([options](Context& context) { return run_weekly(context, *options); });
}

}  // namespace flead::cli
