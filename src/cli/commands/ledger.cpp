// `flead ledger`: what became of every kopeck. Reading, entries by hand, closing, export; what
// compares and verifies is in ledger_check.cpp.
#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/output.h"
#include "cli/io/page.h"
#include "cli/io/time_flag.h"
#include "core/base/text.h"
#include "core/money/books.h"
#include "core/money/by_hand.h"
#include "core/money/ledger.h"
#include "core/money/ledger_export.h"

namespace flead::cli {
namespace {

constexpr const char* k_account_words =
    "An account is a path such as assets:bank or expenses:rooms; the first word is assets, "
    "liabilities, income, expenses or equity";

struct LedgerShow {
  std::string number, account, kind, subject;
  PageOptions page;
};
struct LedgerBalance {
  std::string account;
  std::optional<std::string> at;
  bool all = false;
};
struct LedgerRecord {
  std::string debit, credit, amount, currency = "RUB", text;
  std::optional<std::string> at;
};
struct LedgerCorrect {
  std::string number, reason;
};
struct LedgerExport {
  std::string format = "csv";
  std::optional<std::string> since, until;
  bool excel = false;
};

Json transaction_fields() {
  return money::to_json(money::Transaction{});
}

Json closed_row(std::string_view month, TimeMs until, const money::BookState& book) {
  return Json::object({{"month", month},
                       {"closed_until", format_time(until)},
                       {"last_number", book.last_number},
                       {"chain", book.chain}});
}

// Any account, and a beginning of one: "assets" is what all assets are below.
Status check_below(std::string_view account) {
  if (account.empty() || money::is_account(std::string(account) + ":x")) return {};
  return usage_error("account_invalid", fmt::format("'{}' is no account", account),
                     k_account_words);
}

Result<std::int64_t> transaction_number(std::string_view text, std::string_view what) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number > 0) return number;
  return usage_error("number_invalid", fmt::format("{} is the number of a transaction", what),
                     "flead ledger show lists them");
}

// ---- show ------------------------------------------------------------------------------------

// For people and spreadsheets: a row for each move.
void add_move_rows(const money::Transaction& one, Json::Array& rows) {
  for (const money::Move& move : one.moves) {
    rows.push_back(Json::object({{"number", one.number},
                                 {"at", format_time(one.at)},
                                 {"kind", one.kind},
                                 {"debit", move.debit},
                                 {"credit", move.credit},
                                 {"amount", to_json(Money{move.amount_minor, one.currency})},
                                 {"text", one.text}}));
  }
}

Status print_moves(Context& context, const std::vector<money::Transaction>& list) {
  Json::Array rows;
  if (context.wants_json()) {
    for (const auto& one : list) rows.push_back(money::to_json(one));
  } else {
    for (const auto& one : list) add_move_rows(one, rows);
  }
  return context.print_list(rows, {"number", "at", "kind", "debit", "credit", "amount", "text"},
                            transaction_fields());
}

Status show_one(Context& context, const LedgerShow& options) {
  FLEAD_TRY(const std::int64_t number, transaction_number(options.number, "NUMBER"));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto one, app->store.read([&](store::Tx& tx) {
    return money::load_transaction(tx, tenant.id, number);
  }));
  if (!context.wants_table()) return context.print_object(money::to_json(one));
  Json head = money::to_json(one);
  head.set("moves", static_cast<std::int64_t>(one.moves.size()));
  FLEAD_CHECK(context.print_object(head));
  FLEAD_CHECK(context.write("\n"));
  Json::Array rows;
  add_move_rows(one, rows);
  return context.print_list(rows, {"debit", "credit", "amount"});
}

Status show_ledger(Context& context, const LedgerShow& options) {
  if (!options.number.empty()) return show_one(context, options);
  FLEAD_CHECK(check_below(options.account));
  money::LedgerFilter filter;
  filter.account = options.account;
  filter.kind = options.kind;
  filter.subject = options.subject;
  PageOptions given = options.page;
  if (!given.cursor.empty()) {
    FLEAD_TRY(filter.before_number, transaction_number(given.cursor, "--cursor"));
    given.cursor.clear();
  }
  FLEAD_TRY(const Page page, read_page(context, given, ""));
  filter.from = page.since;
  filter.to = page.until;
  filter.limit = page.limit + 1;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto list, app->store.read([&](store::Tx& tx) {
    return money::list_transactions(tx, tenant.id, filter);
  }));
  if (list.size() > static_cast<std::size_t>(page.limit)) {
    list.resize(static_cast<std::size_t>(page.limit));
    tell_next_page(context, std::to_string(list.back().number));
  }
  return print_moves(context, list);
}

