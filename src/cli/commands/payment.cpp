// `flead payment ...`: what people are to pay, what became of it, and what goes back.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/intake/lead.h"
#include "core/money/payment.h"

namespace flead::cli {
namespace {

struct PaymentCreateOptions {
  std::string amount, lead, text, account, language, saved;
  std::string currency = "RUB";
  bool hold = false;
  bool save = false;
};

struct PaymentActOptions {
  std::string id, reason;
  std::optional<std::string> amount;
};

Json payment_fields() {
  return money::to_json(money::Payment{}, "");
}

// Of what is a payment or a refund, as the id says.
Json either_fields() {
  Json object = payment_fields();
  const Json refund = money::to_json(money::Refund{});
  for (const auto& [name, value] : refund.members()) object.set(name, value);
  return object;
}

Json payment_with_refunds(const money::Payment& payment, const std::vector<money::Refund>& refunds,
                          std::string_view base_url) {
  Json object = money::to_json(payment, base_url);
  Json list = Json::array();
  for (const money::Refund& one : refunds) list.push(money::to_json(one));
  object.set("refunds", std::move(list));
  return object;
}

Result<std::int64_t> read_payment_amount(std::string_view flag, const std::string& text) {
  const auto minor = parse_money_minor(text);
  if (minor && *minor > 0) return *minor;
  return usage_error("amount_invalid",
                     fmt::format("{} takes an amount such as 1500 or 1499.90", flag));
}

// A pay_ id, checked before the store is opened.
Status check_payment_id(const std::string& id) {
  if (is_id(id, money::PaymentIdTag::k_prefix)) return {};
  return not_found("payment_not_found", "There is no such payment", "flead payment list");
}

bool is_refund_id(const std::string& id) {
  return is_id(id, money::RefundIdTag::k_prefix);
}

// Named, or the one that takes payments.
Result<money::PayAccount> account_for(const App& app, store::Tx& tx, const TenantId& tenant,
                                      const std::string& which) {
  if (!which.empty()) {
    FLEAD_TRY(auto found, money::find_pay_account(tx, tenant, which));
    if (found.status == "active") return found;
    return refused("pay_account_paused", fmt::format("{} is paused", found.name),
                   fmt::format("flead payment test {}", found.name));
  }
  FLEAD_TRY(auto found, money::paying_account(app, tx, tenant));
  if (found) return std::move(*found);
  return refused("pay_account_needed", "No account takes payments",
                 "flead payment connect, or flead config set payment.account");
}

Status create_one(Context& context, const PaymentCreateOptions& options) {
  money::NewPayment input;
  FLEAD_TRY(input.amount.amount_minor, read_payment_amount("AMOUNT", options.amount));
  const auto currency = parse_currency(options.currency);
  if (!currency) return usage_error("currency_invalid", "--currency takes letters such as RUB");
  input.amount.currency = *currency;
  input.text = options.text;
  input.two_step = options.hold;
  if (options.save) input.saving = money::Saving::offered;
  if (!options.saved.empty()) input.saved_method = money::SavedMethodId(options.saved);
  FLEAD_TRY(const auto tenant, context.tenant());
  input.language = options.language.empty() ? tenant.locale : options.language;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto made, app->store.write([&](store::Tx& tx) -> Result<money::Payment> {
    FLEAD_TRY(const auto account, account_for(*app, tx, tenant.id, options.account));
    if (!options.lead.empty()) {
      FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
      input.lead = lead.id;
    }
    return money::create_payment(*app, tx, account, input);
  }));
  FLEAD_CHECK(context.print_object(money::to_json(made, app->config.base_url)));
  if (options.saved.empty()) {
    context.say(fmt::format("The payer goes to {}", money::pay_url(app->config.base_url, made)));
  } else {
    context.say("It is charged as soon as `flead serve` or `flead work` runs.");
  }
  return {};
}

struct PaymentListOptions {
  PageOptions page;
  std::string state, lead;
  bool problems = false;
};

Status list_all(Context& context, const PaymentListOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, money::PaymentIdTag::k_prefix));
  money::PaymentFilter filter;
  filter.state = options.state;
  filter.problems = options.problems;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto found, app->store.read([&](store::Tx& tx) -> Result<std::vector<money::Payment>> {
    if (!options.lead.empty()) {
      FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
      filter.lead = lead.id.text();
    }
    return money::list_payments(tx, tenant.id, filter);
  }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const auto& one : found) rows.push_back(money::to_json(one, app->config.base_url));
  return context.print_list(
      rows, {"id", "state", "amount", "refunded", "account", "lead", "problem", "created_at"},
      payment_fields());
}

