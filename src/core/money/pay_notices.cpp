// What providers tell by themselves: kept as it came, and looked up by a job.
#include "core/base/text.h"
#include "core/money/pay_accounts_store.h"
#include "core/money/payment.h"
#include "core/money/payment_steps.h"
#include "core/money/payments_store.h"
#include "core/money/payout.h"

namespace flead::money {
namespace {

// A call that proves itself, of a provider that cannot be asked: what it says counts as if it was
// fetched, and is compared with the row just so.
Result<std::string> take_notice(App& app, store::Tx& tx, const PayAccount& account,
                                const PayNotice& notice) {
  FLEAD_TRY(const auto ours, payments_store::by_id(tx, PaymentId(notice.ours)));
  if (!ours || ours->account != account.id) return std::string("of nothing that we know");
  FLEAD_TRY(const Payment now, apply_object(app, tx, *ours, *notice.object));
  return now.problem.empty() ? std::string("taken") : now.problem;
}

}  // namespace

Result<PayVeto> check_charge(App& app, store::Tx& tx, const PayAccount& account,
                             const PayNotice& notice) {
  if (!notice.object) return PayVeto::unknown_order;
  FLEAD_TRY(const auto payment, payments_store::by_id(tx, PaymentId(notice.ours)));
  if (!payment || payment->account != account.id) return PayVeto::unknown_order;
  if (notice.object->amount != payment->amount) return PayVeto::wrong_amount;
  const bool lapsed = payment->hold_until && *payment->hold_until <= app.world.clock.now();
  const bool other_mode = notice.object->test != payment->test;
  return payment->open() && !lapsed && !other_mode ? PayVeto::none : PayVeto::not_payable;
}

Result<bool> keep_notice(App& app, store::Tx& tx, const PayAccount& account,
                         const PayNotice& notice, std::string_view body) {
  const TimeMs now = app.world.clock.now();
  FLEAD_CHECK(pay_accounts_store::set_notified(tx, account.id, now));
  pay_accounts_store::Notice row;
  row.id = make_id(app.world, k_notice_prefix);
  row.tenant = account.tenant;
  row.account = account.id;
  row.delivery_id = notice.delivery_id.empty() ? "sha256:" + sha256_hex(body) : notice.delivery_id;
  row.object_id = notice.id;
  row.body = repair_utf8(body);
  row.received_at = now;
  std::optional<Payment> payment;
  std::optional<Refund> refund;
  // Told of before our own call was answered: that call says it, with the same key.
  bool unanswered = false;
  bool known_refund = false;
  if (notice.kind == PayNotice::Kind::check || notice.object) {
    row.outcome = "asked";
    if (notice.kind == PayNotice::Kind::payment) {
      FLEAD_TRY(row.outcome, take_notice(app, tx, account, notice));
    }
    return pay_accounts_store::insert_notice(tx, row);
  }
  if (notice.kind == PayNotice::Kind::payment) {
    FLEAD_TRY(payment, payments_store::by_provider_id(tx, account.id, notice.id));
    if (!payment) {
      FLEAD_TRY(const auto ours, payments_store::by_id(tx, PaymentId(notice.ours)));
      unanswered = ours && ours->account == account.id && ours->state == "created";
      if (unanswered) FLEAD_CHECK(plan_payment_job(app, tx, *ours, "payment.open", 0));
    }
  } else if (notice.kind == PayNotice::Kind::refund) {
    FLEAD_TRY(refund, payments_store::refund_by_provider_id(tx, account.id, notice.id));
    if (!refund) {
      FLEAD_TRY(const auto ours, payments_store::refund_by_id(tx, refund_of_key(notice.ours)));
      unanswered = ours && ours->tenant == account.tenant && ours->state == "created";
      if (unanswered) FLEAD_CHECK(plan_refund_job(app, tx, *ours, "refund.open", 0));
      // Not ours: the payment itself says how much of it has gone back.
      FLEAD_TRY(const auto whole, payments_store::by_provider_id(tx, account.id, notice.payment));
      if (whole && !unanswered) {
        known_refund = true;
        FLEAD_CHECK(plan_payment_look(app, tx, *whole));
      }
    }
  }
  bool known_payout = false;
  if (notice.kind == PayNotice::Kind::payout) {
    FLEAD_TRY(known_payout, notice_payout(app, tx, account, notice.id));
  }
  row.outcome = payment || refund || known_payout || known_refund || unanswered
                    ? "looked up"
                    : "of nothing that we know";
  FLEAD_TRY(const bool first, pay_accounts_store::insert_notice(tx, row));
  // A repeat is looked up as well: the first look may have come too early.
  if (payment && payment->state != "succeeded") FLEAD_CHECK(plan_payment_look(app, tx, *payment));
  if (refund && refund->state == "pending")
    FLEAD_CHECK(plan_refund_job(app, tx, *refund, "refund.sync", 0));
  if (refund && refund->state == "canceled") {
    FLEAD_TRY(const Payment told, load_payment(tx, refund->tenant, refund->payment));
    FLEAD_CHECK(note_problem(app, tx, told, "the provider tells of a refund that was canceled"));
  }
  return first;
}

}  // namespace flead::money
