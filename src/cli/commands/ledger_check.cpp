// `flead ledger reconcile` and `flead ledger verify`: the book against a provider's registry, and
// against itself. Nothing here changes anything.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/time_flag.h"
#include "core/base/text.h"
#include "core/money/books.h"
#include "core/money/reconcile.h"
#include "core/money/registry.h"

namespace flead::cli {
namespace {

struct LedgerReconcile {
  std::string file, account;
  std::string id_column = "id", amount_column = "amount";
  std::string date_column, currency_column, fee_column;
  std::string currency = "RUB";
  std::optional<std::string> since, until;
};

struct DifferenceKind {
  std::string_view name;
  std::vector<money::Difference> money::Differences::*list;
  std::string_view next;
};
constexpr DifferenceKind k_difference_kinds[] = {
    {"missing_here", &money::Differences::missing_here,
     "Look the id up at the provider: is it ours, and real? Then flead ledger record, with the id "
     "as the first word of --text"},
    {"missing_there", &money::Differences::missing_there,
     "It may be in the registry of the next day; else look it up at the provider, and if it never "
     "took place: flead ledger correct NUMBER --reason TEXT"},
    {"amount_differs", &money::Differences::amount_differs,
     "Compare the line with flead ledger show NUMBER; whoever is right: correct it, and record it "
     "anew with the other amount"},
};

Json difference_fields() {
  return money::to_json(money::Difference{}, "", "");
}

// What to do next is the same for all of a kind, and too long for a table.
Status print_differences(Context& context, const money::Differences& found) {
  Json::Array rows;
  for (const DifferenceKind& kind : k_difference_kinds) {
    for (const money::Difference& one : found.*kind.list) {
      rows.push_back(money::to_json(one, kind.name, kind.next));
    }
  }
  const bool table = context.wants_table();
  std::vector<std::string> columns = {"difference", "id", "theirs", "ours", "lines", "numbers"};
  if (!table) columns.push_back("next");
  FLEAD_CHECK(context.print_list(rows, columns, difference_fields()));
  for (const DifferenceKind& kind : k_difference_kinds) {
    if (table && !(found.*kind.list).empty()) {
      context.say(fmt::format("{}: {}", kind.name, kind.next));
    }
  }
  return {};
}

// The days given, else those of the file: a payment of another month is not missed.
Status choose_period(Context& context, const LedgerReconcile& options,
                     const money::Registry& registry, const Zone& zone,
                     money::BookRowsOptions& rows) {
  if (registry.first_day) {
    rows.from = zone.day_start(*registry.first_day);
    rows.to = zone.day_start(date_from_days(days_from_date(*registry.last_day) + 1));
  }
  if (options.since) {
    FLEAD_TRY(rows.from, read_time_flag(context, "--since", *options.since));
  }
  if (options.until) {
    FLEAD_TRY(rows.to, read_time_flag(context, "--until", *options.until));
  }
  return {};
}

// Where payouts go out from, unless payments come in by that name, too.
Result<bool> is_gateway(store::Tx& tx, const TenantId& tenant, std::string_view name) {
  FLEAD_TRY(const auto in,
            money::list_balances(tx, tenant, money::account::provider(name), std::nullopt));
  FLEAD_TRY(const auto out,
            money::list_balances(tx, tenant, money::account::gateway(name), std::nullopt));
  return in.empty() && !out.empty();
}

// A registry of payouts writes them without a sign.
void take_as_sent(std::vector<money::TheirRow>& rows) {
  for (money::TheirRow& row : rows) row.amount_minor = -std::abs(row.amount_minor);
}

Status reconcile_registry(Context& context, const LedgerReconcile& options) {
  std::string account = money::account::provider(options.account);
  if (!money::is_account(account)) {
    return usage_error("account_invalid", fmt::format("'{}' is no account at a provider", account),
                       "--account main is assets:provider:main; flead ledger balance "
                       "assets:provider lists them");
  }
  FLEAD_TRY(const std::string file, context.read_file(options.file, money::k_registry_bytes_max));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  const money::RegistryColumns columns{options.id_column, options.amount_column,
                                       options.date_column, options.currency_column,
                                       options.fee_column};
  FLEAD_TRY(auto registry, money::read_registry(file, columns, options.currency, zone));
  FLEAD_TRY(const bool pays_out, app->store.read([&](store::Tx& tx) {
    return is_gateway(tx, tenant.id, options.account);
  }));
  if (pays_out) {
    account = money::account::gateway(options.account);
    take_as_sent(registry.rows);
  }
  money::BookRowsOptions rows;
  rows.account = account;
  rows.with_fees = !options.fee_column.empty();
  FLEAD_CHECK(choose_period(context, options, registry, zone, rows));
  FLEAD_TRY(const auto ours, app->store.read([&](store::Tx& tx) {
    return money::book_rows(tx, tenant.id, rows, money::named_by_payment(registry.rows));
  }));
  const money::Differences found = money::reconcile(registry.rows, ours);
  FLEAD_CHECK(print_differences(context, found));
  const std::size_t differences = found.count();
  context.say(fmt::format("{} rows of theirs, {} agree with {}{}; {} difference{}.",
                          registry.rows.size(), found.agreed, account,
                          registry.left_out > 0
                              ? fmt::format(", {} left out (no id, or no money)", registry.left_out)
                              : "",
                          differences, differences == 1 ? "" : "s"));
  if (differences == 0) return {};
  return unmet("registry_differs",
               fmt::format("The registry and {} differ in {} place{}.", account, differences,
                           differences == 1 ? "" : "s"),
               "`next` of each row says what to do (--json)");
}

// ---- verify ----------------------------------------------------------------------------------

Json verified_row(const tenants::Tenant& tenant, const money::LedgerCheck& check) {
  Json row =
      Json::object({{"tenant", tenant.slug}, {"state", check.faults.empty() ? "ok" : "bad"}});
  const Json counted = money::to_json(check);
  for (const auto& [key, value] : counted.members()) row.set(key, value);
  return row;
}

Status verify_ledger(Context& context) {
  FLEAD_TRY(App * app, context.app());
  std::vector<TenantId> books;
  if (context.globals.tenant) {
    FLEAD_TRY(const auto tenant, context.tenant());
    books = {tenant.id};
  } else {
    FLEAD_TRY(books, app->store.read(money::tenants_with_books));
  }
  Json::Array rows;
  std::size_t faults = 0;
  for (const TenantId& id : books) {
    FLEAD_CHECK(app->store.read([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto tenant, tenants::load(tx, id));
      FLEAD_TRY(const auto check, money::verify(tx, id));
      faults += check.faults.size();
      for (const money::LedgerFault& fault : check.faults) {
        context.say(fmt::format("{}: {}: {}", tenant.slug, fault.code, fault.message));
      }
      rows.push_back(verified_row(tenant, check));
      return {};
    }));
  }
  FLEAD_CHECK(context.print_list(rows, {"tenant", "state", "transactions", "accounts", "chain"},
                                 verified_row({}, {})));
  if (faults == 0) return {};
  Error error =
      store_error("ledger_damaged", faults == 1 ? "The book has 1 fault."
                                                : fmt::format("The book has {} faults.", faults));
  error.hint =
      "Somebody changed rows by hand: compare with a backup of before (flead --db COPY ledger "
      "verify)";
  return error;
}

}  // namespace

