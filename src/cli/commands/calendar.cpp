// `flead calendar`: what a host's own calendar sees.
#include <memory>
#include <string>

#include "cli/commands/all.h"
#include "cli/io/context.h"
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

}  // namespace

void add_calendar_commands(Command& root) {
  Command& noun =
      root.sub("calendar").group(Group::booking).summary("What a host's own calendar sees");
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
}

}  // namespace flead::cli