Status show_payment(Context& context, const std::string& id) {
  FLEAD_CHECK(check_payment_id(id));
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const Json object, app->store.read([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const auto payment, money::load_payment(tx, tenant.id, money::PaymentId(id)));
    FLEAD_TRY(const auto refunds, money::refunds_of(tx, payment.id));
    return payment_with_refunds(payment, refunds, app->config.base_url);
  }));
  return context.print_object(object);
}

// All that is left unless an amount is given. Those that failed are still due: they are left out.
Result<std::int64_t> refund_amount(store::Tx& tx, const money::Payment& payment,
                                   const std::optional<std::string>& amount) {
  if (amount) return read_payment_amount("--amount", *amount);
  FLEAD_TRY(const auto known, money::refunds_of(tx, payment.id));
  std::int64_t left = payment.amount.amount_minor;
  for (const money::Refund& one : known) left -= one.amount.amount_minor;
  return left;
}

Status refund_one(Context& context, const PaymentActOptions& options) {
  FLEAD_CHECK(check_payment_id(options.id));
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto refund, app->store.write([&](store::Tx& tx) -> Result<money::Refund> {
    FLEAD_TRY(const auto payment, money::load_payment(tx, tenant.id, money::PaymentId(options.id)));
    money::NewRefund input;
    FLEAD_TRY(input.amount_minor, refund_amount(tx, payment, options.amount));
    input.why = options.reason;
    input.actor = "cli";
    FLEAD_TRY(auto made, money::refund_payment(*app, tx, payment, input));
    FLEAD_ASSERT(made.has_value());  // each has a key of its own
    return std::move(*made);
  }));
  FLEAD_CHECK(context.print_object(money::to_json(refund)));
  if (refund.state == "pending") {
    context.say(fmt::format("Give it back, then: flead payment confirm {}", refund.id.text()));
  }
  return {};
}

// One write about a payment, or a refund, and what it is then.
using OnPayment = Result<money::Payment> (*)(App&, store::Tx&, const money::Payment&,
                                             const PaymentActOptions&);
using OnRefund = Result<money::Refund> (*)(App&, store::Tx&, const money::Refund&);

Status change_payment(Context& context, const PaymentActOptions& options, OnPayment act) {
  FLEAD_CHECK(check_payment_id(options.id));
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<money::Payment> {
    FLEAD_TRY(const auto found, money::load_payment(tx, tenant.id, money::PaymentId(options.id)));
    return act(*app, tx, found, options);
  }));
  return context.print_object(money::to_json(changed, app->config.base_url));
}

Status change_refund(Context& context, const std::string& id, OnRefund act) {
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<money::Refund> {
    FLEAD_TRY(const auto found, money::load_refund(tx, tenant.id, money::RefundId(id)));
    return act(*app, tx, found);
  }));
  return context.print_object(money::to_json(changed));
}

Status confirm_one(Context& context, const PaymentActOptions& options) {
  if (is_refund_id(options.id)) {
    return change_refund(context, options.id,
                         [](App& app, store::Tx& tx, const money::Refund& refund) {
                           return money::confirm_refund(app, tx, refund, "cli");
                         });
  }
  return change_payment(
      context, options,
      [](App& app, store::Tx& tx, const money::Payment& payment, const PaymentActOptions&) {
        return money::confirm_payment(app, tx, payment, "cli");
      });
}

