// `flead payment connect|accounts|test|pause|resume|disconnect`: accounts with payment providers.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/money/cloudpayments.h"
#include "core/money/pay_account.h"
#include "core/money/payment.h"

namespace flead::cli {
namespace {

struct PaymentConnectOptions {
  std::string provider, name, shop_id, base_url, ca_file, proxy, senders, instructions, hash;
  std::optional<std::string> secret_file;
  std::optional<std::int64_t> vat_code;
  bool test = false;
  bool receipts = false;
};

Json probe_object(const money::PayAccount& account, const money::PayAnswer& answer) {
  Json methods = Json::array();
  for (const std::string& method : answer.object.methods) methods.push(method);
  Json object = money::to_json(account);
  object.set("probe", money::call_result_name(answer.result));
  object.set("says", answer.says);
  object.set("methods", std::move(methods));
  object.set("fiscalization", answer.object.receipts);
  object.set("balance", answer.object.balance_minor ? to_json(Money{*answer.object.balance_minor,
                                                                    answer.object.amount.currency})
                                                    : Json());
  return object;
}

// Asks the provider, and lets the account's status follow the answer: what works goes on, what a
// person has to mend waits. Whoever could not be asked is left as it was.
Result<money::PayAccount> follow_probe(App& app, const money::PayAccount& account,
                                       const money::PayAnswer& answer) {
  const bool works = answer.result == money::CallResult::done;
  if (!works && answer.result != money::CallResult::misconfigured) return account;
  return app.store.write([&](store::Tx& tx) {
    return money::set_pay_status(app.world, tx, account.id, works ? "active" : "paused",
                                 works ? std::string_view() : std::string_view(answer.says));
  });
}

Error probe_failed(const money::PayAccount& account, const money::PayAnswer& answer) {
  Error error = provider_error(
      "pay_account_failed",
      fmt::format("{} says: {}", account.provider, answer.says.empty() ? "nothing" : answer.says));
  error.hint =
      answer.result == money::CallResult::misconfigured
          ? fmt::format("The account is paused. Mend it, then flead payment test {}", account.name)
          : fmt::format("Ask again later: flead payment test {}", account.name);
  return error;
}

void set_text(Json& config, std::string_view key, const std::string& value) {
  if (!value.empty()) config.set(key, value);
}

Result<money::NewPayAccount> read_account(Context& context, const PaymentConnectOptions& options) {
  money::NewPayAccount input;
  input.provider = options.provider;
  input.name = options.name;
  set_text(input.config, "shop_id", options.shop_id);
  set_text(input.config, "base_url", options.base_url);
  set_text(input.config, "ca_file", options.ca_file);
  set_text(input.config, "proxy", options.proxy);
  set_text(input.config, "senders", options.senders);
  set_text(input.config, "instructions", options.instructions);
  set_text(input.config, "hash", options.hash);
  if (options.test) input.config.set("test", true);
  if (options.receipts) input.config.set("receipts", true);
  if (options.vat_code) input.config.set("vat_code", *options.vat_code);
  const money::PayProvider* provider = money::find_pay_provider(options.provider);
  if (provider == nullptr || provider->secret_name.empty()) return input;
  // Checked before the secret is asked for.
  FLEAD_CHECK(provider->check_config(input.config));
  FLEAD_TRY(input.secret, context.read_secret(options.secret_file,
                                              std::string(provider->secret_name), "--secret-file"));
  return input;
}

// One address for each kind of call: what is signed does not say which it is.
void say_notice_addresses(Context& context, App& app, const money::PayAccount& account) {
  const auto access =
      app.store.read([&](store::Tx& tx) { return money::open_pay_account(app, tx, account); });
  if (!access) return context.say(access.error().message);
  context.say("Type these addresses into the cabinet, each at its notification:");
  for (const std::string_view type : {"check", "pay", "confirm", "fail", "refund"}) {
    context.say(fmt::format("  {}: {}?{}", type, money::pay_hook_url(app, account),
                            money::cloudpayments::notice_query(*access, type)));
  }
}

// What is left to be done in the provider's cabinet, and what does not fit.
void say_next(Context& context, App& app, const money::PayAccount& account,
              const money::PayAnswer& answer) {
  const money::PayProvider* provider = money::find_pay_provider(account.provider);
  if (provider == nullptr || provider->read_notice == nullptr) return;
  if (provider->answer_check != nullptr) return say_notice_addresses(context, app, account);
  context.say(fmt::format("Type this address into the cabinet, for notifications of {}: {}",
                          provider->can.payouts ? "payouts" : "payments and refunds",
                          money::pay_hook_url(app, account)));
  context.say("`flead help payment` says where, and which events.");
  if (answer.object.receipts && !account.config.boolean("receipts").value_or(false)) {
    context.say(
        "This shop registers receipts (54-FZ): without --receipts it may refuse payments. Connect "
        "it again with --receipts and --vat-code.");
  }
}

Status connect_account(Context& context, const PaymentConnectOptions& options) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const money::NewPayAccount input, read_account(context, options));
  FLEAD_TRY(money::PayAccount made, app->store.write([&](store::Tx& tx) {
    return money::add_pay_account(*app, tx, tenant.id, input);
  }));
  money::PayAnswer answer;
  answer.says = "not asked";
  if (!context.globals.dry_run) {
    answer = money::probe_pay_account(*app, made);
    FLEAD_TRY(made, follow_probe(*app, made, answer));
  }
  FLEAD_CHECK(context.print_object(probe_object(made, answer)));
  if (context.globals.dry_run) return {};
  say_next(context, *app, made, answer);
  // The account is kept: what is wrong is often a right that the provider has to give.
  if (answer.result != money::CallResult::done) return probe_failed(made, answer);
  return {};
}

