// `flead offer`: what can be booked, what it costs and what cancelling costs.
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/time_flag.h"
#include "core/base/text.h"
#include "core/booking/calcom_link.h"
#include "core/booking/offer.h"
#include "core/booking/price.h"

namespace flead::cli {
namespace {

struct OfferOptions {
  std::string host, slug;
  booking::OfferEdit edit;
  std::optional<std::string> length, buffer, notice, horizon;
  std::string on_request;
  std::optional<std::string> questions;
  bool all = false;
};

struct PriceOptions {
  std::string slug, format, currency = "RUB";
  std::optional<std::string> amount, least, most;
  bool end = false;
};

struct PolicyOptions {
  std::string slug, steps;
  std::optional<std::int64_t> moves;
  std::string move_notice;
};

struct WholeOffer {
  booking::Offer offer;
  booking::Host host;
  std::vector<booking::Price> prices;
  booking::Policy policy;
  std::optional<booking::CalcomLink> calcom;
};

Result<WholeOffer> load_whole(store::Tx& tx, booking::Offer offer) {
  WholeOffer out;
  FLEAD_TRY(out.host, booking::load_host(tx, offer.tenant, offer.host));
  FLEAD_TRY(out.prices, booking::prices_of(tx, offer.id));
  FLEAD_TRY(out.policy, booking::policy_of(tx, offer.id));
  FLEAD_TRY(out.calcom, booking::calcom_of(tx, offer.id));
  out.offer = std::move(offer);
  return out;
}

Json whole_json(const WholeOffer& whole) {
  Json prices = Json::array();
  for (const auto& price : whole.prices) prices.push(booking::to_json(price));
  return booking::to_json(whole.offer)
      .set("host", whole.host.slug)
      .set("prices", std::move(prices))
      .set("policy", booking::to_json(whole.policy))
      .set("calcom", whole.calcom ? booking::to_json(*whole.calcom) : Json());
}

Json whole_fields() {
  return whole_json({});
}

Result<booking::OfferEdit> read_edit(const OfferOptions& options) {
  booking::OfferEdit edit = options.edit;
  const auto read = [](std::string_view flag, const std::optional<std::string>& text,
                       std::optional<std::int64_t>& minutes) -> Status {
    if (!text) return {};
    FLEAD_TRY(minutes, read_minutes_flag(flag, *text));
    return {};
  };
  FLEAD_CHECK(read("--len", options.length, edit.length_min));
  FLEAD_CHECK(read("--buffer", options.buffer, edit.buffer_min));
  FLEAD_CHECK(read("--notice", options.notice, edit.notice_min));
  std::optional<std::int64_t> horizon_min;
  FLEAD_CHECK(read("--horizon", options.horizon, horizon_min));
  constexpr std::int64_t k_day_min = k_day_ms / k_minute_ms;
  if (horizon_min) edit.horizon_days = (*horizon_min + k_day_min - 1) / k_day_min;
  if (options.questions) edit.questions = split(*options.questions, '|');
  if (!options.on_request.empty()) edit.on_request = options.on_request == "yes";
  return edit;
}

// A change of an offer in one transaction; prints the whole of it.
template <class Make>
Status print_changed(Context& context, Make make) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto whole, app->store.write([&](store::Tx& tx) -> Result<WholeOffer> {
    FLEAD_TRY(auto offer, make(*app, tx, tenant));
    return load_whole(tx, std::move(offer));
  }));
  return context.print_object(whole_json(whole));
}

Status add_offer(Context& context, const OfferOptions& options) {
  FLEAD_TRY(const auto edit, read_edit(options));
  FLEAD_CHECK(print_changed(context, [&](App& app, store::Tx& tx, const tenants::Tenant& tenant) {
    return booking::add_offer(app.world, tx, tenant, options.host, options.slug, edit);
  }));
  context.say(
      fmt::format("Say when: flead slot rule add --offer {} --host HOST --weekly \"mon-fri "
                  "10:00-13:00\"",
                  options.slug));
  return {};
}

Status edit_offer(Context& context, const OfferOptions& options) {
  FLEAD_TRY(const auto edit, read_edit(options));
  return print_changed(context, [&](App& app, store::Tx& tx, const tenants::Tenant& tenant) {
    return booking::edit_offer(app.world, tx, tenant.id, options.slug, edit);
  });
}

