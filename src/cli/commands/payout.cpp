// `flead payout plan|run|list|show|approve|paid|cancel|sync|bank`: what experts have earned goes to
// them. Ways to pay are payout_method.cpp, statements payout_statement.cpp.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/booking/offer.h"
#include "core/money/payout_run.h"

namespace flead::cli {
namespace {

constexpr std::string_view k_payout_actor = "cli";
const std::vector<std::string> k_plan_columns = {"host", "amount", "balance", "maturing",
                                                 "kind", "to",     "reason"};
const std::vector<std::string> k_run_columns = {"host",   "amount", "state",
                                                "payout", "to",     "reason"};
const std::vector<std::string> k_payout_columns = {"id",   "host", "state",   "amount",
                                                   "kind", "to",   "problem", "created_at"};

struct RunWords {
  std::string host, run;
  std::optional<std::string> amount;
  bool anyway = false;
};

Json payout_fields() {
  return money::to_json(money::Payout{});
}
Json payout_line_fields() {
  return money::to_json(money::PayoutLine{});
}

Result<std::vector<money::PayoutRecipient>> recipients_of(store::Tx& tx, const TenantId& tenant,
                                                          const std::string& host) {
  if (!host.empty()) FLEAD_CHECK(booking::find_host(tx, tenant, host));
  FLEAD_TRY(const auto hosts, booking::list_hosts(tx, tenant));
  std::vector<money::PayoutRecipient> out;
  for (const booking::Host& one : hosts) out.push_back({one.id, one.slug});
  return out;
}

Result<money::PayoutWish> read_wish(const RunWords& words) {
  money::PayoutWish wish;
  wish.host = words.host;
  if (!words.amount) return wish;
  if (wish.host.empty()) return usage_error("host_needed", "--amount is for one --host");
  wish.amount_minor = parse_money_minor(*words.amount);
  if (!wish.amount_minor || *wish.amount_minor <= 0) {
    return usage_error("amount_invalid", "--amount takes an amount such as 1500 or 1499.90");
  }
  return wish;
}

Status print_lines(Context& context, const std::vector<money::PayoutLine>& lines,
                   const std::vector<std::string>& columns) {
  Json::Array rows;
  for (const auto& line : lines) rows.push_back(money::to_json(line));
  return context.print_list(rows, columns, payout_line_fields());
}

void say_turn(Context& context, const money::PayoutTurn& turn) {
  if (turn.due) return;
  context.say(turn.next ? fmt::format("Today nothing is paid: the schedule's next day is {}. "
                                      "--anyway pays now.",
                                      format_date(*turn.next))
                        : std::string("Today nothing is paid. --anyway pays now."));
}

Status show_plan(Context& context, const RunWords& words) {
  FLEAD_TRY(const auto wish, read_wish(words));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  money::PayoutTurn turn;
  FLEAD_TRY(const auto lines,
            app->store.read([&](store::Tx& tx) -> Result<std::vector<money::PayoutLine>> {
              FLEAD_TRY(turn, money::payout_turn_of(*app, tx, tenant));
              FLEAD_TRY(const auto recipients, recipients_of(tx, tenant.id, wish.host));
              return money::plan_payouts(*app, tx, tenant, recipients, wish);
            }));
  if (wish.host.empty()) say_turn(context, turn);
  return print_lines(context, lines, k_plan_columns);
}

// What a person has to do after a run.
void say_run(Context& context, const money::PayoutRunReport& report, bool bank_written) {
  std::int64_t waiting = 0;
  std::int64_t by_hand = 0;
  std::int64_t sent = 0;
  for (const money::PayoutLine& line : report.lines) {
    if (!line.payout) continue;
    if (line.payout->state == "planned") {
      ++waiting;
    } else {
      ++(line.payout->manual() ? by_hand : sent);
    }
  }
  if (waiting > 0) {
    context.say(fmt::format("{} wait for a word: flead payout approve --all", waiting));
  }
  if (sent > 0) context.say(fmt::format("{} go out through the provider: serve or work", sent));
  if (by_hand > 0) {
    context.say(fmt::format("{} go by hand: {}flead payout paid says that the bank has done it",
                            by_hand,
                            bank_written ? "" : "flead payout bank -o FILE is for the bank, "));
  }
}

// Written down first: what stands in a file is not given to the bank a second time by itself.
Result<money::BankFile> bank_lines(App& app, const TenantId& tenant, const std::string& run,
                                   bool again) {
  return app.store.write([&](store::Tx& tx) {
    return money::bank_file(app, tx, tenant, {run, again, std::string(k_payout_actor)});
  });
}

Status run_once(Context& context, const RunWords& words) {
  money::PayoutRunOptions options;
  FLEAD_TRY(options.wish, read_wish(words));
  options.anyway = words.anyway;
  options.key = words.run;
  options.actor = k_payout_actor;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto recipients, app->store.read([&](store::Tx& tx) {
    return recipients_of(tx, tenant.id, options.wish.host);
  }));
  FLEAD_TRY(const auto report, money::run_payouts(*app, tenant, recipients, options));
  say_turn(context, report.turn);
  const Globals& globals = context.globals;
  const bool bank = globals.output && !context.wants_json() && !globals.csv && !globals.tsv;
  say_run(context, report, bank);
  if (!bank) return print_lines(context, report.lines, k_run_columns);
  // By run: a repeated run writes the same file. On a day without a run there is nothing to pay.
  FLEAD_TRY(const auto file,
            bank_lines(*app, tenant.id, report.run ? report.run->text() : "none", true));
  return context.write(file.text);
}

struct BankWords {
  std::string run;
  bool again = false;
};

Status write_bank(Context& context, const BankWords& words) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto file, bank_lines(*app, tenant.id, words.run, words.again));
  FLEAD_CHECK(context.write(file.text));
  if (file.left_out > 0) {
    context.say(
        fmt::format("{} stood in a file before and wait for flead payout paid: left out "
                    "(--again writes them, too)",
                    file.left_out));
  }
  return {};
}

