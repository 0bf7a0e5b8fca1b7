// `flead slot holiday`: days on which nobody meets.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/limits.h"
#include "core/booking/holiday.h"

namespace flead::cli {
namespace {

constexpr std::int64_t k_import_days_max = 3 * 366;  // ahead

struct HolidayOptions {
  std::string date, name, file;
  std::int64_t year = 0;
};

Json holiday_json(const booking::NamedDay& day) {
  return Json::object({{"date", format_date(day.date)}, {"name", day.name}});
}

Json holiday_fields() {
  return holiday_json({});
}

Status print_days(Context& context, const std::vector<booking::NamedDay>& days) {
  Json::Array rows;
  for (const auto& day : days) rows.push_back(holiday_json(day));
  return context.print_list(rows, {"date", "name"}, holiday_fields());
}

Status keep_days(Context& context, const std::vector<booking::NamedDay>& days) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_CHECK(
      app->store.write([&](store::Tx& tx) { return booking::add_holidays(tx, tenant.id, days); }));
  return print_days(context, days);
}

Result<Date> read_date(const std::string& text) {
  if (const auto date = parse_date(text)) return *date;
  return usage_error("bad_date", "A day is written such as 2026-12-31.");
}

Status add_day(Context& context, const HolidayOptions& options) {
  FLEAD_TRY(const Date date, read_date(options.date));
  return keep_days(context, {{date, options.name}});
}

Status add_russian(Context& context, const HolidayOptions& options) {
  if (options.year < 2000 || options.year > 2200) {
    return usage_error("bad_year", "--year is a year such as 2026.");
  }
  const int year = static_cast<int>(options.year);
  FLEAD_CHECK(keep_days(context, booking::russian_holidays(year)));
  if (!booking::knows_transfers(year)) {
    context.say(fmt::format(
        "These are the law's own days. What the government moves in {} is not known here: add it "
        "with flead slot holiday add DATE.",
        year));
  }
  return {};
}

Status import_days(Context& context, const HolidayOptions& options) {
  FLEAD_TRY(const std::string text, context.read_file(options.file, k_calendar_bytes_max));
  const std::int64_t today = days_from_date(Zone::utc().wall(context.world().clock.now()).date);
  FLEAD_TRY(const auto days, booking::read_days(text, date_from_days(today - 1),
                                                date_from_days(today + k_import_days_max)));
  if (days.empty()) {
    return refused("no_holidays", "There is no whole day to come in this calendar.",
                   "Its events must last whole days");
  }
  return keep_days(context, days);
}

Status list_days(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto days,
            app->store.read([&](store::Tx& tx) { return booking::list_holidays(tx, tenant.id); }));
  return print_days(context, days);
}

Status remove_day(Context& context, const HolidayOptions& options) {
  FLEAD_TRY(const Date date, read_date(options.date));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_CHECK(app->store.write(
      [&](store::Tx& tx) { return booking::remove_holiday(tx, tenant.id, date); }));
  return context.print_object(holiday_json({date, ""}));
}

}  // namespace

void add_slot_holidays(Command& slot) {
  Command& noun = slot.sub("holiday").summary("Days on which no host of the tenant meets");
  auto options = std::make_shared<HolidayOptions>();
  noun.sub("add")
      .summary("Add a day, or give it another name")
      .description("A host who works on that day has an exception for it: slot except add --open.")
      .example("flead slot holiday add 2026-12-31 --name \"New Year's Eve\"")
      .positional("DATE", options->date, "The day, such as 2026-12-31")
      .option("--name TEXT", options->name, "What it is")
      .writes()
      .prints(holiday_fields)
      .run([options](Context& context) { return add_day(context, *options); });
  noun.sub("russia")
      .summary("Add the days off of Russia's production calendar for a year")
      .description(
          "Holidays of article 112 of the Labour Code, those that move from a weekend, and what "
          "the "
          "government has moved where that is known here. Weekends themselves are your windows' "
          "matter. Remove or add days afterwards as you like.")
      .example("flead slot holiday russia --year 2026")
      .required("--year N", options->year, "The year")
      .writes()
      .prints(holiday_fields)
      .run([options](Context& context) { return add_russian(context, *options); });
  noun.sub("import")
      .summary("Add the whole days of an .ics file, such as another country's holidays")
      .example("flead slot holiday import holidays.ics")
      .positional("FILE", options->file, "The calendar; - reads the standard input")
      .writes()
      .prints(holiday_fields)
      .run([options](Context& context) { return import_days(context, *options); });
  noun.sub("list")
      .summary("List the days")
      .example("flead slot holiday list")
      .prints(holiday_fields)
      .run(list_days);
  noun.sub("remove")
      .summary("Make it a day like others")
      .example("flead slot holiday remove 2026-12-31")
      .positional("DATE", options->date, "The day")
      .writes()
      .prints(holiday_fields)
      .run([options](Context& context) { return remove_day(context, *options); });
}

}  // namespace flead::cli