Status retire_offer(Context& context, const OfferOptions& options) {
  FLEAD_CHECK(context.confirm(fmt::format("Take {} off the pages?", options.slug)));
  return print_changed(context, [&](App& app, store::Tx& tx, const tenants::Tenant& tenant) {
    return booking::retire_offer(app.world, tx, tenant.id, options.slug);
  });
}

Result<std::optional<std::int64_t>> read_amount(std::string_view flag,
                                                const std::optional<std::string>& text) {
  if (!text) return std::optional<std::int64_t>();
  const auto minor = parse_money_minor(*text);
  if (minor) return std::optional<std::int64_t>(*minor);
  return usage_error("amount_invalid",
                     fmt::format("{} takes an amount such as 5000 or 4999.90.", flag));
}

Status set_price(Context& context, const PriceOptions& options) {
  booking::NewPrice price;
  price.format = options.format;
  price.ended = options.end;
  FLEAD_TRY(const auto amount, read_amount("--amount", options.amount));
  if (amount.has_value() == options.end) {
    return usage_error("amount_needed", "Say --amount, or --end to end the price of a format.",
                       fmt::format("flead offer price {} --amount 5000", options.slug));
  }
  const auto currency = parse_currency(options.currency);
  if (!currency) return usage_error("currency_invalid", "--currency takes letters such as RUB.");
  price.money = {amount.value_or(0), *currency};
  FLEAD_TRY(price.least_minor, read_amount("--least", options.least));
  FLEAD_TRY(price.most_minor, read_amount("--most", options.most));
  return print_changed(
      context,
      [&](App& app, store::Tx& tx, const tenants::Tenant& tenant) -> Result<booking::Offer> {
        FLEAD_TRY(auto offer, booking::find_offer(tx, tenant.id, options.slug));
        FLEAD_CHECK(booking::set_price(app.world, tx, offer.id, price));
        return offer;
      });
}

Status set_policy(Context& context, const PolicyOptions& options) {
  booking::NewPolicy policy;
  policy.steps = options.steps;
  policy.moves_max = options.moves;
  if (!options.move_notice.empty()) {
    FLEAD_TRY(policy.move_notice_min, read_minutes_flag("--move-notice", options.move_notice));
  }
  return print_changed(
      context,
      [&](App& app, store::Tx& tx, const tenants::Tenant& tenant) -> Result<booking::Offer> {
        FLEAD_TRY(auto offer, booking::find_offer(tx, tenant.id, options.slug));
        FLEAD_CHECK(booking::set_policy(app.world, tx, offer.id, policy));
        return offer;
      });
}

Status list_offers(Context& context, const OfferOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) -> Result<Json::Array> {
    FLEAD_TRY(const auto offers, options.all ? booking::all_offers(tx, tenant.id)
                                             : booking::list_offers(tx, tenant.id));
    Json::Array rows;
    for (const auto& offer : offers) {
      FLEAD_TRY(const auto whole, load_whole(tx, offer));
      rows.push_back(whole_json(whole));
    }
    return rows;
  }));
  return context.print_list(found, {"slug", "host", "name", "length_min", "seats", "on_request"},
                            whole_fields());
}

Status show_offer(Context& context, const OfferOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto whole, app->store.read([&](store::Tx& tx) -> Result<WholeOffer> {
    FLEAD_TRY(auto offer, booking::find_offer(tx, tenant.id, options.slug));
    return load_whole(tx, std::move(offer));
  }));
  return context.print_object(whole_json(whole));
}

void add_terms(Command& verb, OfferOptions& options) {
  verb.option("--name TEXT", options.edit.name, "Its name, for visitors")
      .option("--description TEXT", options.edit.description, "What it is, for visitors")
      .option("--len TIME", options.length, "Length of a meeting, such as 50m; 30m unless set")
      .option("--buffer TIME", options.buffer, "Kept free after each meeting, such as 10m")
      .option("--notice TIME", options.notice, "No booking sooner than this, such as 4h")
      .option("--horizon TIME", options.horizon, "No booking later than this; 60d unless set")
      .option("--seats N", options.edit.seats, "People in one meeting; more than 1 is a group")
      .option("--per-day N", options.edit.day_max, "Meetings on one day at most; 0 is no limit")
      .option("--per-week N", options.edit.week_max, "Meetings in one week at most; 0 is no limit")
      .option("--location TEXT", options.edit.location, "An address, or the link of a call")
      .option("--questions LIST", options.questions,
              "What a person answers beforehand, joined by |; \"\" asks nothing")
      .option("--on-request", options.on_request, "Whether the host confirms each booking")
      .choices({"yes", "no"});
}

