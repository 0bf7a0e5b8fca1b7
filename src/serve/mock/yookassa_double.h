// The double of YooKassa: what it keeps. Split over yookassa.cpp (who may ask what, keys, faults),
// yookassa_settings.cpp (the switches), yookassa_rules.cpp (fields and lists),
// yookassa_payments.cpp, yookassa_states.cpp (the state machine and its clock),
// yookassa_refunds.cpp, yookassa_receipts.cpp, yookassa_payouts.cpp,
// yookassa_people.cpp, yookassa_page.cpp (what the
// payer sees) and yookassa_events.cpp (notifications). Written from the provider's page and schema,
// never from our connector. See double.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::yookassa_double {

// ---- rules that every part uses (yookassa_rules.cpp) -------------------------------------------

inline constexpr std::size_t k_objects_kept_max = 10'000;  // of each kind of thing
inline constexpr std::string_view k_no_funds = "insufficient_funds";

http::Reply good_reply(const Json& body);
http::Reply refusal(int status, std::string_view code, std::string_view words,
                    std::string_view parameter = {});
http::Reply invalid(std::string_view words, std::string_view parameter);  // 400
http::Reply not_found(std::string_view what);

Json money_json(std::int64_t minor, std::string_view currency = "RUB");
std::string money_text(std::int64_t minor);  // "1500.00"
bool is_digits(std::string_view text, std::size_t least, std::size_t most);

// The first fault of a request, or what was read.
using Fault = std::optional<http::Reply>;
// {"value":"1500.00","currency":"RUB"} at `name`, into `minor`. Numbers are refused, as are other
// writings of a sum and other currencies.
Fault read_money(const Json& body, std::string_view name, std::int64_t& minor);
Fault check_metadata(const Json& body);
Fault check_text(const Json& body, std::string_view name, std::size_t characters_max);
Fault check_receipt(const Json& receipt, std::int64_t amount_minor);

// One thing of a list, as its filters look at it. `path` of `equal` is a path in `json`.
struct Listed {
  std::string id;
  TimeMs created = 0;
  Json json;
};
struct ListRules {
  std::vector<std::string_view> times;                               // members with .gte and so on
  std::vector<std::pair<std::string_view, std::string_view>> equal;  // parameter, path
  TimeMs since = 0;                                                  // older ones are forgotten
};
// Newest first, by `limit` and `cursor`. `all` is in the order of making.
http::Reply list_page(const Fields& query, const std::vector<Listed>& all, const ListRules& rules);

// ---- what is known of means of payment ---------------------------------------------------------

struct Means {
  std::string_view type;
  bool two_stage = true;
  std::int64_t max_minor = 0;  // of one payment; 0 is unknown
  TimeMs hold_ms = 7 * k_day_ms;
  TimeMs refund_ms = 3 * 365 * k_day_ms;
};
const Means* find_means(std::string_view type);

struct TestCard {
  std::string_view number;
  bool three_d_secure = false;
  std::string_view reason;  // "" is a success
};
const std::vector<TestCard>& test_cards();
bool is_payment_reason(std::string_view word);
bool is_refund_reason(std::string_view word);
bool is_payout_reason(std::string_view word);

// ---- what it keeps -----------------------------------------------------------------------------

struct Settings {
  std::string shop_id = "100500", shop_key = "test_shop";
  std::string gateway_id = "500100", gateway_key = "test_gateway";
  std::string shop_status = "enabled", gateway_status = "enabled";
  bool test = true;
  std::string methods;  // joined by commas; "" is what a shop of this mode has
  std::string payout_methods = "bank_card,sbp,yoo_money";
  bool recurring = true, payouts_enabled = true, card_payouts = false;
  bool fiscalization = false, receipt_required = true;
  std::string key_reuse = "refuse";
  std::int64_t fee_basis_points = 350;

  std::string page_url;  // "" is the host that was asked
  std::string redirect = "before";
  std::int64_t pay_within_s = 3600;
  bool expires = true, stuck = false;
  std::int64_t settle_ms = 0;
  std::int64_t hold_s = 0;  // 0: by the means of payment
  std::string charge = "succeeded", refund = "succeeded";
  bool permission_revoked = false;
  std::int64_t refund_ms = 0;

  std::string payout = "succeeded";
  std::int64_t payout_ms = 1000;
  std::string limit_answer = "canceled";

