// /h/money: what an expert has earned and not got yet, what is on its way, what was paid, and the
// statement of each month, which is a page to print.
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/booking/offer.h"
#include "core/money/books.h"
#include "core/money/payout.h"
#include "core/money/statement.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/host.h"

namespace flead::pages {

namespace {

constexpr std::int64_t k_payouts_shown = 20;
constexpr int k_months_shown = 12;

struct Earnings {
  HostVisit visit;
  std::vector<money::Balance> balances;  // of the expert's account, one a currency
  std::vector<money::Payout> payouts;    // newest first
  std::optional<money::PayoutMethod> method;
};

Result<Earnings> load_earnings(App& app, store::Tx& tx, const http::Request& request) {
  Earnings earnings;
  FLEAD_TRY(earnings.visit, load_host_visit(app, tx, request));
  const booking::Host& host = earnings.visit.host;
  FLEAD_TRY(
      earnings.balances,
      money::list_balances(tx, host.tenant, money::account::expert(host.id.text()), std::nullopt));
  money::PayoutFilter filter;
  filter.host = host.id.text();
  filter.limit = k_payouts_shown;
  FLEAD_TRY(earnings.payouts, money::list_payouts(tx, host.tenant, filter));
  FLEAD_TRY(earnings.method, money::payout_method_of(tx, host.id));
  return earnings;
}

// "2026-11" and those before it, in the tenant's zone, as statements are.
std::vector<std::string> last_months(const tenants::Tenant& tenant, TimeMs now) {
  auto zone = Zone::load(tenant.zone);
  if (!zone) zone = Zone::utc();
  Date day = zone->wall(now).date;
  std::vector<std::string> months;
  for (int i = 0; i < k_months_shown; ++i) {
    months.push_back(format_date(day).substr(0, 7));
    day.day = 1;
    day = date_from_days(days_from_date(day) - 1);
  }
  return months;
}

// What is owed to the expert; less than nothing after a refund of what was paid out.
std::string owed_text(std::int64_t minor, std::string_view currency, std::string_view language) {
  const std::string sum =
      print_money({minor < 0 ? -minor : minor, std::string(currency)}, language);
  return minor < 0 ? "−" + sum : sum;
}

Result<http::Reply> show_money(App& app, const http::Request& request) {
  FLEAD_TRY(const auto earnings,
            app.store.read([&](store::Tx& tx) { return load_earnings(app, tx, request); }));
  const HostVisit& visit = earnings.visit;
  const std::string language(language_name(visit.language));
  Page page = host_page("host_money", visit, text("host.money", visit.language));
  Data& data = page.data;
  for (const money::Balance& one : earnings.balances) {
    data.add("OWED").set("TEXT", owed_text(-one.amount_minor(), one.currency, language));
  }
  data.show_if("NOTHING", earnings.balances.empty());
  if (earnings.method) {
    data.add("WAY").set("TEXT", earnings.method->shown);
  } else {
    data.show("NO_WAY");
  }
  for (const money::Payout& one : earnings.payouts) {
    Data& row = data.add("PAYOUT");
    row.set("DAY", day_label(visit.zone, one.created_at, visit.language));
    row.set("AMOUNT", print_money(one.amount, language));
    row.set("STATE", text("payout." + one.state, visit.language));
    row.set("WHERE", one.shown);
    if (!one.reason.empty()) row.add("WHY").set("TEXT", one.reason);
  }
  std::vector<std::string> currencies;
  for (const money::Balance& one : earnings.balances) currencies.push_back(one.currency);
  if (currencies.empty()) currencies.emplace_back("RUB");
  for (const std::string& month : last_months(visit.tenant, app.world.clock.now())) {
    for (const std::string& currency : currencies) {
      Data& row = data.add("MONTH");
      row.set("NAME", currencies.size() > 1 ? month + ", " + currency : month);
      row.set("URL", "/h/money/" + month + "?currency=" + currency);
    }
  }
  return host_reply_to(200, page);
}

Result<http::Reply> show_statement(App& app, const http::Request& request) {
  struct Found {
    HostVisit visit;
    money::Statement statement;
  };
  FLEAD_TRY(const auto found, app.store.read([&](store::Tx& tx) -> Result<Found> {
    Found out;
    FLEAD_TRY(out.visit, load_host_visit(app, tx, request));
    money::StatementWish wish;
    wish.host = out.visit.host.id;
    wish.host_name = out.visit.host.name;
    wish.host_slug = out.visit.host.slug;
    wish.month = request.param("month");
    const auto currency = request.query_value("currency");
    if (currency && parse_currency(*currency)) wish.currency = *parse_currency(*currency);
    FLEAD_TRY(out.statement, money::statement(tx, out.visit.tenant, wish));
    return out;
  }));
  http::Reply reply = http::html_reply(
      200, money::statement_html(found.statement, language_name(found.visit.language)));
  add_security_headers(reply);
  // A page by itself, to be printed or kept: its style is in it, and nothing else is let in.
  reply.header("content-security-policy",
               "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  reply.header("cache-control", "no-store");
  return reply;
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply reply_with_money(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_host_money_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/h/money",
                   .handler = reply_with_money<show_money>,
                   .operation = "getHostMoney",
                   .summary = "What a host has earned, and what was paid out",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "GET",
                   .pattern = "/h/money/{month}",
                   .handler = reply_with_money<show_statement>,
                   .operation = "getHostStatement",
                   .summary = "A host's statement of a month, to print",
                   .query = {{"lang", "Language"}, {"currency"}},
                   .response_type = "text/html",
                   .refusals = {401, 422}});
}

}  // namespace flead::pages