// ---- list, show ------------------------------------------------------------------------------

struct PayoutListWords {
  PageOptions page;
  std::string state, host, run;
  bool open = false, problems = false;
};

Status list_payouts(Context& context, const PayoutListWords& words) {
  FLEAD_TRY(const Page page, read_page(context, words.page, money::PayoutIdTag::k_prefix));
  money::PayoutFilter filter;
  filter.state = words.state;
  filter.run = words.run;
  filter.open = words.open;
  filter.problems = words.problems;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto found, app->store.read([&](store::Tx& tx) -> Result<std::vector<money::Payout>> {
    if (!words.host.empty()) {
      FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, words.host));
      filter.host = host.id.text();
    }
    return money::list_payouts(tx, tenant.id, filter);
  }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const auto& one : found) rows.push_back(money::to_json(one));
  return context.print_list(rows, k_payout_columns, payout_fields());
}

Status show_payout(Context& context, const std::string& id) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto payout, app->store.read([&](store::Tx& tx) {
    return money::load_payout(tx, tenant.id, money::PayoutId(id));
  }));
  return context.print_object(money::to_json(payout));
}

// ---- changes ---------------------------------------------------------------------------------

struct PayoutActs {
  std::vector<std::string> ids;
  std::string id, reason, run;
  bool all = false;
};

using OnPayout = Result<money::Payout> (*)(App&, store::Tx&, const money::Payout&,
                                           std::string_view);