// ---- balance ---------------------------------------------------------------------------------

// A bare day counts whole: what lay there in the evening.
Result<TimeMs> balance_moment(Context& context, const std::string& text) {
  const auto day = parse_date(trim(text));
  if (!day) return read_time_flag(context, "--at", text);
  FLEAD_TRY(const Zone zone, context.zone());
  return zone.day_start(date_from_days(days_from_date(*day) + 1));
}

// Of a whole book it is always nothing, of one account it is the account.
void tell_totals(Context& context, std::string_view below,
                 const std::vector<money::Balance>& balances) {
  if (below.empty()) return;
  std::map<std::string, std::pair<std::int64_t, int>> totals;
  for (const money::Balance& one : balances) {
    totals[one.currency].first += one.amount_minor();
    ++totals[one.currency].second;
  }
  for (const auto& [currency, total] : totals) {
    if (total.second < 2) continue;
    context.say(fmt::format("{} together: {} {}", below, decimal_text(total.first), currency));
  }
}

Status show_balance(Context& context, const LedgerBalance& options) {
  FLEAD_CHECK(check_below(options.account));
  std::optional<TimeMs> before;
  if (options.at) {
    FLEAD_TRY(before, balance_moment(context, *options.at));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto balances, app->store.read([&](store::Tx& tx) {
    return money::list_balances(tx, tenant.id, options.account, before);
  }));
  if (balances.size() == static_cast<std::size_t>(money::k_balances_max)) {
    context.say("There are more: ask below one account, such as liabilities:prepaid");
  }
  if (!options.all) {
    std::erase_if(balances, [](const money::Balance& one) { return one.amount_minor() == 0; });
  }
  Json::Array rows;
  for (const money::Balance& one : balances) rows.push_back(money::to_json(one));
  FLEAD_CHECK(context.print_list(rows, {"account", "balance", "debit", "credit"},
                                 money::to_json(money::Balance{})));
  tell_totals(context, options.account, balances);
  return {};
}

// ---- entries ---------------------------------------------------------------------------------

Result<money::HandEntry> read_hand_entry(Context& context, const LedgerRecord& options) {
  money::HandEntry entry;
  for (const std::string& account : {options.debit, options.credit}) {
    if (money::is_account(account)) continue;
    return usage_error("account_invalid", fmt::format("'{}' is no account", account),
                       k_account_words);
  }
  entry.debit = options.debit;
  entry.credit = options.credit;
  const auto amount_minor = parse_money_minor(options.amount);
  if (!amount_minor) {
    return usage_error("amount_invalid", "AMOUNT is a sum such as 5000 or 4999.90",
                       "Money goes from CREDIT to DEBIT: swap the two instead of a minus sign");
  }
  entry.amount_minor = *amount_minor;
  const auto currency = parse_currency(options.currency);
  if (!currency) return usage_error("currency_invalid", "--currency takes letters such as RUB.");
  entry.currency = *currency;
  entry.text = options.text;
  entry.actor = "cli";
  if (options.at) {
    FLEAD_TRY(entry.at, read_time_flag(context, "--at", *options.at));
  }
  return entry;
}

Result<std::vector<std::string>> new_accounts(store::Tx& tx, const TenantId& tenant,
                                              const money::HandEntry& entry) {
  std::vector<std::string> unknown;
  for (const std::string& account : {entry.debit, entry.credit}) {
    FLEAD_TRY(const auto known, money::list_balances(tx, tenant, account, std::nullopt));
    const bool there = std::any_of(known.begin(), known.end(), [&](const money::Balance& one) {
      return one.account == account;
    });
    if (!there) unknown.push_back(account);
  }
  return unknown;
}

Status record_entry(Context& context, const LedgerRecord& options) {
  FLEAD_TRY(const auto entry, read_hand_entry(context, options));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto unknown,
            app->store.read([&](store::Tx& tx) { return new_accounts(tx, tenant.id, entry); }));
  FLEAD_TRY(const auto made, app->store.write([&](store::Tx& tx) {
    return money::record(app->world, tx, tenant.id, entry);
  }));
  // A slip of the pen makes an account of its own: said, never refused.
  for (const std::string& account : unknown) context.say("A new account: " + account);
  return context.print_object(money::to_json(made));
}