void add_ledger_checks(Command& ledger) {
  auto options = std::make_shared<LedgerReconcile>();
  ledger.sub("reconcile")
      .summary("Compare a provider's registry with the book; exit 8 if they differ")
      .description(
          "The registry is CSV as the provider sends it: commas or semicolons, decimal commas or "
          "points, a minus sign for what went back, words above the table. A row belongs to the "
          "entry of the payment, refund or payout with its id, or that has it as a word of its "
          "text. "
          "Entries of other days "
          "than the registry's are not missed; moves to the bank and, without --fee-column, fees "
          "are left aside.")
      .example("flead ledger reconcile registry.csv --account main --date-column date")
      .example("flead ledger reconcile - --account main --id-column 'Payment' --amount-column Sum")
      .positional("FILE", options->file, "The registry; - for standard input")
      .required("--account NAME", options->account,
                "Of assets:provider:NAME, or assets:gateway:NAME")
      .option("--id-column NAME", options->id_column, "Header of the provider's ids; id unless set")
      .option("--amount-column NAME", options->amount_column, "Of the amounts; amount unless set")
      .option("--date-column NAME", options->date_column,
              "Of the days; they say which entries should be there")
      .option("--fee-column NAME", options->fee_column, "Of what the provider keeps of each")
      .option("--currency-column NAME", options->currency_column, "Of the currencies")
      .option("--currency CODE", options->currency, "Where no column says; RUB unless set")
      .option("--since TIME", options->since, "Entries from this time on should be there")
      .option("--until TIME", options->until, "Entries before this time should be there")
      .prints(difference_fields)
      .run([options](Context& context) { return reconcile_registry(context, *options); });
  ledger.sub("verify")
      .summary("Count all books again, or one of --tenant; exit 9 if any was changed by hand")
      .description(
          "Numbers without a gap, each transaction's hash with that of the one before it, and "
          "every balance. `flead doctor` and `flead db check` do the same.")
      .example("flead ledger verify")
      .prints([] { return verified_row({}, {}); })
      .run(verify_ledger);
}

}  // namespace flead::cli