// Those that are named, or all in this state; all of them or none.
Status change_payouts(Context& context, const PayoutActs& acts, std::string_view state,
                      OnPayout act) {
  if (acts.ids.empty() == !acts.all) {
    return usage_error("payouts_needed", "Name payouts, or all of them with --all");
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto rows, app->store.write([&](store::Tx& tx) -> Result<Json::Array> {
    std::vector<money::Payout> chosen;
    for (const std::string& id : acts.ids) {
      FLEAD_TRY(auto one, money::load_payout(tx, tenant.id, money::PayoutId(id)));
      chosen.push_back(std::move(one));
    }
    if (acts.all) {
      money::PayoutFilter filter;
      filter.state = state;
      filter.run = acts.run;
      filter.kind = state == "approved" ? "manual" : "";
      filter.limit = money::k_bank_lines_max;
      FLEAD_TRY(chosen, money::list_payouts(tx, tenant.id, filter));
    }
    Json::Array out;
    for (const money::Payout& one : chosen) {
      FLEAD_TRY(const auto changed, act(*app, tx, one, k_payout_actor));
      out.push_back(money::to_json(changed));
    }
    return out;
  }));
  return context.print_list(rows, k_payout_columns, payout_fields());
}

Status cancel_one_payout(Context& context, const PayoutActs& acts) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto payout, app->store.write([&](store::Tx& tx) -> Result<money::Payout> {
    FLEAD_TRY(const auto found, money::load_payout(tx, tenant.id, money::PayoutId(acts.id)));
    return money::cancel_payout(*app, tx, found, acts.reason, k_payout_actor);
  }));
  return context.print_object(money::to_json(payout));
}

Status sync_one_payout(Context& context, const std::string& id) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto payout, app->store.write([&](store::Tx& tx) -> Result<money::Payout> {
    FLEAD_TRY(auto found, money::load_payout(tx, tenant.id, money::PayoutId(id)));
    FLEAD_CHECK(money::ask_payout_again(*app, tx, found));
    return found;
  }));
  return context.print_object(money::to_json(payout));
}

// ---- the tree --------------------------------------------------------------------------------

void add_payout_plan(Command& noun) {
  auto words = std::make_shared<RunWords>();
  noun.sub("plan")
      .summary("Show what a run would pay now, to whom, and why not more")
      .example("flead payout plan")
      .example("flead payout plan --host ira --json")
      .option("--host HOST", words->host, "Only this one, by its slug")
      .option("--amount SUM", words->amount, "Only so much, with --host")
      .prints(payout_line_fields)
      .run([words](Context& context) { return show_plan(context, *words); });
}

void add_payout_run(Command& noun) {
  auto words = std::make_shared<RunWords>();
  noun.sub("run")
      .summary("Pay experts what is due to them; for cron")
      .description(
          "Takes what is due out of each expert's account and sends it: through the provider by "
          "serve or work, by hand with the bank's file that -o writes. Safe to repeat, to kill and "
          "to start twice: what was taken out is not there a second time. With a payout.schedule "
          "other days do nothing, and a day that was missed is caught up with; --anyway, --run and "
          "--host pay on any day.\n\n"
          "When the provider's account holds less than all of it, nothing is sent at all (exit 6). "
          "Payouts above payout.approve_above wait for flead payout approve.")
      .example("flead payout run")
      .example("flead payout run -o bank.csv", "The bank's file of this run")
      .example("flead payout run --host ira --amount 5000")
      .option("--host HOST", words->host, "Only this one; exit 6 when nothing can be paid")
      .option("--amount SUM", words->amount, "Only so much, with --host")
      .option("--run NAME", words->run, "The same name again pays no expert a second time")
      .option("--anyway", words->anyway, "Also on a day that the schedule does not name")
      .no_dry_run("asks the account what it holds, and flead payout plan shows what it would pay")
      .prints(payout_line_fields)
      .run([words](Context& context) { return run_once(context, *words); });
}

