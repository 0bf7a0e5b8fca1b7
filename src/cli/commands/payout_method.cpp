// `flead payout method`: how each expert is paid.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/time.h"
#include "core/booking/offer.h"
#include "core/money/payout_banks.h"
#include "core/money/payout_method.h"
#include "core/money/payout_wish.h"

namespace flead::cli {
namespace {

struct PayoutMethodWords {
  std::string host, kind;
  money::PayoutDetails details;
  std::optional<std::string> token_file;
  bool company = false;
};

Json payout_method_fields() {
  return money::to_json(money::PayoutMethod{});
}

Json payout_bank_fields() {
  return Json::object({{"bank_id", ""}, {"name", ""}, {"bic", ""}});
}

Status set_method(Context& context, const PayoutMethodWords& words) {
  money::NewPayoutMethod input;
  input.kind = words.kind;
  input.company = words.company;
  input.details = words.details;
  if (words.kind == "yookassa_card_token") {
    FLEAD_TRY(input.details.token,
              context.read_secret(words.token_file, "token of the card's form", "--token-file"));
  }
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto method, app->store.write([&](store::Tx& tx) -> Result<money::PayoutMethod> {
    FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, words.host));
    input.host = host.id;
    input.host_slug = host.slug;
    return money::set_payout_method(*app, tx, tenant.id, tenant.region, input);
  }));
  return context.print_object(money::to_json(method));
}

Status list_methods(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto methods, app->store.read([&](store::Tx& tx) {
    return money::list_payout_methods(tx, tenant.id);
  }));
  Json::Array rows;
  for (const auto& one : methods) rows.push_back(money::to_json(one));
  return context.print_list(rows, {"host", "kind", "details", "created_at"},
                            payout_method_fields());
}

Status remove_method(Context& context, const std::string& slug) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto method, app->store.write([&](store::Tx& tx) -> Result<money::PayoutMethod> {
    FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, slug));
    return money::remove_payout_method(*app, tx, host.id);
  }));
  return context.print_object(money::to_json(method));
}

Status list_banks(Context& context, bool fresh) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto list, money::payout_banks(*app, tenant.id, fresh));
  Json::Array rows;
  for (const money::PayoutBank& bank : list.banks) {
    rows.push_back(Json::object({{"bank_id", bank.id}, {"name", bank.name}, {"bic", bank.bic}}));
  }
  FLEAD_CHECK(context.print_list(rows, {"bank_id", "name", "bic"}, payout_bank_fields()));
  context.say(fmt::format("As of {}; --fresh asks the provider", format_time(list.fetched_at)));
  return {};
}

// ---- what hosts ask for themselves -------------------------------------------------------------

Json method_wish_fields() {
  return money::to_json(money::MethodWish{});
}

Status list_method_wishes(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto wishes,
            app->store.read([&](store::Tx& tx) { return money::list_wishes(tx, tenant.id); }));
  Json::Array rows;
  for (const auto& one : wishes) rows.push_back(money::to_json(one));
  return context.print_list(rows, {"host", "kind", "details", "state", "asked_at", "due_at"},
                            method_wish_fields());
}

Status approve_wish(Context& context, const std::string& slug) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto method, app->store.write([&](store::Tx& tx) -> Result<money::PayoutMethod> {
    FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, slug));
    FLEAD_TRY(const auto wish, money::find_wish(tx, tenant.id, host.id));
    return money::take_wish(*app, tx, wish, "cli");
  }));
  return context.print_object(money::to_json(method));
}

Status decline_wish(Context& context, const std::string& slug, const std::string& reason) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto wish, app->store.write([&](store::Tx& tx) -> Result<money::MethodWish> {
    FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, slug));
    FLEAD_TRY(const auto found, money::find_wish(tx, tenant.id, host.id));
    return money::drop_wish(*app, tx, found,
                            reason.empty() ? std::string_view("declined") : reason);
  }));
  return context.print_object(money::to_json(wish));
}

