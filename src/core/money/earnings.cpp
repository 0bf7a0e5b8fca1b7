// What a payment becomes when what it paid for has taken place: the payee's and the tenant's.
#include <algorithm>
#include <utility>

#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"

namespace flead::money {

std::string earned_key(const Payment& payment) {
  return "earned:" + payment.id.text();
}

Parts split_amount(const Payment& payment, std::int64_t amount_minor) {
  if (payment.payee.empty()) return {0, amount_minor};
  const std::int64_t share = percent_of(amount_minor, static_cast<int>(payment.share_percent));
  return {amount_minor - share, share};
}

Parts split_back(const Payment& payment, std::int64_t left_minor, std::int64_t amount_minor) {
  const Parts before = split_amount(payment, left_minor);
  const Parts after = split_amount(payment, left_minor - amount_minor);
  return {before.payee_minor - after.payee_minor, before.share_minor - after.share_minor};
}

Result<std::vector<Move>> moves_back(store::Tx& tx, const Payment& payment, std::int64_t left_minor,
                                     std::int64_t amount_minor) {
  FLEAD_TRY(const bool earned, is_posted(tx, payment.tenant, earned_key(payment)));
  const std::string to = refunds_account(payment);
  if (!earned) return std::vector<Move>{{prepaid_account(payment), to, amount_minor}};
  const Parts parts = split_back(payment, left_minor, amount_minor);
  return std::vector<Move>{{account::expert(payment.payee), to, parts.payee_minor},
                           {std::string(account::k_share), to, parts.share_minor}};
}

Result<std::int64_t> left_of(store::Tx& tx, const Payment& payment) {
  if (payment.state != "succeeded") return std::int64_t{0};
  FLEAD_TRY(const std::int64_t going_back, payments_store::refunding_minor(tx, payment.id));
  return payment.amount.amount_minor - going_back;
}

Result<bool> is_settled(store::Tx& tx, const Payment& payment) {
  FLEAD_TRY(const bool earned, is_posted(tx, payment.tenant, earned_key(payment)));
  FLEAD_TRY(const std::int64_t left, left_of(tx, payment));
  return earned || left == 0;
}

Result<bool> earn_payment(App& app, store::Tx& tx, const Payment& seen) {
  FLEAD_CHECK(payments_store::lock(tx, seen.id));
  FLEAD_TRY(const Payment payment, load_payment(tx, seen.tenant, seen.id));
  if (payment.state != "succeeded") return false;
  FLEAD_TRY(const std::int64_t kept, left_of(tx, payment));
  const Parts parts = split_amount(payment, kept);
  const std::string from = prepaid_account(payment);
  NewTransaction entry;
  entry.kind = "earned";
  entry.text = "Earned of payment " + payment.id.text();
  entry.subject = payment.id.text();
  entry.unique_key = earned_key(payment);
  entry.currency = ledger_currency(payment);
  entry.moves = {{from, account::expert(payment.payee), parts.payee_minor},
                 {from, std::string(account::k_share), parts.share_minor}};
  if (payment.fee_by_payee && !payment.payee.empty()) {
    const std::int64_t fee = std::min(payment.fee_minor.value_or(0), parts.payee_minor);
    entry.moves.push_back(
        {account::expert(payment.payee), account::fees(payment.account_name), fee});
  }
  FLEAD_TRY(const auto posted, post(app.world, tx, payment.tenant, std::move(entry)));
  return posted.has_value();
}

}  // namespace flead::money
