// `flead payout statement`: what an expert has earned and got in a month.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/booking/offer.h"
#include "core/money/statement.h"

namespace flead::cli {
namespace {

struct StatementWords {
  std::string host, month, format, language;
  std::string currency = "RUB";
};

// The last month that has ended in the tenant's zone.
Result<std::string> last_month(const App& app, const tenants::Tenant& tenant) {
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  Date day = zone.wall(app.world.clock.now()).date;
  day.day = 1;
  const Date before = date_from_days(days_from_date(day) - 1);
  return fmt::format("{:04}-{:02}", before.year, before.month);
}

Status print_statement(Context& context, const StatementWords& words) {
  const auto currency = parse_currency(words.currency);
  if (!currency) return usage_error("currency_invalid", "--currency takes letters such as RUB");
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  money::StatementWish wish;
  wish.month = words.month;
  wish.currency = *currency;
  if (wish.month.empty()) {
    FLEAD_TRY(wish.month, last_month(*app, tenant));
  }
  FLEAD_TRY(const auto statement, app->store.read([&](store::Tx& tx) -> Result<money::Statement> {
    FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, words.host));
    wish.host = host.id;
    wish.host_name = host.name;
    wish.host_slug = host.slug;
    return money::statement(tx, tenant, wish);
  }));
  if (context.wants_json()) return context.print_object(money::to_json(statement));
  const std::string language = words.language.empty() ? tenant.locale : words.language;
  const std::string format = context.globals.csv ? "csv" : words.format;
  if (format == "csv") return context.write(money::statement_csv(statement, language));
  if (format == "html") return context.write(money::statement_html(statement, language));
  return context.write(money::statement_markdown(statement, language));
}

}  // namespace

void add_payout_statement(Command& payout) {
  auto words = std::make_shared<StatementWords>();
  payout.sub("statement")
      .summary("Write an expert's statement of a month: meetings, refunds, payouts, balances")
      .description(
          "Read from the ledger, so its sums are the ledger's. The HTML is a page of A4 without "
          "anything from elsewhere: print it, or print it into a PDF.")
      .example("flead payout statement ira --month 2026-01")
      .example("flead payout statement ira --month 2026-01 --format html -o ira-2026-01.html")
      .positional("HOST", words->host, "Whose, by its slug")
      .option("--month MONTH", words->month, "Such as 2026-01; without it the last one that ended")
      .option("--format FORMAT", words->format, "How it is written; without it md")
      .choices({"md", "csv", "html"})
      .option("--language LANG", words->language, "Without it the tenant's")
      .choices({"ru", "en"})
      .option("--currency CODE", words->currency, "RUB, or XTS for what was tried in tests")
      .prints([] { return money::to_json(money::Statement{}); })
      .run([words](Context& context) { return print_statement(context, *words); });
}

}  // namespace flead::cli
