// `flead waitlist`: who waits for a place of an offer.
#include <memory>
#include <string>
#include <utility>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "cli/io/time_flag.h"
#include "core/booking/waitlist.h"

namespace flead::cli {
namespace {

struct WaitOptions {
  std::string id, lead, offer, zone, from, to, status, cursor;
  std::int64_t limit = k_page_default;
};

Json wait_fields() {
  return booking::to_json(booking::Wait{}, "");
}

Status add_wait(Context& context, const WaitOptions& options) {
  booking::NewWait input;
  input.offer = options.offer;
  input.zone = options.zone;
  input.origin.actor = "cli";
  if (!options.from.empty()) {
    FLEAD_TRY(input.from, read_time_flag(context, "--from", options.from));
  }
  if (!options.to.empty()) {
    FLEAD_TRY(input.to, read_time_flag(context, "--to", options.to));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto wait, app->store.write([&](store::Tx& tx) -> Result<booking::Wait> {
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
    input.lead = lead.id;
    return booking::join_waitlist(*app, tx, tenant, input);
  }));
  return context.print_object(booking::to_json(wait, app->config.base_url));
}

Status list_waiting(Context& context, const WaitOptions& options) {
  FLEAD_CHECK(check_limit(options.limit));
  if (!options.cursor.empty() && !is_id(options.cursor, booking::WaitIdTag::k_prefix)) {
    return usage_error("bad_cursor", "--cursor is the id of the last row shown");
  }
  booking::WaitFilter filter;
  filter.offer = options.offer;
  filter.status = options.status;
  filter.after_id = options.cursor;
  filter.limit = options.limit + 1;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto waits, app->store.read([&](store::Tx& tx) {
    return booking::list_waits(tx, tenant.id, filter);
  }));
  Page page;
  page.limit = options.limit;
  cut_page(context, page, waits);
  Json::Array rows;
  for (const auto& wait : waits) rows.push_back(booking::to_json(wait, app->config.base_url));
  return context.print_list(rows, {"id", "status", "offer", "lead", "offered_until"},
                            wait_fields());
}

Status remove_wait(Context& context, const WaitOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto wait, app->store.write([&](store::Tx& tx) {
    return booking::leave_waitlist(*app, tx, tenant, booking::WaitId(options.id));
  }));
  return context.print_object(booking::to_json(wait, app->config.base_url));
}

}  // namespace

void add_waitlist_commands(Command& root) {
  Command& noun =
      root.sub("waitlist").group(Group::booking).summary("Who waits for a place of an offer");
  auto options = std::make_shared<WaitOptions>();
  noun.sub("add")
      .summary("Let a lead wait for a place; whoever waits longest is asked first")
      .description(
          "When a place comes free (cancelled, moved, declined, a hold that lapsed) it is kept for "
          "the first who wants its time, for as long as the setting waitlist.offer says, and they "
          "are told. What they don't take goes to the next.")
      .example("flead waitlist add +79160000001 --offer session --to 2026-02-01")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .option("--offer SLUG", options->offer, "Of this offer; needed when there are several")
      .option("--from TIME", options->from, "Only for places from this time on")
      .option("--to TIME", options->to, "Only for places before this time")
      .option("--zone ZONE", options->zone, "The person's zone, for messages")
      .writes()
      .prints(wait_fields)
      .run([options](Context& context) { return add_wait(context, *options); });
  noun.sub("list")
      .summary("List who waits, longest first")
      .example("flead waitlist list --offer session --status waiting")
      .option("--offer SLUG", options->offer, "Only for this offer")
      .option("--status", options->status, "Only in this state")
      .choices({"waiting", "offered", "booked", "lapsed", "left"})
      .option("--cursor ID", options->cursor, "Go on after this row")
      .option("--limit N", options->limit, k_limit_text)
      .prints(wait_fields)
      .run([options](Context& context) { return list_waiting(context, *options); });
  noun.sub("remove")
      .summary("Take somebody off the list; a place that is kept goes to the next")
      .example("flead waitlist remove wait_01k9x0000000000000000000000")
      .positional("WAIT", options->id, "Its id, from `waitlist list`")
      .writes()
      .prints(wait_fields)
      .run([options](Context& context) { return remove_wait(context, *options); });
}

}  // namespace flead::cli
