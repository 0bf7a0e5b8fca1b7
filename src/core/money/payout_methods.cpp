// How a host is paid out: checked, kept sealed where it is secret, and shown masked.
#include <utility>

#include <fmt/format.h>

#include "core/base/phone.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/payout_method.h"
#include "core/money/payouts_store.h"

namespace flead::money {
namespace {

constexpr std::size_t k_wallet_digits_min = 11;
constexpr std::size_t k_wallet_digits_max = 33;
constexpr std::size_t k_bank_id_characters = 12;
constexpr std::size_t k_card_token_bytes_max = 500;
// Wallets of YooMoney begin so; one in ten of them has a card's check digit by chance.
constexpr std::string_view k_wallet_start = "4100";

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Error detail_needed(std::string_view field, std::string_view says) {
  return refused_field(std::string(field), "payout_detail_needed", std::string(says));
}
Error detail_invalid(std::string_view field, std::string_view says) {
  return refused_field(std::string(field), "payout_detail_invalid", std::string(says));
}

Error card_refused(std::string_view field) {
  Error error = refused_field(std::string(field), "card_number_refused",
                              "This looks like the number of a card, which is never stored");
  error.hint =
      "A card is paid by the token of the provider's form; a bank account is written in one piece";
  return error;
}

struct NamedDetail {
  std::string_view field;
  std::string* text;
};

// Trimmed, one line each, and no card among them.
Status tidy_details(const NewPayoutMethod& input, PayoutDetails& details) {
  const NamedDetail all[] = {{"payee", &details.payee},   {"account", &details.account},
                             {"bank", &details.bank},     {"inn", &details.inn},
                             {"phone", &details.phone},   {"bank_id", &details.bank_id},
                             {"wallet", &details.wallet}, {"token", &details.token}};
  for (const NamedDetail& one : all) {
    *one.text = std::string(trim(*one.text));
    const std::size_t most =
        one.field == "token" ? k_card_token_bytes_max : k_payout_text_characters_max;
    if (!valid_utf8(*one.text) || has_control_characters(*one.text) ||
        utf8_length(*one.text) > most) {
      return detail_invalid(one.field, fmt::format("One line of up to {} characters", most));
    }
    const bool wallet = input.kind == "yookassa_wallet" && one.field == "wallet" &&
                        one.text->starts_with(k_wallet_start) && all_digits(*one.text);
    if (!wallet && has_card_number(*one.text)) return card_refused(one.field);
  }
  return {};
}

Result<std::string> check_manual(const PayoutDetails& details) {
  if (details.payee.empty()) return detail_needed("payee", "Whose account it is");
  if (details.account.empty()) return detail_needed("account", "The number of the account");
  if (details.account.find_first_not_of(
          "0123456789 abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
    return detail_invalid("account", "An account's number has digits and Latin letters");
  }
  if (!details.inn.empty() &&
      (!all_digits(details.inn) || (details.inn.size() != 10 && details.inn.size() != 12))) {
    return detail_invalid("inn", "A taxpayer's number has 10 or 12 digits");
  }
  return details.payee + ", " + mask_number(details.account);
}

Result<std::string> check_sbp(PayoutDetails& details, std::string_view region) {
  if (details.phone.empty()) return detail_needed("phone", "The phone number of the account");
  FLEAD_TRY(const Phone phone, parse_phone(details.phone, region));
  details.phone = phone.e164;
  if (details.bank_id.size() != k_bank_id_characters ||
      details.bank_id.find_first_not_of(
          "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
    return detail_invalid("bank_id", "The bank's id has 12 letters and digits");
  }
  return mask_contact(details.phone) +
         (details.bank.empty() ? ", " + details.bank_id : ", " + details.bank);
}

Result<std::string> check_wallet(const PayoutDetails& details) {
  if (!all_digits(details.wallet) || details.wallet.size() < k_wallet_digits_min ||
      details.wallet.size() > k_wallet_digits_max) {
    return detail_invalid("wallet", "A wallet's number has 11 to 33 digits");
  }
  return "YooMoney " + mask_number(details.wallet);
}

Result<std::string> check_card_token(const PayoutDetails& details) {
  if (details.token.empty()) return detail_needed("token", "The token of the provider's form");
  if (all_digits(details.token)) return card_refused("token");
  return std::string("bank card");
}

Json details_json(const PayoutDetails& details) {
  return Json::object({{"payee", details.payee},
                       {"account", details.account},
                       {"bank", details.bank},
                       {"inn", details.inn},
                       {"phone", details.phone},
                       {"bank_id", details.bank_id},
                       {"wallet", details.wallet},
                       {"token", details.token}});
}

Error method_key_missing() {
  return unauthorized("key_missing", "The key that seals secrets is not here",
                      "Set FLEAD_KEY_FILE or FLEAD_KEY");
}

}  // namespace

Result<CheckedMethod> check_payout_method(std::string_view phone_region,
                                          const NewPayoutMethod& input) {
  if (!is_payout_kind(input.kind)) {
    return refused_field(
        "kind", "payout_kind_unknown",
        "The ways to pay are manual, yookassa_sbp, yookassa_wallet and yookassa_card_token");
  }
  if (input.company && input.kind != "manual") {
    return refused("natural_person_only",
                   "YooKassa pays out to natural persons alone; a company is paid by hand");
  }
  CheckedMethod out;
  out.details = input.details;
  FLEAD_CHECK(tidy_details(input, out.details));
  FLEAD_TRY(out.shown, input.kind == "manual"            ? check_manual(out.details)
                       : input.kind == "yookassa_sbp"    ? check_sbp(out.details, phone_region)
                       : input.kind == "yookassa_wallet" ? check_wallet(out.details)
                                                         : check_card_token(out.details));
  return out;
}

Result<std::string> seal_payout_details(App& app, const PayoutDetails& details,
                                        std::string_view id) {
  if (!app.key.present()) return method_key_missing();
  return base64_encode(app.key.seal(app.world.random, details_json(details).dump(), id));
}

Result<PayoutMethod> set_payout_method(App& app, store::Tx& tx, const TenantId& tenant,
                                       std::string_view phone_region,
                                       const NewPayoutMethod& input) {
  FLEAD_TRY(const CheckedMethod checked, check_payout_method(phone_region, input));
  PayoutMethod method;
  method.shown = checked.shown;
  method.id = new_id<PayoutMethodIdTag>(app.world);
  method.tenant = tenant;
  method.host = input.host;
  method.host_slug = input.host_slug;
  method.kind = input.kind;
  method.company = input.company;
  method.created_at = app.world.clock.now();
  method.updated_at = method.created_at;
  FLEAD_TRY(const std::string sealed, seal_payout_details(app, checked.details, method.id.text()));
  FLEAD_CHECK(payouts_store::end_method(tx, input.host, method.created_at));
  FLEAD_CHECK(payouts_store::insert_method(tx, method, sealed));
  return method;
}

Result<std::optional<PayoutMethod>> payout_method_of(store::Tx& tx, const HostId& host) {
  return payouts_store::method_of(tx, host);
}

Result<PayoutMethod> load_payout_method(store::Tx& tx, const PayoutMethodId& id) {
  FLEAD_TRY(auto found, payouts_store::method_by_id(tx, id));
  if (!found) return not_found("payout_method_not_found", "There is no such way to pay");
  return std::move(*found);
}

Result<std::vector<PayoutMethod>> list_payout_methods(store::Tx& tx, const TenantId& tenant) {
  return payouts_store::methods(tx, tenant);
}

Result<PayoutMethod> remove_payout_method(App& app, store::Tx& tx, const HostId& host) {
  FLEAD_TRY(auto found, payouts_store::method_of(tx, host));
  if (!found) {
    return not_found("payout_method_not_found", "No way to pay is set for this host",
                     "flead payout method list");
  }
  FLEAD_CHECK(payouts_store::end_method(tx, host, app.world.clock.now()));
  found->status = "removed";
  return std::move(*found);
}

Result<PayoutDetails> open_payout_details(const App& app, store::Tx& tx,
                                          const PayoutMethod& method) {
  FLEAD_TRY(const std::string sealed, payouts_store::sealed_of(tx, method.id));
  return read_payout_details(app, sealed, method.id.text());
}

Result<PayoutDetails> read_payout_details(const App& app, std::string_view sealed,
                                          std::string_view id) {
  if (!app.key.present()) return method_key_missing();
  FLEAD_TRY(const std::string text, app.key.open(base64_decode(sealed).value_or(""), id));
  const auto json = parse_json(text);
  if (!json) return internal_error("Details of a payout method cannot be read");
  const auto at = [&json](std::string_view name) { return json->text(name).value_or(""); };
  PayoutDetails details;
  details.payee = at("payee");
  details.account = at("account");
  details.bank = at("bank");
  details.inn = at("inn");
  details.phone = at("phone");
  details.bank_id = at("bank_id");
  details.wallet = at("wallet");
  details.token = at("token");
  return details;
}

Result<std::optional<PayAccount>> payout_account(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto all, list_pay_accounts(tx, tenant));
  // The provider inside this program takes over from nobody.
  std::optional<PayAccount> paused, inside;
  for (PayAccount& one : all) {
    const PayProvider* provider = find_pay_provider(one.provider);
    if (provider == nullptr || !provider->can.payouts) continue;
    if (one.provider == "mock") {
      if (!inside && one.status == "active") inside = std::move(one);
      continue;
    }
    if (one.status == "active") return std::optional<PayAccount>(std::move(one));
    if (!paused) paused = std::move(one);
  }
  return paused ? paused : inside;
}

Json to_json(const PayoutMethod& method) {
  return Json::object({{"id", method.id.text()},
                       {"host", method.host_slug},
                       {"kind", method.kind},
                       {"company", method.company},
                       {"details", method.shown},
                       {"status", method.status},
                       {"created_at", format_time(method.created_at)}});
}

}  // namespace flead::money
