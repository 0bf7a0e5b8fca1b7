// `flead slot rule` and `flead slot except`: when a host can be met.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/time_flag.h"
#include "core/base/weekly.h"
#include "core/booking/offer.h"

namespace flead::cli {
namespace {

struct RuleOptions {
  booking::NewRules rules;
  std::optional<std::string> length, buffer, notice, horizon;
  std::string host, offer, id;
};

struct ExceptOptions {
  std::string host, date, open, reason;
  bool closed = false;
};

Status read_terms(const RuleOptions& options, booking::NewRules& rules) {
  const auto read = [](std::string_view flag, const std::optional<std::string>& text,
                       std::optional<std::int64_t>& minutes) -> Status {
    if (!text) return {};
    FLEAD_TRY(minutes, read_minutes_flag(flag, *text));
    return {};
  };
  FLEAD_CHECK(read("--len", options.length, rules.length_min));
  FLEAD_CHECK(read("--buffer", options.buffer, rules.buffer_min));
  FLEAD_CHECK(read("--notice", options.notice, rules.notice_min));
  std::optional<std::int64_t> horizon_min;
  FLEAD_CHECK(read("--horizon", options.horizon, horizon_min));
  constexpr std::int64_t k_day_min = k_day_ms / k_minute_ms;
  if (horizon_min) rules.horizon_days = (*horizon_min + k_day_min - 1) / k_day_min;
  return {};
}

Json made_json(const booking::MadeRules& made) {
  std::vector<Window> windows;
  Json rules = Json::array();
  for (const auto& rule : made.rules) {
    windows.push_back(rule.window);
    rules.push(booking::to_json(rule));
  }
  return Json::object({{"host", booking::to_json(made.host)},
                       {"offer", made.every_offer() ? Json() : booking::to_json(made.offer)},
                       {"weekly", print_weekly(windows)},
                       {"rules", std::move(rules)},
                       {"host_made", made.host_made},
                       {"offer_made", made.offer_made},
                       {"rules_made", made.rules_made}});
}

Status add_rule(Context& context, const RuleOptions& options) {
  booking::NewRules rules = options.rules;
  FLEAD_CHECK(read_terms(options, rules));
  rules.zone = context.globals.zone;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto made, app->store.write([&](store::Tx& tx) {
    return booking::add_rules(app->world, tx, tenant, rules);
  }));
  if (made.host_made)
    context.say(fmt::format("Made host {} ({}).", made.host.slug, made.host.zone));
  if (made.offer_made) {
    context.say(fmt::format("Made offer {}: {}/b/{}/{}", made.offer.slug, app->config.base_url,
                            tenant.slug, made.offer.slug));
  }
  if (made.rules_made == 0) context.say("These windows were there already.");
  return context.print_object(made_json(made));
}

Status list_rules(Context& context, const RuleOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto rules, app->store.read([&](store::Tx& tx) {
    return booking::list_rules(tx, tenant.id, options.host, options.offer);
  }));
  Json::Array rows;
  for (const auto& rule : rules) rows.push_back(booking::to_json(rule));
  return context.print_list(rows, {"id", "host", "offer", "weekday", "from", "to"},
                            booking::to_json(booking::Rule{}));
}

Status remove_rule(Context& context, const RuleOptions& options) {
  FLEAD_CHECK(context.confirm(fmt::format("Remove the window {}?", options.id)));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto removed, app->store.write([&](store::Tx& tx) {
    return booking::remove_rule(tx, tenant.id, RuleId(options.id));
  }));
  return context.print_object(booking::to_json(removed));
}

Result<Date> read_date_flag(const std::string& text) {
  const auto date = parse_date(text);
  if (date) return *date;
  return usage_error("date_invalid", "--date takes a day such as 2026-05-01.");
}

Status print_exceptions(Context& context, const std::vector<booking::ExceptionRow>& found) {
  Json::Array rows;
  for (const auto& row : found) rows.push_back(booking::to_json(row));
  return context.print_list(rows, {"date", "host", "closed", "from", "to", "reason"},
                            booking::to_json(booking::ExceptionRow{}));
}

Status add_exception(Context& context, const ExceptOptions& options) {
  if (options.closed == !options.open.empty()) {
    return usage_error("exception_unclear", "Say either --closed or --open.",
                       "flead slot except add --host me --date 2026-05-01 --closed");
  }
  booking::NewException input;
  input.host = options.host;
  FLEAD_TRY(input.date, read_date_flag(options.date));
  input.open = options.open;
  input.reason = options.reason;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto rows, app->store.write([&](store::Tx& tx) {
    return booking::add_exception(app->world, tx, tenant.id, input);
  }));
  return print_exceptions(context, rows);
}

Status list_exceptions(Context& context, const ExceptOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto rows, app->store.read([&](store::Tx& tx) {
    return booking::list_exceptions(tx, tenant.id, options.host);
  }));
  return print_exceptions(context, rows);
}

