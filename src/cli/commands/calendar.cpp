// `flead calendar`: calendars that hosts keep elsewhere.
#include <memory>
#include <string>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/booking/calendar.h"
#include "core/booking/feed.h"

namespace flead::cli {
namespace {

struct FeedOptions {
  std::string host;
  bool rotate = false, off = false;
};

Json feed_json(const std::string& host, const std::string& url) {
  return Json::object({{"host", host}, {"url", url.empty() ? Json() : Json(url)}});
}

Status change_feed(Context& context, const FeedOptions& options) {
  if (options.rotate && options.off) {
    return usage_error("feed_unclear", "Say either --rotate or --off.");
  }
  using booking::FeedChange;
  const FeedChange change = options.rotate ? FeedChange::rotate
                            : options.off  ? FeedChange::close
                                           : FeedChange::keep;
  if (change != FeedChange::keep) {
    FLEAD_CHECK(context.confirm("Calendars that read the present address lose it. Go on?"));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  std::string host;
  FLEAD_TRY(const auto token, app->store.write([&](store::Tx& tx) -> Result<std::string> {
    FLEAD_TRY(const auto found, booking::find_host(tx, tenant.id, options.host));
    host = found.slug;
    return booking::change_feed(app->world, tx, tenant.id, found.slug, change);
  }));
  return context.print_object(feed_json(
      host, token.empty() ? std::string() : booking::feed_url(app->config.base_url, token)));
}

struct CalendarOptions {
  std::optional<std::string> ics, caldav;
  std::string id, host, user, ca_file, use;
  std::optional<std::string> secret_file;
};

Json calendar_fields() {
  return booking::to_json(booking::Calendar{});
}

Status add_outside(Context& context, const CalendarOptions& options) {
  if (options.ics.has_value() == options.caldav.has_value()) {
    return usage_error("calendar_unclear", "Say either --ics URL or --caldav URL.");
  }
  booking::NewCalendar input;
  input.host = options.host;
  input.kind = options.ics ? "ics" : "caldav";
  input.url = options.ics ? *options.ics : *options.caldav;
  input.user = options.user;
  input.ca_file = options.ca_file;
  const std::string use = options.use.empty() ? (options.ics ? "read" : "both") : options.use;
  input.reads = use != "write";
  input.writes = use != "read";
  FLEAD_CHECK(booking::check_calendar(input));
  if (!input.user.empty()) {
    FLEAD_TRY(input.password,
              context.read_secret(options.secret_file, "Calendar password", "--secret-file"));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto calendar, booking::add_calendar(*app, tenant, input));
  return context.print_object(booking::to_json(calendar));
}

Status list_outside(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto calendars,
            app->store.read([&](store::Tx& tx) { return booking::list_calendars(tx, tenant.id); }));
  Json::Array rows;
  for (const auto& calendar : calendars) rows.push_back(booking::to_json(calendar));
  return context.print_list(rows, {"id", "host", "kind", "place", "busy", "synced_at", "error"},
                            calendar_fields());
}

Status sync_outside(Context& context, const CalendarOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto calendar,
            booking::sync_calendar(*app, tenant.id, booking::CalendarId(options.id)));
  return context.print_object(booking::to_json(calendar));
}

Status remove_outside(Context& context, const CalendarOptions& options) {
  FLEAD_CHECK(context.confirm("What is busy there is free here then. Go on?"));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto calendar, app->store.write([&](store::Tx& tx) {
    return booking::remove_calendar(tx, tenant.id, booking::CalendarId(options.id));
  }));
  return context.print_object(booking::to_json(calendar));
}

void add_outside_calendars(Command& noun) {
  auto options = std::make_shared<CalendarOptions>();
  noun.sub("add")
      .summary("Connect a calendar that a host keeps elsewhere")
      .description(
          "With --ics it is read: what is busy there is busy here. Google calls that address the "
          "secret address in iCal format, Outlook a published calendar. With --caldav bookings are "
          "written there, too: the address of one calendar (not of the account), with a user and, "
          "at Yandex and Apple, an app password. It is read every ten minutes by serve or work; "
          "when that fails, what was read last stays, and doctor tells after a day.")
      .example("flead calendar add --host me --ics https://calendar.example.org/private/basic.ics")
      .example(
          "flead calendar add --host me --caldav https://caldav.yandex.ru/calendars/me/events-1/ "
          "--user me@yandex.ru --secret-file app-password.txt")
      .option("--host HOST", options->host, "Whose; needed when there are several hosts")
      .option("--ics URL", options->ics, "Address of an .ics calendar: a secret, kept sealed")
      .option("--caldav URL", options->caldav, "Address of a CalDAV calendar")
      .option("--user NAME", options->user, "User, where the calendar asks for one")
      .option("--secret-file FILE", options->secret_file, "Its password; - reads standard input")
      .option("--use", options->use, "Of a CalDAV calendar; both unless set")
      .choices({"read", "write", "both"})
      .option("--ca-file FILE", options->ca_file, "Certificates to trust beside the system's")
      .writes()
      .prints(calendar_fields)
      .run([options](Context& context) { return add_outside(context, *options); });
  noun.sub("list")
      .summary("List the calendars of all hosts, and when each was read")
      .example("flead calendar list")
      .prints(calendar_fields)
      .run(list_outside);
  noun.sub("sync")
      .summary("Read a calendar now")
      .example("flead calendar sync cal_01k9x0000000000000000000000")
      .positional("CALENDAR", options->id, "Its id, from `calendar list`")
      .prints(calendar_fields)
      .run([options](Context& context) { return sync_outside(context, *options); });
  noun.sub("remove")
      .summary("Forget a calendar and its busy times; what was written there stays")
      .example("flead calendar remove cal_01k9x0000000000000000000000 --yes")
      .positional("CALENDAR", options->id, "Its id, from `calendar list`")
      .writes()
      .prints(calendar_fields)
      .run([options](Context& context) { return remove_outside(context, *options); });
}

}  // namespace

void add_calendar_commands(Command& root) {
  Command& noun = root.sub("calendar")
                      .group(Group::booking)
                      .summary("Calendars that hosts keep elsewhere: read, written, subscribed to");
  auto options = std::make_shared<FeedOptions>();
  noun.sub("feed")
      .summary("Print the secret address under which a calendar reads a host's bookings")
      .description(
          "Subscribe to it in Google Calendar, Outlook, Apple or Yandex Calendar: what is booked "
          "appears there as often as they ask. Whoever has the address reads who comes when; "
          "--rotate makes another, --off takes it away.")
      .example("flead calendar feed --host me")
      .option("--host HOST", options->host, "Whose bookings; needed when there are several hosts")
      .option("--rotate", options->rotate, "Another address; the present one is nobody's then")
      .option("--off", options->off, "No address any more")
      .writes()
      .prints([] { return feed_json("", ""); })
      .run([options](Context& context) { return change_feed(context, *options); });
  add_outside_calendars(noun);
}

}  // namespace flead::cli