void add_payout_reads(Command& noun) {
  auto words = std::make_shared<PayoutListWords>();
  Command& list = noun.sub("list");
  list.summary("List payouts, newest first")
      .example("flead payout list --open")
      .option("--state STATE", words->state, "Only those that stand so")
      .choices({"planned", "approved", "sending", "pending", "succeeded", "failed", "canceled"})
      .option("--host HOST", words->host, "Only to this one, by its slug")
      .option("--run RUN", words->run, "Only of this run, by its id")
      .option("--open", words->open, "Only those that have not ended")
      .option("--problems", words->problems, "Only those that a person has to look at");
  add_page_options(list, words->page, "payouts that were made");
  list.prints(payout_fields).run([words](Context& context) {
    return list_payouts(context, *words);
  });
  auto id = std::make_shared<std::string>();
  noun.sub("show")
      .summary("Show all of a payout")
      .example("flead payout show po_01k9x0000000000000000000000")
      .positional("PAYOUT", *id, "Its id")
      .prints(payout_fields)
      .run([id](Context& context) { return show_payout(context, *id); });
  auto bank = std::make_shared<BankWords>();
  noun.sub("bank")
      .summary("Write the bank's file: what is approved and goes by hand, as CSV")
      .description(
          "A payout stands in one file: it is left out of the next ones, whether the bank has paid "
          "it yet or not, so that nobody is paid twice by two files. Which file it was is its "
          "bank_batch. With --again all that is not confirmed is written, for a file that was "
          "lost.")
      .example("flead payout bank -o bank.csv")
      .example("flead payout bank --again -o bank.csv", "the file of last time was lost")
      .option("--run RUN", bank->run, "Only of this run, by its id")
      .option("--again", bank->again, "Also what has stood in a file before")
      .no_dry_run("notes down what stood in the file; payout list shows what waits")
      .run([bank](Context& context) { return write_bank(context, *bank); });
}

void add_payout_words(Command& noun) {
  auto acts = std::make_shared<PayoutActs>();
  noun.sub("approve")
      .summary("Let planned payouts go")
      .example("flead payout approve --all")
      .example("flead payout approve po_01k9x0000000000000000000000")
      .optional_positional("PAYOUT", acts->ids, "Their ids")
      .option("--all", acts->all, "All that wait")
      .option("--run RUN", acts->run, "With --all: only of this run, by its id")
      .writes()
      .prints(payout_fields)
      .run([acts](Context& context) {
        return change_payouts(context, *acts, "planned", money::approve_payout);
      });
  auto paid = std::make_shared<PayoutActs>();
  noun.sub("paid")
      .summary("Say that the bank has paid what goes by hand")
      .example("flead payout paid po_01k9x0000000000000000000000")
      .example("flead payout paid --all --run por_01k9x0000000000000000000000")
      .optional_positional("PAYOUT", paid->ids, "Their ids")
      .option("--all", paid->all, "All that are approved and go by hand")
      .option("--run RUN", paid->run, "With --all: only of this run, by its id")
      .writes()
      .prints(payout_fields)
      .run([paid](Context& context) {
        return change_payouts(context, *paid, "approved", money::confirm_payout);
      });
  auto cancel = std::make_shared<PayoutActs>();
  noun.sub("cancel")
      .summary("Take back a payout that was not sent; the money is the expert's again")
      .example("flead payout cancel po_01k9x0000000000000000000000 --reason \"Wrong account\"")
      .positional("PAYOUT", cancel->id, "Its id")
      .required("--reason TEXT", cancel->reason, "Why")
      .writes()
      .prints(payout_fields)
      .run([cancel](Context& context) { return cancel_one_payout(context, *cancel); });
  auto id = std::make_shared<std::string>();
  noun.sub("sync")
      .summary("Ask the provider about a payout at once; serve or work does it")
      .example("flead payout sync po_01k9x0000000000000000000000")
      .positional("PAYOUT", *id, "Its id")
      .writes()
      .prints(payout_fields)
      .run([id](Context& context) { return sync_one_payout(context, *id); });
}

}  // namespace

void add_payout_commands(Command& root) {
  Command& noun =
      root.sub("payout").group(Group::money).summary("What experts have earned goes to them");
  add_payout_methods(noun);
  add_payout_plan(noun);
  add_payout_run(noun);
  add_payout_reads(noun);
  add_payout_words(noun);
  add_payout_statement(noun);
}

}  // namespace flead::cli