  std::string notify_url, payout_notify_url;
  std::int64_t notify_delay_ms = 100, notify_copies = 1, notify_lose = 0;
  std::int64_t notify_retry_ms = 1000, notify_tries = 10;
  bool notify_out_of_order = false;

  std::string fault = "none", fault_method = "POST", fault_path;
  std::int64_t fault_times = 1, fault_ms = 30'000, fault_retry_ms = 1000;
};

// Per recipient and kind; 0 is no limit.
struct PayoutLimit {
  std::string_view type;
  std::int64_t min_minor = 0, max_minor = 0, month_minor = 0, day_count = 0;
};

struct Method {
  std::string id, type = "bank_card", status = "inactive";
  bool saved = false;
  std::string card;     // of the test cards only
  std::string account;  // of a wallet
  // Of a method that is bound without a charge:
  bool bound = false;
  std::string return_url, locale;
  Json confirmation, metadata;
};

struct Payment {
  std::string id, status = "pending";
  std::int64_t amount_minor = 0, refunded_minor = 0;
  bool capture = false, save = false, test = true;
  std::string description, customer, return_url, locale, method_id;
  Json confirmation, metadata;
  bool with_receipt = false;
  TimeMs created = 0, captured = 0, hold_until = 0;
  std::string party, reason;
  bool three_d_secure = false;
  // What the payer did and the network has not answered yet.
  bool processing = false;
  std::string outcome;
  TimeMs settles = 0;
  std::string secure_card;  // asked for 3-D Secure

  bool is_final() const { return status == "succeeded" || status == "canceled"; }
};

struct Refund {
  std::string id, payment_id, status = "pending", description, reason, outcome;
  std::int64_t amount_minor = 0;
  Json metadata;
  TimeMs created = 0, settles = 0;
  bool with_receipt = false, stuck = false;
};

struct Payout {
  std::string id, status = "pending", description, reason, outcome, recipient;
  std::int64_t amount_minor = 0;
  Json destination, metadata;
  bool test = true, holds_balance = false, stuck = false;
  TimeMs created = 0, succeeded = 0, settles = 0;
};

// Whose names were told; they themselves are not kept.
struct Person {
  std::string id, type;
  bool active = false;
  Json metadata;
  TimeMs created = 0;
};

struct Receipt {
  std::string id, type, of;
  Json items, settlements;
  TimeMs created = 0;
};

struct Note {
  std::int64_t number = 0;
  std::string event, object_id, body, url;
  TimeMs queued = 0, due = 0;
  std::int64_t tries = 0;
  std::string state = "waiting";  // sending triggered delivered lost given_up
  int last_status = 0;
};

class Yookassa final : public ProviderDouble {
 public:
  explicit Yookassa(World world);
  std::string_view kind() const override { return "yookassa"; }
  std::vector<std::string> paths() const override;
  std::vector<std::string_view> methods() const override { return {"GET", "POST", "DELETE"}; }
  http::Reply answer(const Call& call) override;
  Status check_account(const Json& wish) const override;
  Json account(const Json& wish) override;
  Result<channels::HttpRequest> event(const Json& wish) override;
  void answered(const channels::HttpReply& reply) override;
  std::int64_t take_wait_ms() override;
  std::optional<OwnCall> next_call() override;
  void own_answered(std::int64_t number, const channels::HttpReply& reply) override;

 private:
  // A request below /v3: "payments", "30aa…", "capture".
  struct Asked {
    const Call& call;
    std::vector<std::string> parts;
    Json body;
    bool post = false;
  };
  struct Memory {
    TimeMs at = 0;
    std::string asked;
    http::Reply reply;
    std::int64_t times = 1;
    std::string path;
  };

  // yookassa.cpp
  TimeMs now() const { return world_.clock.now() + shift_ms_; }
  std::string make_uuid();
  std::optional<http::Reply> refuse_caller(const Asked& asked, std::string& who) const;
  std::optional<http::Reply> refuse_method(const Asked& asked) const;
  http::Reply once(const Asked& asked, const std::string& who);
  http::Reply dispatch(const Asked& asked, const std::string& who);
  bool fault_hits(const Call& call, std::string_view which) const;
  void use_fault();
  http::Reply me(const std::string& who) const;

  // yookassa_settings.cpp
  Json limits_json() const;
  bool offers(std::string_view method) const;
  std::string offered() const;