Status remove_exception(Context& context, const ExceptOptions& options) {
  FLEAD_TRY(const Date date, read_date_flag(options.date));
  FLEAD_CHECK(context.confirm(fmt::format("Forget what differs on {}?", options.date)));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto rows, app->store.write([&](store::Tx& tx) {
    return booking::remove_exception(tx, tenant.id, options.host, date);
  }));
  return print_exceptions(context, rows);
}

}  // namespace

void add_slot_rule_commands(Command& slot) {
  Command& rule = slot.sub("rule").summary("Weekly windows of a host");
  auto options = std::make_shared<RuleOptions>();
  rule.sub("add")
      .summary("Add weekly windows; makes the host and the offer when they are missing")
      .description(
          "Windows are wall time in the host's zone (--tz, else the tenant's) and keep their wall "
          "time when the clock changes. What is given also changes the host and the offer that are "
          "there. Without --offer it is the host's only offer, or a new one named like the "
          "host.\n\n"
          "Days are mon to sun or пн to вс, alone, as a list or a range; several windows a day are "
          "joined by commas, groups by semicolons. Windows that are there already stay as they "
          "are.")
      .example(
          "flead slot rule add --host me --weekly \"mon-fri 10:00-13:00,15:00-18:00\" --len 30m "
          "--buffer 10m --notice 4h")
      .example(
          "flead slot rule add --host me --weekly \"пн-пт 10-13; сб 11-14\" --offer intro "
          "--name \"Знакомство\" --len 20m")
      .required("--host HOST", options->rules.host, "Who is met, such as me")
      .required("--weekly TEXT", options->rules.weekly, "Days and times, such as \"mon-fri 10-13\"")
      .option("--len TIME", options->length, "Length of a slot, such as 30m; the default")
      .option("--buffer TIME", options->buffer, "Kept free after each booking, such as 10m")
      .option("--notice TIME", options->notice, "No booking sooner than this, such as 4h")
      .option("--horizon TIME", options->horizon, "No booking later than this; 60d unless set")
      .option("--seats N", options->rules.seats, "People in one slot; 1 unless set")
      .option("--offer SLUG", options->rules.offer, "Offer that the windows are for")
      .option("--every-offer", options->rules.every_offer,
              "For each offer of the host that has no windows of its own")
      .option("--name TEXT", options->rules.offer_name, "Name of the offer, for visitors")
      .option("--location TEXT", options->rules.location, "An address, or the link of a call")
      .option("--host-name TEXT", options->rules.host_name, "Name of the host, for visitors")
      .option("--host-email ADDRESS", options->rules.email, "Organizer of the calendar invites")
      .writes()
      .prints([] { return made_json({}); })
      .run([options](Context& context) { return add_rule(context, *options); });
  rule.sub("list")
      .summary("List the weekly windows")
      .example("flead slot rule list --host me")
      .option("--host HOST", options->host, "Only of this host")
      .option("--offer SLUG", options->offer, "Only of this offer")
      .prints(fields_of<booking::Rule>)
      .run([options](Context& context) { return list_rules(context, *options); });
  rule.sub("remove")
      .summary("Remove one window; bookings that are made stay")
      .example("flead slot rule remove rule_01k9x0000000000000000000000 --yes")
      .positional("RULE", options->id, "Its id, from `slot rule list`")
      .writes()
      .prints(fields_of<booking::Rule>)
      .run([options](Context& context) { return remove_rule(context, *options); });
}

void add_slot_except_commands(Command& slot) {
  Command& except = slot.sub("except").summary("Days that differ: holidays, other hours");
  auto options = std::make_shared<ExceptOptions>();
  except.sub("add")
      .summary("Close a day, or open it in other windows only")
      .example("flead slot except add --host me --date 2026-05-01 --closed --reason \"1 мая\"")
      .example("flead slot except add --host me --date 2026-05-02 --open \"10:00-12:00\"")
      .option("--host HOST", options->host, "Whose day; needed when there are several hosts")
      .required("--date DAY", options->date, "The day, such as 2026-05-01")
      .option("--closed", options->closed, "No slots on this day")
      .option("--open TIMES", options->open, "Windows instead of the weekly ones")
      .option("--reason TEXT", options->reason, "Why, for your own list")
      .writes()
      .prints(fields_of<booking::ExceptionRow>)
      .run([options](Context& context) { return add_exception(context, *options); });
  except.sub("list")
      .summary("List the days that differ")
      .example("flead slot except list")
      .option("--host HOST", options->host, "Only of this host")
      .prints(fields_of<booking::ExceptionRow>)
      .run([options](Context& context) { return list_exceptions(context, *options); });
  except.sub("remove")
      .summary("Let a day be like any other again")
      .example("flead slot except remove --host me --date 2026-05-01 --yes")
      .option("--host HOST", options->host, "Whose day; needed when there are several hosts")
      .required("--date DAY", options->date, "The day, such as 2026-05-01")
      .writes()
      .prints(fields_of<booking::ExceptionRow>)
      .run([options](Context& context) { return remove_exception(context, *options); });
}

}  // namespace flead::cli
