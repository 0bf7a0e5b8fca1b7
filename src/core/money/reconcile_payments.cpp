// Entries of payments, refunds and payouts by the ids that the provider gave them.
#include <memory>
#include <set>
#include <utility>

#include "core/money/payment.h"
#include "core/money/payout.h"
#include "core/money/reconcile.h"

namespace flead::money {
namespace {

constexpr std::string_view k_refund_key = "refund:";  // of an entry that gave a refund back

// "" where there is no such row, or the provider has not answered yet.
Result<std::string> refund_provider_id(store::Tx& tx, const Transaction& one) {
  if (!one.unique_key.starts_with(k_refund_key)) return std::string();
  const std::string id = one.unique_key.substr(k_refund_key.size());
  if (!is_id(id, RefundIdTag::k_prefix)) return std::string();
  auto refund = load_refund(tx, one.tenant, RefundId(id));
  if (refund) return refund->provider_id;
  if (refund.error().kind == ErrorKind::not_found) return std::string();
  return std::move(refund).error();
}

Result<std::string> payment_provider_id(store::Tx& tx, const Transaction& one) {
  if (!is_id(one.subject, PaymentIdTag::k_prefix)) return std::string();
  auto payment = load_payment(tx, one.tenant, PaymentId(one.subject));
  if (payment) return payment->provider_id;
  if (payment.error().kind == ErrorKind::not_found) return std::string();
  return std::move(payment).error();
}

Result<std::string> payout_provider_id(store::Tx& tx, const Transaction& one) {
  if (!is_id(one.subject, PayoutIdTag::k_prefix)) return std::string();
  auto payout = load_payout(tx, one.tenant, PayoutId(one.subject));
  if (payout) return payout->provider_id;
  if (payout.error().kind == ErrorKind::not_found) return std::string();
  return std::move(payout).error();
}

}  // namespace

ProviderIdOf named_by_payment(const std::vector<TheirRow>& theirs) {
  auto ids = std::make_shared<std::set<std::string>>();
  for (const TheirRow& row : theirs) ids->insert(row.id);
  return [ids, otherwise = named_in_entry(theirs)](store::Tx& tx,
                                                   const Transaction& one) -> Result<std::string> {
    FLEAD_TRY(std::string refund, refund_provider_id(tx, one));
    if (ids->contains(refund)) return refund;
    FLEAD_TRY(std::string payment, payment_provider_id(tx, one));
    if (ids->contains(payment)) return payment;
    FLEAD_TRY(std::string payout, payout_provider_id(tx, one));
    if (ids->contains(payout)) return payout;
    FLEAD_TRY(std::string named, otherwise(tx, one));
    // Also our own id of a payment, where the registry carries it.
    if (ids->contains(named)) return named;
    if (!refund.empty()) return refund;
    if (!payout.empty()) return payout;
    return payment.empty() ? named : payment;
  };
}

}  // namespace flead::money
