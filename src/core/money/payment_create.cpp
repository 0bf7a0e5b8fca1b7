// The making of a payment: what is asked for is checked, and stored before anybody is called.
#include <algorithm>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/money/account.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"

namespace flead::money {
namespace {

constexpr std::size_t k_saving_words_characters_max = 500;

Status check_saving(const PayProvider& provider, const NewPayment& input) {
  if (!input.payer.empty() && !is_account("liabilities:prepaid:" + input.payer)) {
    return refused_field("payer", "payer_invalid", "A payer is a-z, 0-9, - and _");
  }
  if (input.saving == Saving::none) return {};
  if (!provider.can.saves_methods) {
    return refused("saving_unsupported",
                   fmt::format("{} cannot keep a means of payment", provider.name));
  }
  if (!input.lead && input.payer.empty()) {
    return refused("saving_needs_payer", "A means of payment is kept for somebody",
                   "Say whose payment it is");
  }
  const std::size_t length = utf8_length(input.saving_words);
  const bool fits = valid_utf8(input.saving_words) && length <= k_saving_words_characters_max;
  if (fits && (input.saving == Saving::offered || length > 0)) return {};
  return refused_field("saving_words", "saving_words_needed",
                       fmt::format("What is charged later is said in 1 to {} characters",
                                   k_saving_words_characters_max));
}

Status check_order(const PayProvider& provider, const NewPayment& input) {
  if (!provider.can.payments) {
    return refused("account_pays_out", fmt::format("{} takes no payments", provider.name));
  }
  if (input.amount.amount_minor <= 0 || !parse_currency(input.amount.currency)) {
    return refused_field("amount", "amount_invalid", "A payment is more than nothing");
  }
  if (input.amount.amount_minor > provider.can.amount_max_minor) {
    return refused_field(
        "amount", "amount_too_large",
        fmt::format("{} takes at most {} at once", provider.name,
                    print_money({provider.can.amount_max_minor, input.amount.currency}, "en")));
  }
  if (!valid_utf8(input.text) || has_control_characters(input.text) ||
      utf8_length(input.text) > k_payment_text_characters_max) {
    return refused_field(
        "text", "text_invalid",
        fmt::format("A text is one line of up to {} characters", k_payment_text_characters_max));
  }
  if (input.two_step && !provider.can.holds) {
    return refused("holds_unsupported",
                   fmt::format("{} cannot hold money for later", provider.name));
  }
  return check_saving(provider, input);
}

}  // namespace

Result<Payment> create_payment(App& app, store::Tx& tx, const PayAccount& account,
                               const NewPayment& input) {
  const PayProvider* provider = find_pay_provider(account.provider);
  FLEAD_ASSERT(provider != nullptr);
  FLEAD_CHECK(check_order(*provider, input));
  Payment payment;
  payment.id = new_id<PaymentIdTag>(app.world);
  payment.tenant = account.tenant;
  payment.account = account.id;
  payment.account_name = account.name;
  payment.provider = account.provider;
  payment.lead = input.lead;
  payment.payer = !input.payer.empty() ? input.payer : input.lead ? input.lead->text() : "others";
  payment.purpose = input.purpose;
  payment.subject = input.subject;
  payment.amount = input.amount;
  const bool opens = provider->can.online && provider->can.has_page;
  payment.state = opens ? "created" : "pending";
  payment.two_step = input.two_step;
  payment.payee = input.payee;
  payment.share_percent = std::clamp<std::int64_t>(input.share_percent, 0, 100);
  payment.fee_by_payee = input.fee_by_payee;
  payment.token = make_token(app.world.random, "");
  payment.text = input.text;
  payment.language = input.language == "ru" ? "ru" : "en";
  payment.test = account.test();
  payment.hold_until = input.hold_until;
  payment.created_at = app.world.clock.now();
  payment.updated_at = payment.created_at;
  if (input.saved_method) {
    FLEAD_CHECK(check_saved_method(tx, payment, *input.saved_method));
    payment.saved_method = input.saved_method->text();
  } else if (input.saving != Saving::none) {
    payment.saving = "asked";
    payment.saving_needed = input.saving == Saving::needed;
    payment.saving_words = input.saving_words;
  }
  FLEAD_CHECK(payments_store::insert(tx, payment));
  FLEAD_CHECK(tell_payer(app, tx, payment, "payment.created", Json::object()));
  if (provider->can.online && !opens) {
    FLEAD_CHECK(plan_payment_job(app, tx, payment, "payment.sync", payment.created_at));
  }
  if (opens && !payment.asks_payer()) {
    FLEAD_CHECK(plan_payment_job(app, tx, payment, "payment.open", 0));
  }
  return payment;
}

}  // namespace flead::money