  // yookassa_payments.cpp
  http::Reply payments(const Asked& asked);
  http::Reply create_payment(const Asked& asked);
  Fault read_confirmation(const Asked& asked, const Json& wish, const std::string& id,
                          Json& confirmation, std::string& return_url, std::string& locale) const;
  Fault read_means(const Asked& asked, Payment& payment);
  Fault check_payment_fields(const Json& body, std::int64_t amount_minor) const;
  http::Reply charge_saved(Payment& payment);
  http::Reply capture(const Asked& asked, Payment& payment);
  http::Reply cancel(Payment& payment);
  http::Reply payment_methods(const Asked& asked);
  http::Reply bind_method(const Asked& asked);
  Json payment_json(const Payment& payment) const;
  Json method_json(const Method& method) const;
  std::string page_url(const Call& call, std::string_view id) const;

  // yookassa_states.cpp
  void settle();
  void settle_payment(Payment& payment);
  void pay(Payment& payment, std::string_view reason, std::int64_t least_ms = 0);
  void finish(Payment& payment, const std::string& reason);
  void succeed(Payment& payment);
  void cancel_payment(Payment& payment, std::string_view reason);
  void settle_refund(Refund& refund, const std::string& reason);
  void settle_payout(Payout& payout, const std::string& reason);
  Method& method_of(Payment& payment, std::string_view type);

  // yookassa_refunds.cpp, yookassa_receipts.cpp
  http::Reply refunds(const Asked& asked);
  http::Reply create_refund(const Asked& asked);
  Json refund_json(const Refund& refund) const;
  http::Reply receipts(const Asked& asked);
  http::Reply create_receipt(const Asked& asked);
  Json receipt_json(const Receipt& receipt) const;

  // yookassa_payouts.cpp
  http::Reply payouts(const Asked& asked);
  http::Reply create_payout(const Asked& asked);
  http::Reply search_payouts(const Asked& asked) const;
  Fault read_destination(const Json& body, Payout& payout) const;
  std::string over_limit(const Payout& payout) const;  // the reason, or ""
  std::vector<Listed> listed_payouts() const;
  Json payout_json(const Payout& payout) const;

  // yookassa_people.cpp
  http::Reply personal_data(const Asked& asked);
  Fault read_people(const Json& body, Payout& payout);

  // yookassa_page.cpp
  http::Reply page(const Call& call);
  http::Reply payer_acts(const Call& call, Payment& payment);
  http::Reply binder_acts(const Call& call, Method& method);
  http::Reply show(const Payment& payment) const;
  http::Reply show_binding(const Method& method) const;
  http::Reply after_payment(const Payment& payment) const;
  bool told(std::string_view object_id) const;

  // yookassa_events.cpp
  void notify(std::string_view event, const std::string& id, const Json& object);
  Result<Note> noted(const Json& wish);
  Result<Note> payment_event(const Json& wish, const std::string& state);
  Result<Note> refund_event(const Json& wish, const std::string& state);
  Result<Note> payout_event(const Json& wish, const std::string& state);
  Result<Note> untrue_event(const Json& wish, const std::string& type, bool unknown);
  Result<Note> repeated(const std::string& event, const std::string& id, const Json& object);
  Json notes_json() const;

  World world_;
  Settings settings_;
  std::vector<PayoutLimit> limits_;
  std::int64_t balance_minor_ = 100'000'00;
  TimeMs shift_ms_ = 0;
  std::int64_t wait_ms_ = 0;
  std::map<std::string, Memory> keys_;
  std::vector<Payment> payments_;
  std::vector<Method> methods_;
  std::vector<Refund> refunds_;
  std::vector<Payout> payouts_;
  std::vector<Receipt> receipts_;
  std::vector<Person> people_;
  std::vector<Note> notes_;
  std::int64_t last_note_ = 0;
  std::int64_t event_note_ = 0;  // what event() made last
};

template <class Thing>
Thing* thing_of(std::vector<Thing>& all, std::string_view id) {
  for (Thing& one : all) {
    if (one.id == id) return &one;
  }
  return nullptr;
}
template <class Thing>
const Thing* thing_of(const std::vector<Thing>& all, std::string_view id) {
  for (const Thing& one : all) {
    if (one.id == id) return &one;
  }
  return nullptr;
}
template <class Thing>
Thing& keep_thing(std::vector<Thing>& all, Thing thing) {
  if (all.size() >= k_objects_kept_max) all.erase(all.begin());
  all.push_back(std::move(thing));
  return all.back();
}

}  // namespace flead::serve::mock::yookassa_double