Status sync_one(Context& context, const PaymentActOptions& options) {
  Status done;
  if (is_refund_id(options.id)) {
    done = change_refund(
        context, options.id,
        [](App& app, store::Tx& tx, const money::Refund& refund) -> Result<money::Refund> {
          FLEAD_CHECK(money::ask_again(app, tx, refund));
          return refund;
        });
  } else {
    done = change_payment(context, options,
                          [](App& app, store::Tx& tx, const money::Payment& payment,
                             const PaymentActOptions&) -> Result<money::Payment> {
                            FLEAD_CHECK(money::ask_again(app, tx, payment));
                            return payment;
                          });
  }
  if (done) context.say("The provider is asked as soon as `flead serve` or `flead work` runs.");
  return done;
}

Status resolve_one(Context& context, const PaymentActOptions& options) {
  return change_payment(
      context, options,
      [](App& app, store::Tx& tx, const money::Payment& payment, const PaymentActOptions& given) {
        return money::resolve_problem(app, tx, payment, given.reason, "cli");
      });
}

Status capture_one(Context& context, const PaymentActOptions& options) {
  return change_payment(context, options,
                        [](App& app, store::Tx& tx, const money::Payment& payment,
                           const PaymentActOptions& given) -> Result<money::Payment> {
                          std::int64_t amount_minor = payment.amount.amount_minor;
                          if (given.amount) {
                            FLEAD_TRY(amount_minor, read_payment_amount("--amount", *given.amount));
                          }
                          FLEAD_CHECK(money::capture_payment(app, tx, payment, amount_minor));
                          return payment;
                        });
}

Status cancel_one(Context& context, const PaymentActOptions& options) {
  return change_payment(
      context, options,
      [](App& app, store::Tx& tx, const money::Payment& payment, const PaymentActOptions& given) {
        return money::cancel_payment(app, tx, payment, given.reason);
      });
}

void add_payment_create(Command& payment) {
  auto options = std::make_shared<PaymentCreateOptions>();
  payment.sub("create")
      .summary("Ask somebody for money, and print the page where they pay")
      .description(
          "The row is stored first, then the provider is asked by `flead serve` or `flead work`. "
          "With --hold the money is only reserved: flead payment capture takes it, or less of it; "
          "not every method can (SBP cannot). With --save the payer is offered to let the card or "
          "account be kept; --saved charges one that was, without the payer: flead payment method.")
      .example("flead payment create 1500 --lead +79160000001 --text 'Talk on 1 December'")
      .example("flead payment create 5000 --hold --account yookassa")
      .example(
          "flead payment create 1500 --lead +79160000001 --saved smt_01k9x000000000000000000000")
      .positional("AMOUNT", options->amount, "Such as 1500 or 1499.90")
      .option("--lead LEAD", options->lead, "Who pays: an id, a phone or an e-mail address")
      .option("--text", options->text, "What for, as the payer reads it; it names no person")
      .option("--hold", options->hold, "In two steps: reserve now, take later")
      .option("--save", options->save, "Offer the payer to let the card or account be kept")
      .option("--saved METHOD", options->saved,
              "Charge this kept one at once, from `payment method list`")
      .option("--account NAME", options->account, "By this account; default payment.account")
      .option("--currency CODE", options->currency, "Default RUB")
      .option("--language", options->language, "Of the provider's page; default the tenant's")
      .choices({"ru", "en"})
      .writes()
      .prints(payment_fields)
      .run([options](Context& context) { return create_one(context, *options); });
}

void add_payment_reads(Command& payment) {
  auto options = std::make_shared<PaymentListOptions>();
  Command& list = payment.sub("list");
  list.summary("List payments, newest first")
      .example("flead payment list --problems", "those that a person has to look at")
      .example("flead payment list --state succeeded --since 2026-01-01 --json")
      .option("--state", options->state, "Only in this state")
      .choices({"created", "pending", "waiting_for_capture", "succeeded", "canceled"})
      .option("--problems", options->problems, "Only those that do not fit what the provider says")
      .option("--lead LEAD", options->lead, "Only of this person");
  add_page_options(list, options->page, "payments made");
  list.prints(payment_fields).run([options](Context& context) {
    return list_all(context, *options);
  });
  auto id = std::make_shared<std::string>();
  payment.sub("show")
      .summary("Show a payment with what was given back")
      .example("flead payment show pay_01k9x000000000000000000000")
      .positional("PAYMENT", *id, "Its id, from `payment list`")
      .prints([] { return payment_with_refunds({}, {}, ""); })
      .run([id](Context& context) { return show_payment(context, *id); });
}