void add_payment_connect(Command& payment) {
  auto options = std::make_shared<PaymentConnectOptions>();
  payment.sub("connect")
      .summary("Connect an account that takes payments")
      .description(
          "yookassa needs --shop-id and the shop's secret key; it is asked at once whether it "
          "works. manual is cash, a transfer or an invoice: a person confirms with flead payment "
          "confirm what has come in. mock is inside this program, for trying things out: the "
          "payer's "
          "page has buttons, no money moves, and everything stands in the ledger as XTS. The "
          "oldest "
          "active account takes payments unless the setting payment.account names another one. "
          "yookassa_payouts takes nothing: it pays experts, and needs the gateway's number as "
          "--shop-id and the gateway's key (flead help payouts).\n\n"
          "tbank: pages, holds, looks, refunds and notifications; no kept cards and no receipts. "
          "Its "
          "test terminals end with DEMO. robokassa: the page and notifications; it cannot be asked "
          "and gives nothing back through flead, so refunds are made in its cabinet and confirmed "
          "with flead payment confirm. cloudpayments: notifications, and its question before each "
          "charge, for a widget on your own site whose invoiceId is the payment's id (flead "
          "payment "
          "create --account cloudpayments); it never takes payments of meetings, and refunds are "
          "as "
          "with robokassa. These three were tried against their published vectors, never yet "
          "against a real shop (flead help payment).\n\n"
          "A test shop has a key of its own and is connected with --test: its payments are never "
          "believed by a live account, nor the other way round, and the ledger counts them apart "
          "as XTS.")
      .example("flead payment connect yookassa --shop-id 100500 --secret-file shop.key")
      .example(
          "flead payment connect yookassa --test --shop-id 100501 --secret-file test.key "
          "--receipts --vat-code 1")
      .example("flead payment connect mock", "nothing to sign up for")
      .example("flead payment connect manual --instructions 'Transfer to +7 900 000-00-01'")
      .positional("PROVIDER", options->provider, "Who takes the money")
      .choices(
          {"yookassa", "manual", "mock", "tbank", "robokassa", "cloudpayments", "yookassa_payouts"})
      .option("--name", options->name, "Its name among your accounts; default the provider's")
      .option("--shop-id ID", options->shop_id,
              "The shop's number, the terminal's key, MerchantLogin or Public ID")
      .option("--secret-file FILE", options->secret_file,
              "File with the secret key, or passwords; - is standard input")
      .option("--test", options->test, "This is a test shop, with a test key")
      .option("--hash NAME", options->hash, "robokassa: how it signs; default sha256")
      .choices({"md5", "sha256"})
      .option("--receipts", options->receipts, "yookassa: send data of receipts (54-FZ)")
      .option("--vat-code N", options->vat_code,
              "yookassa: VAT of receipts, 1 to 12; default 1, no VAT")
      .option("--senders CIDRS", options->senders,
              "Believe notifications from these addresses alone; default any, each is looked up")
      .option("--base-url URL", options->base_url, "Another address of the provider, or a double")
      .option("--ca-file FILE", options->ca_file, "Certificates to trust beside the system's")
      .option("--proxy URL", options->proxy, "The way there, such as socks5h://127.0.0.1:1080")
      .option("--instructions TEXT", options->instructions, "manual: what the payer reads")
      .writes()
      .prints([] { return probe_object({}, {}); })
      .run([options](Context& context) { return connect_account(context, *options); });
}

void add_payment_accounts(Command& payment) {
  payment.sub("accounts")
      .summary("List the accounts that take payments")
      .example("flead payment accounts")
      .prints(fields_of<money::PayAccount>)
      .run([](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto known, app->store.read([&](store::Tx& tx) {
          return money::list_pay_accounts(tx, tenant.id);
        }));
        Json::Array rows;
        for (const auto& one : known) rows.push_back(money::to_json(one));
        return context.print_list(
            rows, {"name", "provider", "status", "test", "notified_at", "status_reason", "id"},
            money::to_json(money::PayAccount{}));
      });
}