Status correct_entry(Context& context, const LedgerCorrect& options) {
  FLEAD_TRY(const std::int64_t number, transaction_number(options.number, "NUMBER"));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto made, app->store.write([&](store::Tx& tx) {
    return money::correct(app->world, tx, tenant.id, number, options.reason, "cli");
  }));
  return context.print_object(money::to_json(made));
}

Status close_ledger_month(Context& context, const std::string& month) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  if (!context.globals.dry_run) {
    FLEAD_CHECK(context.confirm(
        fmt::format("Close {} and all before it for good? No entry will get in there.", month)));
  }
  FLEAD_TRY(const Json closed, app->store.write([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const TimeMs until, money::close_month(app->world, tx, tenant.id, zone, month));
    FLEAD_TRY(const auto book, money::load_book(tx, tenant.id));
    return closed_row(month, until, book);
  }));
  return context.print_object(closed);
}

// ---- export ----------------------------------------------------------------------------------

Status export_json(Context& context, store::Store& store, const TenantId& tenant,
                   const money::LedgerExportOptions& options) {
  const bool lines = context.globals.jsonl;
  const std::string& wanted = context.globals.json ? *context.globals.json : std::string();
  const auto fields = wanted.empty() ? std::vector<std::string>() : split(wanted, ',');
  bool first = true;
  if (!lines) FLEAD_CHECK(context.write("["));
  FLEAD_TRY(const std::int64_t taken,
            money::each_in_time(store, tenant, options, [&](const money::Transaction& one) {
              const Json row = money::to_json(one);
              std::string text = fields.empty() ? row.dump() : pick_fields(row, fields).dump();
              text = lines ? text + "\n" : (first ? "\n  " : ",\n  ") + text;
              first = false;
              return context.write(text);
            }));
  if (context.globals.output) context.say(std::to_string(taken) + " transactions");
  return lines ? Status() : context.write(first ? "]\n" : "\n]\n");
}

