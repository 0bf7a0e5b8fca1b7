// What happens to payments, refunds and payouts: the states, forward only, and the time that passes
// over them. Nobody else changes a status.
#include <algorithm>
#include <utility>

#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

// Whose decision a cancellation was.
std::string_view party_of(std::string_view reason) {
  if (reason == "canceled_by_merchant") return "merchant";
  const bool own = reason == "expired_on_confirmation" || reason == "expired_on_capture" ||
                   reason == "permission_revoked" || reason == "payment_method_limit_exceeded" ||
                   reason == "internal_timeout";
  return own ? "yoo_money" : "payment_network";
}

}  // namespace

void Yookassa::settle() {
  for (Payment& one : payments_) settle_payment(one);
  const TimeMs time = now();
  for (Refund& one : refunds_) {
    if (one.status == "pending" && !one.stuck && time >= one.settles) {
      settle_refund(one, one.outcome);
    }
  }
  for (Payout& one : payouts_) {
    if (one.status == "pending" && !one.stuck && time >= one.settles) {
      settle_payout(one, one.outcome);
    }
  }
}

// A payment that its payer has paid does not expire: the late success.
void Yookassa::settle_payment(Payment& payment) {
  const TimeMs time = now();
  if (payment.status == "pending" && payment.processing && !settings_.stuck &&
      time >= payment.settles) {
    finish(payment, payment.outcome);
  } else if (payment.status == "pending" && !payment.processing && settings_.expires &&
             time >= payment.created + settings_.pay_within_s * k_second_ms) {
    cancel_payment(payment, "expired_on_confirmation");
  }
  if (payment.status == "waiting_for_capture" && time >= payment.hold_until) {
    cancel_payment(payment, "expired_on_capture");
  }
}

Method& Yookassa::method_of(Payment& payment, std::string_view type) {
  Method* method = thing_of(methods_, payment.method_id);
  if (method == nullptr) {
    Method made;
    // The provider's own: a method that came with a payment has the payment's id.
    made.id = payment.id;
    payment.method_id = payment.id;
    method = &keep_thing(methods_, std::move(made));
  }
  if (method->status != "active") method->type = type;
  return *method;
}

// The payer has acted, or a saved method is charged; `reason` is "" for a success. The answer of
// the network takes settle_ms, and `least_ms` at least.
void Yookassa::pay(Payment& payment, std::string_view reason, std::int64_t least_ms) {
  payment.outcome = reason;
  const Method* method = thing_of(methods_, payment.method_id);
  const Means* means = method == nullptr ? nullptr : find_means(method->type);
  if (reason.empty() && means != nullptr && means->max_minor > 0 &&
      payment.amount_minor > means->max_minor) {
    payment.outcome = "payment_method_limit_exceeded";
  }
  payment.processing = true;
  payment.settles = now() + std::max(settings_.settle_ms, least_ms);
  settle_payment(payment);
}

void Yookassa::finish(Payment& payment, const std::string& reason) {
  payment.processing = false;
  if (!reason.empty()) return cancel_payment(payment, reason);
  Method* method = thing_of(methods_, payment.method_id);
  if (payment.save && method != nullptr && !method->saved) {
    method->saved = true;
    method->status = "active";
  }
  if (payment.capture) return succeed(payment);
  const Means* means = method == nullptr ? nullptr : find_means(method->type);
  const TimeMs hold = settings_.hold_s > 0 ? settings_.hold_s * k_second_ms
                      : means != nullptr   ? means->hold_ms
                                           : 7 * k_day_ms;
  payment.status = "waiting_for_capture";
  payment.hold_until = now() + hold;
  notify("payment.waiting_for_capture", payment.id, payment_json(payment));
}

void Yookassa::succeed(Payment& payment) {
  payment.status = "succeeded";
  payment.processing = false;
  payment.captured = now();
  notify("payment.succeeded", payment.id, payment_json(payment));
}

void Yookassa::cancel_payment(Payment& payment, std::string_view reason) {
  payment.status = "canceled";
  payment.processing = false;
  payment.reason = reason;
  payment.party = party_of(reason);
  notify("payment.canceled", payment.id, payment_json(payment));
}

// There is an event for a success only.
void Yookassa::settle_refund(Refund& refund, const std::string& reason) {
  refund.reason = reason;
  refund.status = reason.empty() ? "succeeded" : "canceled";
  if (!reason.empty()) return;
  if (Payment* payment = thing_of(payments_, refund.payment_id)) {
    payment->refunded_minor += refund.amount_minor;
  }
  notify("refund.succeeded", refund.id, refund_json(refund));
}

void Yookassa::settle_payout(Payout& payout, const std::string& reason) {
  payout.reason = reason;
  payout.status = reason.empty() ? "succeeded" : "canceled";
  if (reason.empty()) {
    payout.succeeded = now();
  } else if (std::exchange(payout.holds_balance, false)) {
    balance_minor_ += payout.amount_minor;
  }
  notify(reason.empty() ? "payout.succeeded" : "payout.canceled", payout.id, payout_json(payout));
}

}  // namespace flead::serve::mock::yookassa_double
