// Payments and refunds: what a person is to pay, what became of it, and what goes back. The row is
// stored before any provider is called, and its id is the key that makes a repeated call harmless.
// What a provider tells by itself is only a hint: the object is fetched, and what is fetched is
// compared with the row before it counts. Operations in payment_create.cpp, payments.cpp and
// refunds.cpp, the calls in payment_jobs.cpp, SQL in payments_store.cpp. Callers: booking/pay.h,
// `flead payment`, the pay page. Each step is posted to the ledger in the same transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/limits.h"
#include "core/jobs/jobs.h"
#include "core/money/ledger.h"
#include "core/money/pay_account.h"

namespace flead::money {

struct Payment {
  PaymentId id;
  TenantId tenant;
  PayAccountId account;
  std::string account_name, provider;
  std::optional<LeadId> lead;
  std::string payer;  // of the ledger's accounts: the lead's id, also once it is erased; or others
  std::string purpose;  // booking, other
  std::string subject;  // the id of what is paid for, or ""
  Money amount;
  std::string state = "created";  // created pending waiting_for_capture succeeded canceled
  bool two_step = false;
  std::string payee;               // the host who earns it; "": the tenant
  std::int64_t share_percent = 0;  // of it the tenant's part, as agreed when it was made
  bool fee_by_payee = false;       // whether the provider's fee comes off the host's part
  std::string token;               // the payer's page: /pay/TOKEN
  std::string text, language;
  std::string provider_id, confirm_url, method;
  // Whether the payer is asked to let the means be kept: none asked; then agreed or declined, by
  // the payer; then saved or not_saved, by the provider.
  std::string saving = "none";
  bool saving_needed = false;       // there is no paying without
  std::string saving_words;         // needed: the terms; then what was agreed to, word for word
  std::optional<TimeMs> saving_at;  // when the payer said so
  std::string saved_method;         // ours: what it is charged by, or what came of it; or ""
  bool test = false;
  std::string reason;   // why it was canceled
  std::string problem;  // what does not fit: a person has to look, nothing was done
  std::optional<std::int64_t> fee_minor;
  std::int64_t refunded_minor = 0;
  std::optional<TimeMs> called_at;   // the first call
  std::optional<TimeMs> hold_until;  // when what waits for it is given up
  std::optional<TimeMs> succeeded_at;
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
  bool open() const { return state != "succeeded" && state != "canceled"; }
  // The payer has to say first whether the means may be kept; the provider knows nothing of it yet.
  bool asks_payer() const { return state == "created" && saving == "asked"; }
};

// May the means of payment be charged again later, without the payer? Only whoever agrees is.
enum class Saving { none, offered, needed };

struct NewPayment {
  std::optional<LeadId> lead;
  std::string payer;  // of the ledger's accounts where it is no lead; "": the lead, or others
  std::string purpose = "other";
  std::string subject;
  Money amount;
  std::string text;  // for the payer, names no person
  std::string language = "en";
  bool two_step = false;
  std::string payee;  // a host's id
  std::int64_t share_percent = 0;
  bool fee_by_payee = false;
  std::optional<TimeMs> hold_until;
  Saving saving = Saving::none;
  std::string saving_words;                   // needed: what is charged later and how to end it
  std::optional<SavedMethodId> saved_method;  // charged at once, without the payer
};
// Errors (refused): amount_invalid, amount_too_large, text_invalid, holds_unsupported,
// saving_unsupported, saving_needs_payer, saving_words_needed, saved_method_over,
// saved_method_elsewhere (of another account or payer); (not_found) saved_method_not_found.
Result<Payment> create_payment(App& app, store::Tx& tx, const PayAccount& account,
                               const NewPayment& input);
Result<Payment> load_payment(store::Tx& tx, const TenantId& tenant, const PaymentId& id);
Result<std::optional<Payment>> payment_by_token(store::Tx& tx, std::string_view token);
// Oldest first.
inline constexpr std::int64_t k_payments_of_subject_max = 50;
Result<std::vector<Payment>> payments_of(store::Tx& tx, const TenantId& tenant,
                                         std::string_view subject);

struct PaymentFilter {
  std::string state, subject, lead, account;  // "" is any; an account's id
  bool problems = false;                      // only those that a person has to look at
  bool not_saved = false;  // only those whose means the provider would not keep, though agreed to
  std::optional<TimeMs> since, until;
  std::string before_id;
  std::int64_t limit = k_page_default;
};
Result<std::vector<Payment>> list_payments(store::Tx& tx, const TenantId& tenant,
                                           const PaymentFilter& filter);  // newest first

// The money has come in by a way that nobody can be asked about. Errors: payment_not_manual
// (refused) for what a provider knows, payment_over (conflict).
Result<Payment> confirm_payment(App& app, store::Tx& tx, const Payment& payment,
                                std::string_view actor);
// A person has looked at what did not fit and done what was to be done. Errors: payment_no_problem
// (conflict), text_invalid.
Result<Payment> resolve_problem(App& app, store::Tx& tx, const Payment& payment,
                                std::string_view note, std::string_view actor);
// The payer has decided whether the means may be kept, and goes on to the provider. `words` is what
// was shown to them, kept as the proof. Once: whatever is said later changes nothing. Error
// saving_needed (refused): there is no paying this without.
Status decide_saving(App& app, store::Tx& tx, const Payment& payment, bool agrees,
                     std::string_view words);
// Of a payment that no provider has yet: charged by this method instead. Errors as create_payment,
// and payment_pending, payment_over (conflicts).
Status charge_by(App& app, store::Tx& tx, const Payment& payment, const SavedMethodId& method);
// What is left to be done about one that was canceled.
Decline decline_of(const Payment& payment);
// Asks the provider now. Errors: payment_manual (refused), payment_over (conflict).
Status ask_again(App& app, store::Tx& tx, const Payment& payment);
// Of a two-step payment: takes it, or less. Errors: payment_state and payment_act_under_way
// (another amount, or letting it go; conflicts), amount_too_large.
Status capture_payment(App& app, store::Tx& tx, const Payment& payment, std::int64_t amount_minor);
// Nobody is to pay this any more. One that a provider has is given up there only when it was held;
// else its payer may still pay, and gets it back. Errors: payment_over, payment_pending,
// payment_act_under_way (conflicts).
Result<Payment> cancel_payment(App& app, store::Tx& tx, const Payment& payment,
                               std::string_view reason);
// What was paid for has taken place, or was called off so late that some of it stays: what is not
// given back is the payee's and the tenant's from now on. Once; false when it was before.
Result<bool> earn_payment(App& app, store::Tx& tx, const Payment& payment);
// What was paid and is neither given back nor promised to be.
Result<std::int64_t> left_of(store::Tx& tx, const Payment& payment);
// Whether it was earned, or all of it given back: nothing more becomes of it by itself.
Result<bool> is_settled(store::Tx& tx, const Payment& payment);
// An amount between payee and tenant: both parts are the whole. Pure.
struct Parts {
  std::int64_t payee_minor = 0, share_minor = 0;
};
Parts split_amount(const Payment& payment, std::int64_t amount_minor);
// What goes back of `left_minor`, so that the parts that stay are those of what stays, however
// often a little goes back. Pure.
Parts split_back(const Payment& payment, std::int64_t left_minor, std::int64_t amount_minor);
// It is for this from now on: the first thing was gone when the money came.
Status set_subject(store::Tx& tx, const PaymentId& id, std::string_view subject);
// It waits for the payer until then.
Status set_hold(store::Tx& tx, const PaymentId& id, TimeMs until);

// What a fetched object makes of the row. Compared first: our id, amount, currency and mode; what
// does not fit is a problem and changes nothing else. Only forward. Returns the row as it is then.
Result<Payment> apply_object(App& app, store::Tx& tx, const Payment& payment,
                             const PayObject& object);
// "" when it fits. Pure.
std::string misfit(const Payment& payment, const PayObject& object);
// How long until an open payment is asked about again, by its age; nothing: given up. Pure.
std::optional<std::int64_t> ask_wait_ms(std::int64_t age_ms);

// ---- refunds ---------------------------------------------------------------------------------

struct Refund {
  RefundId id;
  TenantId tenant;
  PaymentId payment;
  Money amount;
  std::string state = "created";  // created pending succeeded canceled
  std::int64_t attempt = 1;
  std::string why;  // shown to the person
  std::string actor, unique_key, provider_id;
  std::string reason;  // why it was canceled
  std::optional<TimeMs> called_at;
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

struct NewRefund {
  std::int64_t amount_minor = 0;
  std::string why;
  std::string actor = "system";
  std::string unique_key;  // once per payment and key
};
// Nothing when this key was there. Errors: payment_not_paid (conflict), refund_too_large (refused)
// with what is left.
Result<std::optional<Refund>> refund_payment(App& app, store::Tx& tx, const Payment& payment,
                                             const NewRefund& input);
Result<Refund> load_refund(store::Tx& tx, const TenantId& tenant, const RefundId& id);
Result<std::vector<Refund>> refunds_of(store::Tx& tx, const PaymentId& payment);  // oldest first
// Those that failed and are owed yet, oldest first.
Result<std::vector<Refund>> canceled_refunds(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t limit);
// Asks the provider now. Errors: refund_manual (refused), refund_over (conflict).
Status ask_again(App& app, store::Tx& tx, const Refund& refund);
// How many of an account's refunds have not ended.
Result<std::int64_t> open_refunds(store::Tx& tx, const PayAccountId& account);
// Paid back by hand. Errors: refund_not_manual (refused), refund_over (conflict).
Result<Refund> confirm_refund(App& app, store::Tx& tx, const Refund& refund,
                              std::string_view actor);
// A canceled one, with another key. Error refund_state (conflict).
Result<Refund> retry_refund(App& app, store::Tx& tx, const Refund& refund);

// ---- jobs ------------------------------------------------------------------------------------

jobs::Outcome open_payment(App& app, const jobs::Job& job);    // payment.open
jobs::Outcome sync_payment(App& app, const jobs::Job& job);    // payment.sync
jobs::Outcome act_on_payment(App& app, const jobs::Job& job);  // payment.capture, payment.cancel
jobs::Outcome open_refund(App& app, const jobs::Job& job);     // refund.open
jobs::Outcome sync_refund(App& app, const jobs::Job& job);     // refund.sync

inline constexpr std::string_view k_notice_prefix = "ntc";
// What a provider that asks before it charges is answered: whether what it is about to charge is
// still to be paid, and just so much.
Result<PayVeto> check_charge(App& app, store::Tx& tx, const PayAccount& account,
                             const PayNotice& notice);
// Keeps a provider's call and plans the look that it asks for, or takes what it says where it
// proves itself; true when it was new.
Result<bool> keep_notice(App& app, store::Tx& tx, const PayAccount& account,
                         const PayNotice& notice, std::string_view body);

std::string pay_url(std::string_view base_url, const Payment& payment);  // BASE/pay/TOKEN
// XTS where no money is moved, so that what was tried is never mixed with what is real.
std::string ledger_currency(const Payment& payment);

Json to_json(const Payment& payment, std::string_view base_url);
Json to_json(const Refund& refund);

}  // namespace flead::money