Result<money::PayAccount> find_account(App& app, const TenantId& tenant, const std::string& which) {
  return app.store.read([&](store::Tx& tx) { return money::find_pay_account(tx, tenant, which); });
}

void add_payment_test(Command& payment) {
  auto which = std::make_shared<std::string>();
  payment.sub("test")
      .summary("Ask the provider whether the account works, and what it can do")
      .description(
          "Nothing is charged. Exit code 7 and the provider's words when it fails. Success resumes "
          "a paused account; a wrong key or a closed shop pauses it.")
      .example("flead payment test yookassa")
      .positional("ACCOUNT", *which, "Name, provider or id")
      .no_dry_run("asks the provider")
      .prints([] { return probe_object({}, {}); })
      .run([which](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(auto account, find_account(*app, tenant.id, *which));
        const money::PayAnswer answer = money::probe_pay_account(*app, account);
        FLEAD_TRY(account, follow_probe(*app, account, answer));
        FLEAD_CHECK(context.print_object(probe_object(account, answer)));
        say_next(context, *app, account, answer);
        if (answer.result == money::CallResult::done) return {};
        return probe_failed(account, answer);
      });
}

Status set_account_status(Context& context, const std::string& which, std::string_view status,
                          std::string_view reason) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<money::PayAccount> {
    FLEAD_TRY(const auto found, money::find_pay_account(tx, tenant.id, which));
    return money::set_pay_status(app->world, tx, found.id, status, reason);
  }));
  return context.print_object(money::to_json(changed));
}

// How many payments of an account have not ended, up to `most`.
Result<std::size_t> open_payments(App& app, const money::PayAccount& account, std::int64_t most) {
  return app.store.read([&](store::Tx& tx) -> Result<std::size_t> {
    std::size_t count = 0;
    for (const char* state : {"created", "pending", "waiting_for_capture"}) {
      money::PaymentFilter filter;
      filter.state = state;
      filter.account = account.id.text();
      filter.limit = most;
      FLEAD_TRY(const auto found, money::list_payments(tx, account.tenant, filter));
      count += found.size();
    }
    FLEAD_TRY(const std::int64_t refunds, money::open_refunds(tx, account.id));
    return count + static_cast<std::size_t>(refunds);
  });
}

Status disconnect_account(Context& context, const std::string& which) {
  constexpr std::int64_t k_counted = 100;
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto account, find_account(*app, tenant.id, which));
  FLEAD_TRY(const std::size_t open, open_payments(*app, account, k_counted));
  if (open > 0) {
    return conflict("account_busy",
                    fmt::format("{}{} payments and refunds of {} have not ended, and nobody could "
                                "be asked about them any more",
                                open, open >= k_counted ? " or more" : "", account.name),
                    "flead payment pause takes no new ones; see flead payment list");
  }
  FLEAD_CHECK(context.confirm(fmt::format("Forget the key of {}?", account.name)));
  return set_account_status(context, account.id.text(), "removed", "");
}

void add_payment_changes(Command& payment) {
  auto which = std::make_shared<std::string>();
  payment.sub("pause")
      .summary("Take no new payments by an account, and ask it nothing; what waits stays")
      .example("flead payment pause yookassa")
      .positional("ACCOUNT", *which, "Name, provider or id")
      .writes()
      .prints(fields_of<money::PayAccount>)
      .run([which](Context& context) {
        return set_account_status(context, *which, "paused", "by hand");
      });
  payment.sub("resume")
      .summary("Go on with a paused account; what waited for it goes on within minutes")
      .example("flead payment resume yookassa")
      .positional("ACCOUNT", *which, "Name, provider or id")
      .writes()
      .prints(fields_of<money::PayAccount>)
      .run([which](Context& context) { return set_account_status(context, *which, "active", ""); });
  payment.sub("disconnect")
      .summary("Forget an account's key; its payments and the ledger stay")
      .description(
          "What has not ended there is not asked about any more, and nothing can be given back "
          "through it: pause keeps both. The name is free again.")
      .example("flead payment disconnect yookassa --yes")
      .positional("ACCOUNT", *which, "Name, provider or id")
      .writes()
      .prints(fields_of<money::PayAccount>)
      .run([which](Context& context) { return disconnect_account(context, *which); });
}

}  // namespace

void add_payment_account_commands(Command& payment) {
  add_payment_connect(payment);
  add_payment_accounts(payment);
  add_payment_test(payment);
  add_payment_changes(payment);
}

}  // namespace flead::cli
