// `flead request`: bookings that wait for the host's word.
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/booking/booking.h"

namespace flead::cli {
namespace {

struct DecideOptions {
  std::string id, reason;
};

struct RequestList {
  std::string host, offer;
  std::int64_t limit = k_page_default;
};

Json request_fields() {
  return booking::to_json(booking::Booking{}, "");
}

Status list_requests(Context& context, const RequestList& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  booking::Filter filter;
  filter.status = booking::state_name(booking::State::requested);
  filter.host = options.host;
  filter.offer = options.offer;
  filter.limit = std::min(options.limit, k_cli_page_max);
  FLEAD_TRY(const auto found,
            app->store.read([&](store::Tx& tx) { return booking::list(tx, tenant.id, filter); }));
  Json::Array rows;
  for (const auto& row : found) rows.push_back(booking::to_json(row, app->config.base_url));
  return context.print_list(rows, {"id", "starts_at", "offer", "host", "lead"}, request_fields());
}

Status show_request(Context& context, const DecideOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const auto booking, booking::load(tx, tenant.id, BookingId(options.id)));
    Json json = booking::to_json(booking, app->config.base_url);
    if (!booking.lead) return json;
    FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, *booking.lead));
    return json.set("person", intake::to_json(lead));
  }));
  return context.print_object(found);
}

Status decide(Context& context, const DecideOptions& options, booking::Action action) {
  booking::Change change;
  change.id = BookingId(options.id);
  change.action = action;
  change.reason = options.reason;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) {
    return booking::change(*app, tx, tenant, change);
  }));
  return context.print_object(booking::to_json(changed, app->config.base_url));
}

}  // namespace

void add_request_commands(Command& root) {
  Command& noun =
      root.sub("request").group(Group::booking).summary("Bookings that wait for the host's word");
  auto list = std::make_shared<RequestList>();
  noun.sub("list")
      .summary("List requests by their start, earliest first")
      .example("flead request list --host me")
      .option("--host HOST", list->host, "Only of this host")
      .option("--offer SLUG", list->offer, "Only of this offer")
      .option("--limit N", list->limit, "At most so many")
      .prints(request_fields)
      .run([list](Context& context) { return list_requests(context, *list); });
  auto options = std::make_shared<DecideOptions>();
  noun.sub("show")
      .summary("Show a request and who asks")
      .example("flead request show bkg_01k9x0000000000000000000000")
      .positional("BOOKING", options->id, "Its id, from `request list`")
      .prints([] { return request_fields().set("person", Json::object()); })
      .run([options](Context& context) { return show_request(context, *options); });
  noun.sub("accept")
      .summary("Confirm a request and tell the person")
      .example("flead request accept bkg_01k9x0000000000000000000000")
      .positional("BOOKING", options->id, "Its id, from `request list`")
      .writes()
      .prints(request_fields)
      .run([options](Context& context) {
        return decide(context, *options, booking::Action::confirm);
      });
  noun.sub("decline")
      .summary("Decline a request and tell the person why")
      .example("flead request decline bkg_01k9x0000000000000000000000 --reason \"On leave\"")
      .positional("BOOKING", options->id, "Its id, from `request list`")
      .option("--reason TEXT", options->reason, "Why; the person reads it")
      .writes()
      .prints(request_fields)
      .run([options](Context& context) {
        return decide(context, *options, booking::Action::decline);
      });
}

}  // namespace flead::cli