Status export_book(Context& context, const LedgerExport& given) {
  const Globals& globals = context.globals;
  const bool journal = given.format == "journal";
  if (globals.tsv || (journal && (given.excel || globals.csv || context.wants_json())) ||
      (given.excel && context.wants_json())) {
    return usage_error("format_conflict",
                       "One format at a time: --format csv, --excel, --format journal, --json or "
                       "--jsonl.");
  }
  money::LedgerExportOptions options;
  if (given.since) {
    FLEAD_TRY(options.from, read_time_flag(context, "--since", *given.since));
  }
  if (given.until) {
    FLEAD_TRY(options.to, read_time_flag(context, "--until", *given.until));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  if (context.wants_json()) return export_json(context, app->store, tenant.id, options);
  FLEAD_TRY(const Zone zone, Zone::load(tenant.zone));
  options.format = journal       ? money::LedgerFormat::journal
                   : given.excel ? money::LedgerFormat::excel
                                 : money::LedgerFormat::csv;
  options.title = "The book of " + tenant.slug;
  FLEAD_TRY(const std::int64_t taken,
            money::export_ledger(app->store, tenant.id, zone, options,
                                 [&](std::string_view text) { return context.write(text); }));
  if (globals.output) context.say(std::to_string(taken) + " transactions");
  return {};
}

// ---- the tree --------------------------------------------------------------------------------

void add_ledger_reading(Command& noun) {
  auto show = std::make_shared<LedgerShow>();
  Command& verb = noun.sub("show");
  verb.summary("Show the book, newest first, or one transaction")
      .description(
          "A table has a row for each move of money, from the account under CREDIT to the one "
          "under DEBIT; --json has a transaction with its moves.")
      .example("flead ledger show --account liabilities:expert --since 2026-10-01")
      .example("flead ledger show 17")
      .optional_positional("NUMBER", show->number, "Only this transaction, whole")
      .option("--account ACCOUNT", show->account, "Only what touches it or an account below it")
      .option("--kind KIND", show->kind, "Only of this kind: manual, correction, payment")
      .option("--subject ID", show->subject, "Only what is about this, such as a payment");
  add_time_options(verb, show->page, "what counts");
  verb.option("--limit N", show->page.limit, k_limit_text)
      .option("--cursor NUMBER", show->page.cursor, "Go on after this one, the last of a page")
      .not_empty()
      .prints(transaction_fields)
      .run([show](Context& context) { return show_ledger(context, *show); });
  auto balance = std::make_shared<LedgerBalance>();
  noun.sub("balance")
      .summary("Show what lies in each account")
      .description(
          "Debits less credits: what you have and spend is above zero, what you owe and earn is "
          "below, and all of it together is nothing. Empty accounts are left out.")
      .example("flead ledger balance")
      .example("flead ledger balance assets --at 2026-10-31")
      .optional_positional("ACCOUNT", balance->account, "Only this account and those below it")
      .option("--at DAY", balance->at, "As it was at the end of this day, or at this time")
      .option("--all", balance->all, "Empty accounts, too")
      .prints(fields_of<money::Balance>)
      .run([balance](Context& context) { return show_balance(context, *balance); });
}

void add_ledger_writing(Command& noun) {
  auto record = std::make_shared<LedgerRecord>();
  noun.sub("record")
      .summary("Write an entry by hand: a cost, a line of a budget, a top-up")
      .description(
          "Money goes from CREDIT to DEBIT. The same line again is another entry, unless both "
          "carry the same --key. No names and contacts in the text: the book is kept for years.")
      .example("flead ledger record expenses:rooms assets:bank 5000 --text 'Rooms, October'",
               "A cost, paid from the bank")
      .example("flead ledger record assets:gateway:main assets:bank 100000",
               "A top-up of what experts are paid from")
      .positional("DEBIT", record->debit, "The account that the money goes to")
      .positional("CREDIT", record->credit, "The account that it comes from")
      .positional("AMOUNT", record->amount, "Such as 5000 or 4999.90")
      .option("--currency CODE", record->currency, "RUB unless set")
      .option("--text TEXT", record->text, "What it is for")
      .option("--at TIME", record->at, "When it counts: a past day or time; now unless set")
      .writes()
      .prints(transaction_fields)
      .run([record](Context& context) { return record_entry(context, *record); });
  auto correct = std::make_shared<LedgerCorrect>();
  noun.sub("correct")
      .summary("Take a transaction back by another one, with a reason")
      .description(
          "The same moves the other way round, today: what is written stays, also in a closed "
          "month. A transaction is corrected once; what was right is then recorded anew.")
      .example("flead ledger correct 17 --reason 'Paid from the card, not from the bank'")
      .positional("NUMBER", correct->number, "From `ledger show`")
      .required("--reason TEXT", correct->reason, "Why; it stays in the book")
      .not_empty()
      .writes()
      .prints(transaction_fields)
      .run([correct](Context& context) { return correct_entry(context, *correct); });
  auto month = std::make_shared<std::string>();
  noun.sub("close")
      .summary("Close a month and all before it: they take no more entries")
      .description(
          "For good. Keep what it prints: whoever has `chain` can tell later that nothing before "
          "it was changed, as `ledger show LAST_NUMBER` has to have the same.")
      .example("flead ledger close 2026-10 --yes")
      .positional("MONTH", *month, "Such as 2026-10; it has to be over")
      .writes()
      .prints([] { return closed_row("", 0, {}); })
      .run([month](Context& context) { return close_ledger_month(context, *month); });
}

void add_ledger_export(Command& noun) {
  auto given = std::make_shared<LedgerExport>();
  noun.sub("export")
      .summary("Write the book out as CSV, or as a journal for hledger")
      .description(
          "CSV has two rows for each move, above and below zero, so its amounts sum to nothing. "
          "Days are the tenant's. With -o FILE the file appears when it is complete.")
      .example("flead ledger export --excel -o book.csv --since 2026-10-01 --until 2026-11-01")
      .example("flead ledger export --format journal | hledger -f - balance")
      .option("--format", given->format, "csv unless set")
      .choices({"csv", "journal"})
      .option("--since TIME", given->since, "Only what counts at this time or later")
      .option("--until TIME", given->until, "Only what counts before this time")
      .option("--excel", given->excel,
              "CSV that a Russian Excel opens: BOM, semicolons, decimal commas")
      .prints(transaction_fields)
      .run([given](Context& context) { return export_book(context, *given); });
}

}  // namespace

void add_ledger_commands(Command& root) {
  Command& noun =
      root.sub("ledger").group(Group::money).summary("The book of money: what became of it");
  add_ledger_reading(noun);
  add_ledger_writing(noun);
  add_ledger_export(noun);
  add_ledger_checks(noun);
}

}  // namespace flead::cli