void add_method_wishes(Command& noun) {
  noun.sub("wishes")
      .summary("List other ways to be paid that hosts have asked for on their pages")
      .example("flead payout method wishes")
      .prints(method_wish_fields)
      .run([](Context& context) { return list_method_wishes(context); });
  auto approved = std::make_shared<std::string>();
  noun.sub("approve")
      .summary("Let a host be paid as asked for from now on")
      .description(
          "A host who asks on /h/method confirms it by a link in their mail, and then it counts "
          "after three days. This does not wait for either: be sure that it was the host.")
      .example("flead payout method approve ira")
      .positional("HOST", *approved, "Whose, by its slug")
      .writes()
      .prints(payout_method_fields)
      .run([approved](Context& context) { return approve_wish(context, *approved); });
  struct Declined {
    std::string host, reason;
  };
  auto declined = std::make_shared<Declined>();
  noun.sub("decline")
      .summary("Call off what a host has asked for; they are paid as before")
      .example("flead payout method decline ira --reason 'It was not Ira'")
      .positional("HOST", declined->host, "Whose, by its slug")
      .option("--reason TEXT", declined->reason, "Why, for the list")
      .writes()
      .prints(method_wish_fields)
      .run([declined](Context& context) {
        return decline_wish(context, declined->host, declined->reason);
      });
}

void add_method_set(Command& noun) {
  auto words = std::make_shared<PayoutMethodWords>();
  noun.sub("set")
      .summary("Say how an expert is paid; it takes the place of the way before")
      .description(
          "manual is a transfer by hand: --payee and --account, and --bank with its BIC for the "
          "bank's file. yookassa_sbp goes to a phone number: --phone and --bank-id. "
          "yookassa_wallet goes to a wallet: --wallet. yookassa_card_token goes to a card by the "
          "token of YooKassa's form. YooKassa pays out to natural persons alone; a --company is "
          "paid by hand. The number of a card is never taken, whatever the field. Details are kept "
          "sealed and shown masked.")
      .example(
          "flead payout method set ira yookassa_sbp --phone +79160000001 --bank-id "
          "100000000111")
      .example(
          "flead payout method set max manual --payee \"Иванов Максим\" --account "
          "40817810099910004312 --bank \"044525225 Сбербанк\"")
      .positional("HOST", words->host, "Whose, by its slug")
      .positional("KIND", words->kind, "In which way")
      .choices({"manual", "yookassa_sbp", "yookassa_wallet", "yookassa_card_token"})
      .option("--payee NAME", words->details.payee, "Whose bank account it is")
      .option("--account NUMBER", words->details.account, "Its number")
      .option("--bank TEXT", words->details.bank, "The bank and its BIC")
      .option("--inn NUMBER", words->details.inn, "The recipient's taxpayer's number")
      .option("--phone PHONE", words->details.phone, "The phone number of the bank account")
      .option("--bank-id ID", words->details.bank_id,
              "The bank, as flead payout method banks has it")
      .option("--wallet NUMBER", words->details.wallet, "The number of a YooMoney wallet")
      .option("--token-file FILE", words->token_file, "File with the card's token, - is stdin")
      .option("--company", words->company, "The recipient is no natural person")
      .writes()
      .prints(payout_method_fields)
      .run([words](Context& context) { return set_method(context, *words); });
}

}  // namespace

void add_payout_methods(Command& payout) {
  Command& noun = payout.sub("method").summary("How each expert is paid");
  add_method_set(noun);
  noun.sub("list")
      .summary("List how experts are paid, masked")
      .example("flead payout method list")
      .prints(payout_method_fields)
      .run(list_methods);
  auto slug = std::make_shared<std::string>();
  noun.sub("remove")
      .summary("Forget how an expert is paid; what is on its way goes on")
      .example("flead payout method remove ira")
      .positional("HOST", *slug, "Whose, by its slug")
      .writes()
      .prints(payout_method_fields)
      .run([slug](Context& context) { return remove_method(context, *slug); });
  auto fresh = std::make_shared<bool>(false);
  noun.sub("banks")
      .summary("List the banks that a payout by phone number can go to")
      .description("The provider is asked once a day; what it said is kept meanwhile.")
      .example("flead payout method banks")
      .option("--fresh", *fresh, "Ask the provider now")
      .prints(payout_bank_fields)
      .run([fresh](Context& context) { return list_banks(context, *fresh); });
  add_method_wishes(noun);
}

}  // namespace flead::cli
