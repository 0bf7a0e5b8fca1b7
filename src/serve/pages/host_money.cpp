// What a host has earned, what is on its way, and statements of the last months: /h/money. Reads
// alone: how a host is paid is asked for on /h/method (host_method.cpp).
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/money/owed.h"
#include "core/money/payout.h"
#include "core/money/statement.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/host.h"

namespace flead::pages {

namespace {

constexpr std::int64_t k_payouts_shown_max = 20;
constexpr int k_statements_shown = 6;  // months, with the one that has begun

struct HostSum {
  std::string currency;
  money::Earnings earned;
};

struct HostMoney {
  HostVisit visit;
  std::vector<HostSum> sums;
  std::vector<money::Payout> payouts;
  std::optional<money::PayoutMethod> method;
};

Result<HostMoney> load_host_money(App& app, store::Tx& tx, const http::Request& request) {
  HostMoney out;
  FLEAD_TRY(out.visit, load_host_visit(app, tx, request));
  const TenantId& tenant = out.visit.tenant.id;
  const HostId& host = out.visit.host.id;
  FLEAD_TRY(const std::string delay, tenants::setting(app, tx, tenant, "payout.delay"));
  const TimeMs ripe = app.world.clock.now() - parse_duration_ms(delay).value_or(0);
  FLEAD_TRY(const auto currencies, money::earned_currencies(tx, host, tenant));
  for (const std::string& currency : currencies) {
    FLEAD_TRY(const auto earned, money::earnings(tx, tenant, host, currency, ripe));
    out.sums.push_back({currency, earned});
  }
  money::PayoutFilter filter;
  filter.host = host.text();
  filter.limit = k_payouts_shown_max;
  FLEAD_TRY(out.payouts, money::list_payouts(tx, tenant, filter));
  FLEAD_TRY(out.method, money::payout_method_of(tx, host));
  return out;
}

std::string money_label(std::int64_t minor, const std::string& currency, Language language) {
  return (minor < 0 ? "−" : "") +
         print_money({minor < 0 ? -minor : minor, currency}, language_name(language));
}

std::string_view payout_word(const money::Payout& payout) {
  if (payout.state == "succeeded") return "host.paid";
  if (payout.state == "failed" || payout.state == "canceled") return "host.came_back";
  return "host.under_way";
}

// The month that has begun, and those before it.
void fill_statements(const HostMoney& all, TimeMs now, Data& data) {
  const auto zone = Zone::load(all.visit.tenant.zone);
  const std::string currency = all.sums.empty() ? "RUB" : all.sums.front().currency;
  Date day = (zone ? *zone : Zone::utc()).wall(now).date;
  for (int i = 0; i < k_statements_shown; ++i) {
    day.day = 1;
    const std::string month = format_date(day).substr(0, 7);
    Data& row = data.add("STATEMENT");
    row.set("URL", "/h/money/" + month + "?currency=" + currency).set("MONTH", month);
    day = date_from_days(days_from_date(day) - 1);
  }
}

void fill_host_money(const HostMoney& all, TimeMs now, Data& data) {
  const Language language = all.visit.language;
  for (const HostSum& sum : all.sums) {
    Data& row = data.add("SUM");
    row.set("BALANCE", money_label(sum.earned.balance_minor, sum.currency, language));
    if (sum.earned.maturing_minor <= 0) continue;
    row.add("MATURING")
        .set("AMOUNT", money_label(sum.earned.maturing_minor, sum.currency, language));
  }
  data.show_if("NONE", all.sums.empty());
  if (all.method) {
    data.add("METHOD").set("TEXT", all.method->shown);
  } else {
    data.show("NO_METHOD");
  }
  for (const money::Payout& payout : all.payouts) {
    Data& row = data.add("PAYOUT");
    row.set("DAY", day_label(all.visit.zone, payout.created_at, language));
    row.set("AMOUNT", money_label(payout.amount.amount_minor, payout.amount.currency, language));
    row.set("TO", payout.shown).set("STATE", text(payout_word(payout), language));
  }
  data.show_if("NO_PAYOUTS", all.payouts.empty());
  fill_statements(all, now, data);
}

Result<http::Reply> show_host_money(App& app, const http::Request& request) {
  FLEAD_TRY(const auto all,
            app.store.read([&](store::Tx& tx) { return load_host_money(app, tx, request); }));
  Page page = host_page("host_money", all.visit, text("host.money", all.visit.language));
  fill_host_money(all, app.world.clock.now(), page.data);
  return host_reply_to(200, page);
}

// A file to be opened and printed: it carries its own style, which our pages' policy forbids.
Result<http::Reply> show_host_statement(App& app, const http::Request& request) {
  Language language = Language::en;
  FLEAD_TRY(const auto statement, app.store.read([&](store::Tx& tx) -> Result<money::Statement> {
    FLEAD_TRY(const auto visit, load_host_visit(app, tx, request));
    language = visit.language;
    money::StatementWish wish;
    wish.host = visit.host.id;
    wish.host_name = visit.host.name;
    wish.host_slug = visit.host.slug;
    wish.month = request.param("month");
    const auto currency = parse_currency(request.query_value("currency").value_or(""));
    if (currency) wish.currency = *currency;
    return money::statement(tx, visit.tenant, wish);
  }));
  http::Reply reply =
      http::html_reply(200, money::statement_html(statement, language_name(language)));
  reply.header("content-disposition",
               fmt::format("attachment; filename=\"statement-{}.html\"", statement.month));
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
                   .handler = reply_with_money<show_host_money>,
                   .operation = "getHostMoney",
                   .summary = "What a host has earned, and what was paid out",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "GET",
                   .pattern = "/h/money/{month}",
                   .handler = reply_with_money<show_host_statement>,
                   .operation = "getHostStatement",
                   .summary = "A host's statement of a month, to be printed",
                   .query = {{"lang", "Language"}, {"currency"}},
                   .response_type = "text/html",
                   .refusals = {401, 422}});
}

}  // namespace flead::pages
