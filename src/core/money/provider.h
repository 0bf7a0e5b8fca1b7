// Payment providers: one vocabulary for what is asked of them and what they answer. A connector is
// pure functions over the types here, as a channel's is (channels/channel.h): no socket, clock or
// log in it. Wide enough for providers that differ a lot: YooKassa (signs no notification, so each
// is looked up), T-Bank (a token over sorted values, wants "OK"), Robokassa (the page's address is
// the whole request, wants "OK" and a number, cannot be asked), CloudPayments (asks before it
// charges) and `mock`, which is inside this program (mock_provider.h).
// Callers: payments.cpp, refunds.cpp, payouts.cpp, the hook route.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/channels/inbound.h"
#include "core/channels/transport.h"

namespace flead::money {

FLEAD_ID(PayAccountId, "pac");
FLEAD_ID(PaymentId, "pay");
FLEAD_ID(RefundId, "rfd");
FLEAD_ID(PayoutId, "po");
FLEAD_ID(SavedMethodId, "smt");

// A tenant's account with a provider, its secret opened. Never stored, printed or logged so.
struct PayAccess {
  PayAccountId id;
  Json config = Json::object();
  std::string secret;
  bool test = false;  // the account's mode: an object of the other one is never believed
};

// What became of one call.
enum class CallResult {
  done,           // `object` is what the provider says
  retry,          // certainly not acted on; the same call later
  unknown,        // may have been acted on: the same key again, or a search
  refused,        // never will be: our data, or a rule of theirs
  missing,        // they have no such object
  misconfigured,  // key, rights, money of the account: a person has to act
};
std::string_view call_result_name(CallResult result);

// Where an object stands with the provider. Only forward.
enum class PayState { pending, waiting_for_capture, succeeded, canceled };
std::string_view pay_state_name(PayState state);
std::optional<PayState> parse_pay_state(std::string_view name);

// A payment, a refund or a payout as the provider tells it.
struct PayObject {
  std::string id;  // the provider's
  PayState state = PayState::pending;
  Money amount;
  bool amount_told = true;  // false: the provider does not say what is compared with ours
  bool test = false;
  std::string ours;        // our id, as we gave it
  std::string payment_id;  // refunds: the provider's id of the payment
  std::int64_t refunded_minor = 0;
  std::optional<std::int64_t> income_minor;  // what reaches us, the fee taken off
  std::string method;                        // "bank_card *4477", for people
  std::string saved_method;                  // to charge again, only when it was saved
  std::string saved_kind, saved_title;       // "bank_card", "Mir *4477"
  bool revoked = false;                      // canceled: its saved method is not to be used again
  std::string confirm_url;                   // where the payer goes
  TimeMs expires_at = 0;                     // of a hold
  std::string reason;                        // why it was canceled, the provider's word
  std::string reason_by;                     // and who: merchant, payment_network …
  // Of account(): what it can do, and what it holds for payouts.
  std::optional<std::int64_t> balance_minor;
  std::vector<std::string> methods;
  bool receipts = false;  // registers receipts: each payment needs its data
};

// A bank that a payout by phone number can go to.
struct PayoutBank {
  std::string id, name, bic;
};

struct PayAnswer {
  CallResult result = CallResult::unknown;
  PayObject object;
  std::vector<PayObject> found;   // of a search
  std::vector<PayoutBank> banks;  // of a list of banks
  std::string next_cursor;        // more is there
  std::string says;               // for people and logs; no secret
  bool forbidden = false;         // misconfigured: a right is missing for what was asked, not a key
  std::int64_t retry_after_ms = 0;
};

// One line of a receipt (54-FZ). Sums of a receipt are the payment's amount.
struct ReceiptLine {
  std::string text;  // 1 to 128 characters
  std::int64_t quantity = 1;
  std::int64_t amount_minor = 0;  // of one
};
struct Receipt {
  std::string email, phone;  // one of them; phone as E.164
  std::vector<ReceiptLine> lines;
};

// What we want to be paid.
struct PayOrder {
  PaymentId id;
  std::string key;  // makes a repeat harmless; another one where other things are asked for
  Money amount;
  std::string text;        // for the payer, cut to what the provider takes
  std::string return_url;  // where the payer comes back, proves nothing
  std::string notify_url;  // where the provider calls us, for one that is told with each payment
  std::string language;    // ru or en
  bool hold = false;       // two steps: reserved now, taken by capture
  bool save_method = false;
  std::string saved_method;  // charge this one (the provider's id), without the payer
  std::optional<Receipt> receipt;
};

struct RefundOrder {
  RefundId id;
  std::string key;      // makes a repeat harmless; another one for another attempt
  std::string payment;  // the provider's id
  Money amount;
  std::string text;
  std::optional<Receipt> receipt;
};

// What a person is to get. Never a card's number: a token of the provider's own form.
struct PayoutOrder {
  PayoutId id;  // also the key that makes a repeat harmless
  Money amount;
  std::string text;         // for the recipient, cut to what the provider takes
  std::string phone, bank;  // by phone number: E.164, the bank's id
  std::string wallet;       // or the number of a wallet
  std::string token;        // or a card, by the token of the provider's form
};

// Why a provider that asks before it charges is told not to.
enum class PayVeto { none, unknown_order, wrong_amount, not_payable };

// What a provider's call tells before anything is looked up.
struct PayNotice {
  enum class Kind { none, payment, refund, payout, check };
  bool genuine = false;  // else 401
  Kind kind = Kind::none;
  std::string id;           // the provider's, of the object
  std::string ours;         // our id, where it is told
  std::string payment;      // refund: the provider's id of its payment
  std::string delivery_id;  // the same when it is repeated
  // Where the call proves itself and the provider cannot be asked: it counts as if it was fetched.
  // Of a check: what is about to be charged. Else nothing in a call counts until it was looked up.
  std::optional<PayObject> object;
  std::string answer;  // the body of the 200
  std::string answer_type = "text/plain; charset=utf-8";
};

// Payments made in [from, to), or the one that has our id: each provider looks as it can.
struct PaySearch {
  std::string ours;
  TimeMs from = 0, to = 0;
  std::string cursor;
};

// What is left to be done about a charge that a provider has canceled.
enum class Decline {
  unknown,
  later,        // the same means may do another day
  other_means,  // it never will
  revoked,      // the payer has withdrawn the consent: never again
};

struct PayCapabilities {
  bool online = true;  // the payer is sent somewhere; false: a person confirms by hand
  bool holds = false;
  bool partial_refunds = false;
  bool saves_methods = false;
  bool payouts = false;
  bool payments = true;     // false: it pays out, and takes nothing
  bool has_page = true;     // the payer can be sent to it; false: the site has a form of its own
  std::int64_t key_ms = 0;  // how long a repeated key is harmless
  std::int64_t pay_ms = 0;  // how long the payer has
  std::int64_t amount_max_minor = 0;
  std::size_t text_characters_max = 128;
};

// One row per provider. Null: it has no such call.
struct PayProvider {
  std::string_view name;
  std::string_view secret_name;  // for the prompt; "" when it has none
  PayCapabilities can;
  // Fills defaults and checks; errors (refused_field) name the setting.
  Result<Json> (*check_config)(const Json& config) = nullptr;
  channels::HttpRequest (*build_create)(const PayAccess& access, const PayOrder& order) = nullptr;
  channels::HttpRequest (*build_fetch)(const PayAccess& access, std::string_view id) = nullptr;
  PayAnswer (*parse_payment)(const channels::HttpReply& reply) = nullptr;
  // By the provider's word for it, PayObject::reason.
  Decline (*read_decline)(std::string_view reason) = nullptr;
  // Instead of build_create, where the address of the page is all there is: nobody is called.
  PayAnswer (*make_page)(const PayAccess& access, const PayOrder& order) = nullptr;
  // For one whose creation was never answered; PayAnswer::found.
  channels::HttpRequest (*build_search)(const PayAccess& access, const PaySearch& search) = nullptr;
  PayAnswer (*parse_search)(const channels::HttpReply& reply) = nullptr;
  channels::HttpRequest (*build_capture)(const PayAccess& access, const PayOrder& order,
                                         std::string_view id) = nullptr;
  channels::HttpRequest (*build_cancel)(const PayAccess& access, const PayOrder& order,
                                        std::string_view id) = nullptr;
  // Null: given back by hand in the provider's cabinet, and confirmed.
  channels::HttpRequest (*build_refund)(const PayAccess& access,
                                        const RefundOrder& order) = nullptr;
  // Null: the same refund asked for once more says what became of it.
  channels::HttpRequest (*build_refund_fetch)(const PayAccess& access,
                                              std::string_view id) = nullptr;
  PayAnswer (*parse_refund)(const channels::HttpReply& reply) = nullptr;
  // The refunds of a payment (the provider's id), for one whose creation was never answered.
  channels::HttpRequest (*build_refund_search)(const PayAccess& access, std::string_view payment,
                                               std::string_view cursor) = nullptr;
  PayAnswer (*parse_refund_search)(const channels::HttpReply& reply) = nullptr;
  // Do the credentials work, in which mode, what can be used.
  channels::HttpRequest (*build_account)(const PayAccess& access) = nullptr;
  PayAnswer (*parse_account)(const channels::HttpReply& reply) = nullptr;
  PayNotice (*read_notice)(const PayAccess& access, const channels::HookCall& call) = nullptr;
  // The body of the 200 to a check (PayNotice::Kind::check).
  std::string (*answer_check)(PayVeto veto) = nullptr;
  channels::HttpRequest (*build_payout)(const PayAccess& access,
                                        const PayoutOrder& order) = nullptr;
  channels::HttpRequest (*build_payout_fetch)(const PayAccess& access,
                                              std::string_view id) = nullptr;
  PayAnswer (*parse_payout)(const channels::HttpReply& reply) = nullptr;
  // Those that carry our id, for one whose creation was never answered; PayAnswer::found.
  channels::HttpRequest (*build_payout_search)(const PayAccess& access,
                                               const PayoutId& ours) = nullptr;
  PayAnswer (*parse_payout_search)(const channels::HttpReply& reply) = nullptr;
  channels::HttpRequest (*build_banks)(const PayAccess& access) = nullptr;
  PayAnswer (*parse_banks)(const channels::HttpReply& reply) = nullptr;
};
std::span<const PayProvider> pay_providers();
const PayProvider* find_pay_provider(std::string_view name);
// Whether nobody can be asked to give money back: a person does it, and says so.
bool refunds_by_hand(std::string_view provider);

}  // namespace flead::money