void add_price_verbs(Command& noun) {
  auto price = std::make_shared<PriceOptions>();
  noun.sub("price")
      .summary("Set what an offer costs; what is booked keeps the price it was booked at")
      .description(
          "An offer without a price is free. With --format each way of meeting has a price of its "
          "own. With --least and --most the person chooses between them, and --amount is what is "
          "suggested.")
      .example("flead offer price session --amount 5000")
      .example("flead offer price session --format online --amount 4000 --least 2000 --most 8000")
      .positional("OFFER", price->slug, "Its slug")
      .option("--amount SUM", price->amount, "Such as 5000 or 4999.90; 0 is free")
      .option("--currency CODE", price->currency, "RUB unless set")
      .option("--format TEXT", price->format, "How one meets, such as online")
      .option("--least SUM", price->least, "The least of a sliding scale")
      .option("--most SUM", price->most, "The most of a sliding scale")
      .option("--end", price->end, "This format is not offered any more")
      .writes()
      .prints(whole_fields)
      .run([price](Context& context) { return set_price(context, *price); });
  auto policy = std::make_shared<PolicyOptions>();
  noun.sub("policy")
      .summary("Set what is returned when a person cancels, and how often they may move")
      .description(
          "Steps are how long before the start and how many percent, longest first: \"24h 100, 2h "
          "50\" returns all until 24 hours before, half until 2 hours before, then nothing. Until "
          "a "
          "policy is set all is returned until the start. What is booked keeps the policy it was "
          "booked under; what the host cancels is returned whole.")
      .example("flead offer policy session --steps \"24h 100, 2h 50\" --moves 2 --move-notice 4h")
      .positional("OFFER", policy->slug, "Its slug")
      .required("--steps TEXT", policy->steps, "Such as \"24h 100, 2h 50\"; \"\" returns nothing")
      .option("--moves N", policy->moves, "How often a person may move a booking")
      .option("--move-notice TIME", policy->move_notice, "Not moved later than this, such as 4h")
      .writes()
      .prints(whole_fields)
      .run([policy](Context& context) { return set_policy(context, *policy); });
}

}  // namespace

void add_offer_commands(Command& root) {
  Command& noun = root.sub("offer").group(Group::booking).summary("What can be booked, and prices");
  auto options = std::make_shared<OfferOptions>();
  Command& add = noun.sub("add");
  add.summary("Make an offer; a host that is not there is made")
      .example("flead offer add session --host me --name \"Session\" --len 50m --per-day 4")
      .positional("OFFER", options->slug, "Its slug, in the address of its page")
      .option("--host HOST", options->host, "Who is met; needed when there are several");
  add_terms(add, *options);
  add.writes().prints(whole_fields).run([options](Context& context) {
    return add_offer(context, *options);
  });
  Command& edit = noun.sub("edit");
  edit.summary("Change an offer; what is not named stays")
      .example("flead offer edit session --len 60m --on-request yes")
      .positional("OFFER", options->slug, "Its slug");
  add_terms(edit, *options);
  edit.writes().prints(whole_fields).run([options](Context& context) {
    return edit_offer(context, *options);
  });
  add_price_verbs(noun);
  noun.sub("list")
      .summary("List offers with their prices and terms")
      .example("flead offer list --json")
      .option("--all", options->all, "Retired ones too")
      .prints(whole_fields)
      .run([options](Context& context) { return list_offers(context, *options); });
  noun.sub("show")
      .summary("Show an offer with its prices and terms")
      .example("flead offer show session")
      .positional("OFFER", options->slug, "Its slug")
      .prints(whole_fields)
      .run([options](Context& context) { return show_offer(context, *options); });
  add_offer_pools(noun);
  add_offer_calcom(noun);
  noun.sub("retire")
      .summary("Take an offer off the pages; what is booked stays")
      .example("flead offer retire session --yes")
      .positional("OFFER", options->slug, "Its slug")
      .writes()
      .prints(whole_fields)
      .run([options](Context& context) { return retire_offer(context, *options); });
}

}  // namespace flead::cli