void add_payment_refund(Command& payment) {
  auto options = std::make_shared<PaymentActOptions>();
  payment.sub("refund")
      .summary("Give back what was paid, all that is left or a part")
      .description(
          "It goes the way that it came. The provider does the rest, often within minutes, and the "
          "payment's refunded amount grows only when it says so; a refund that it cancels is still "
          "owed: flead payment retry. What was paid by hand is given back by hand, and confirmed.")
      .example("flead payment refund pay_01k9x000000000000000000000 --reason 'Host is ill'")
      .example(
          "flead payment refund pay_01k9x000000000000000000000 --amount 500 --reason late "
          "--dry-run")
      .positional("PAYMENT", options->id, "Its id, from `payment list`")
      .option("--amount", options->amount, "A part of it; default all that is left")
      .required("--reason TEXT", options->reason, "Why: the person reads it, too")
      .writes()
      .prints(fields_of<money::Refund>)
      .run([options](Context& context) { return refund_one(context, *options); });
  payment.sub("retry")
      .summary("Try a refund again that the provider has canceled")
      .example("flead payment retry rfd_01k9x000000000000000000000")
      .positional("REFUND", options->id, "Its id, from `payment show`")
      .writes()
      .prints(fields_of<money::Refund>)
      .run([options](Context& context) {
        return change_refund(context, options->id,
                             [](App& app, store::Tx& tx, const money::Refund& refund) {
                               return money::retry_refund(app, tx, refund);
                             });
      });
}

void add_payment_steps(Command& payment) {
  auto options = std::make_shared<PaymentActOptions>();
  payment.sub("confirm")
      .summary("Say that money came in, or went back, by hand")
      .description("For accounts of the provider manual: nobody else can be asked.")
      .example("flead payment confirm pay_01k9x000000000000000000000")
      .positional("ID", options->id, "Of a payment or a refund")
      .writes()
      .prints(either_fields)
      .run([options](Context& context) { return confirm_one(context, *options); });
  payment.sub("sync")
      .summary("Ask the provider again what became of a payment or a refund")
      .example("flead payment sync pay_01k9x000000000000000000000")
      .positional("ID", options->id, "Of a payment or a refund")
      .writes()
      .prints(either_fields)
      .run([options](Context& context) { return sync_one(context, *options); });
  payment.sub("resolve")
      .summary("Say that a problem was looked at and dealt with")
      .description("It only ends the warning, and writes the note on the payer's timeline.")
      .example("flead payment resolve pay_01k9x000000000000000000000 --note 'Refunded there'")
      .positional("PAYMENT", options->id, "Its id, from `payment list --problems`")
      .required("--note TEXT", options->reason, "What was done")
      .writes()
      .prints(payment_fields)
      .run([options](Context& context) { return resolve_one(context, *options); });
  payment.sub("capture")
      .summary("Take money that is held, all or a part; the rest goes back to the payer")
      .example("flead payment capture pay_01k9x000000000000000000000 --amount 1000")
      .positional("PAYMENT", options->id, "Its id, from `payment list`")
      .option("--amount", options->amount, "A part of it; default all that is held")
      .writes()
      .prints(payment_fields)
      .run([options](Context& context) { return capture_one(context, *options); });
  payment.sub("cancel")
      .summary("Let go of money that is held, or of a payment that nobody has begun")
      .example("flead payment cancel pay_01k9x000000000000000000000 --reason 'Not wanted'")
      .positional("PAYMENT", options->id, "Its id, from `payment list`")
      .required("--reason TEXT", options->reason, "Why")
      .writes()
      .prints(payment_fields)
      .run([options](Context& context) { return cancel_one(context, *options); });
}

}  // namespace

void add_payment_commands(Command& root) {
  Command& payment =
      root.sub("payment").group(Group::money).summary("Payments, refunds and who takes them");
  add_payment_account_commands(payment);
  add_payment_create(payment);
  add_payment_reads(payment);
  add_payment_refund(payment);
  add_payment_steps(payment);
  add_payment_method_commands(payment);
}

}  // namespace flead::cli
