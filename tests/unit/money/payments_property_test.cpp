// Whatever a provider answers, in whatever order, and whoever dies between two commits: the books
// agree with the payments.
#include <algorithm>
#include <string>
#include <vector>

#include "support/lead_help.h"
#include "support/payments.h"

namespace flead::test {
namespace {

using money::Payment;
using money::Refund;

// What the provider's books say of one payment, and how it misbehaves in telling.
struct Double {
  SeededRandom random;
  struct Object {
    Payment payment;
    std::string id, status = "pending";
    std::int64_t amount_minor = 0;
    TimeMs made_at = 0;
  };
  struct Back {
    std::string ours, id, status = "pending", key;
    std::int64_t amount_minor = 0;
    TimeMs made_at = 0;
  };
  FixedClock& clock;
  std::vector<Object> objects;
  std::vector<Back> backs;

  // A key is forgotten after a day.
  bool remembers(TimeMs made_at) { return clock.now() < made_at + k_day_ms; }
  std::uint64_t below(std::uint64_t n) { return random.below(n); }

  std::string tell(const Object& object) {
    Kassa says;
    says.id = object.id;
    says.status = object.status;
    says.value = money_text(object.amount_minor);
    if (object.status == "succeeded") says.income = money_text(object.amount_minor * 965 / 1000);
    if (below(25) == 0) says.value = "1.00";  // it lies
    if (below(25) == 0) says.test = true;
    if (below(25) == 0) says.ours = "pay_01k9x0000000000000000000zz";
    return kassa_payment(object.payment, says);
  }
  static std::string money_text(std::int64_t minor) {
    std::string cents = std::to_string(minor % 100);
    if (cents.size() == 1) cents = "0" + cents;
    return std::to_string(minor / 100) + "." + cents;
  }
  std::string tell(const Back& back, const std::string& payment) {
    Refund refund;
    refund.id = money::RefundId(back.ours);
    std::string body = kassa_refund(refund, back.status, money_text(back.amount_minor), back.id);
    body.replace(body.find(k_kassa_id), k_kassa_id.size(), payment);
    return body;
  }
};

std::string word_of(const Json& body, std::string_view path) {
  return body.text(path).value_or("");
}

// Time goes on at the provider: payers pay or leave, refunds arrive.
void go_on(Double& kassa) {
  for (auto& object : kassa.objects) {
    if (object.status != "pending" || kassa.below(2) == 0) continue;
    object.status = kassa.below(3) == 0 ? "canceled" : "succeeded";
  }
  for (auto& back : kassa.backs) {
    if (back.status == "pending" && kassa.below(2) == 0) {
      back.status = kassa.below(4) == 0 ? "canceled" : "succeeded";
    }
  }
}

// The reply that the double would give to this request.
std::string act(Double& kassa, const channels::HttpRequest& request,
                const std::vector<Payment>& known) {
  const auto body = parse_json(request.body);
  std::string key;
  for (const auto& [name, value] : request.headers) {
    if (name == "Idempotence-Key") key = value;
  }
  if (request.label == "yookassa payment create") {
    for (const auto& object : kassa.objects) {
      if (object.payment.id.text() == key && kassa.remembers(object.made_at)) {
        return kassa.tell(object);
      }
    }
    const auto payment = std::find_if(known.begin(), known.end(),
                                      [&](const Payment& one) { return one.id.text() == key; });
    REQUIRE(payment != known.end());
    kassa.objects.push_back({*payment, "obj-" + std::to_string(kassa.objects.size()), "pending",
                             payment->amount.amount_minor, kassa.clock.now()});
    return kassa.tell(kassa.objects.back());
  }
  if (request.label == "yookassa refund create") {
    for (const auto& back : kassa.backs) {
      if (back.key == key && kassa.remembers(back.made_at)) {
        return kassa.tell(back, word_of(*body, "payment_id"));
      }
    }
    Double::Back back;
    back.ours = word_of(*body, "metadata.refund");
    back.id = "back-" + std::to_string(kassa.backs.size());
    back.key = key;
    back.made_at = kassa.clock.now();
    back.amount_minor = *parse_money_minor(word_of(*body, "amount.value"));
    kassa.backs.push_back(back);
    return kassa.tell(back, word_of(*body, "payment_id"));
  }
  if (request.label == "yookassa payment list") {
    std::string items;
    for (const auto& object : kassa.objects) {
      items += (items.empty() ? "" : ",") + kassa.tell(object);
    }
    return R"({"type":"list","items":[)" + items + "]}";
  }
  const std::string id = request.url.substr(request.url.rfind('/') + 1);
  for (const auto& object : kassa.objects) {
    if (object.id == id) return kassa.tell(object);
  }
  for (const auto& back : kassa.backs) {
    if (back.id == id) return back.id;  // told by whoever knows its payment
  }
  return "{}";
}

// A tenant, its shop, and a provider that acts before it answers, and sometimes never answers.
struct Trial {
  TestApp app;
  money::PayAccount shop = add_shop(app);
  Double kassa;
  std::vector<Payment> known;
  std::map<std::string, std::string> payment_of_refund;

  explicit Trial(int seed)
      : kassa{SeededRandom(static_cast<std::uint64_t>(seed)), app.clock(), {}, {}} {
    app.transport().on_http = [this](const channels::HttpRequest& request) { answer(request); };
  }

  void answer(const channels::HttpRequest& request) {
    if (request.label == "yookassa refund create") {
      const auto body = parse_json(request.body);
      payment_of_refund[word_of(*body, "metadata.refund")] = word_of(*body, "payment_id");
    }
    std::string words = act(kassa, request, known);
    if (request.label == "yookassa refund get") {
      const auto back = std::find_if(kassa.backs.begin(), kassa.backs.end(),
                                     [&](const Double::Back& one) { return one.id == words; });
      words = back == kassa.backs.end() ? "{}" : kassa.tell(*back, payment_of_refund[back->ours]);
    }
    const auto mood = kassa.below(10);
    if (mood == 0) return kassa_says(app, 500, "");
    if (mood == 1) return kassa_says(app, 429, R"({"type":"error","retry_after":1500})");
    if (mood == 2) return kassa_says(app, 200, words.substr(0, words.size() / 2));
    kassa_says(app, 200, words);
  }

  void give_back(const Payment& payment) {
    (void)try_refund(app, payment, static_cast<std::int64_t>(1 + kassa.below(300000)));
    for (const Refund& refund : refunds_now(app, payment)) {
      if (refund.state != "canceled" || refund.reason.starts_with("no answer")) continue;
      REQUIRE(app.store().write(
          [&](store::Tx& tx) { return money::retry_refund(app.app(), tx, refund); }));
    }
  }

  void step() {
    if (kassa.below(6) == 0 && known.size() < 6) {
      money::NewPayment input;
      input.amount = {static_cast<std::int64_t>(100 + kassa.below(500000)), "RUB"};
      known.push_back(add_payment(app, shop, input));
    }
    if (!known.empty() && kassa.below(4) == 0) {
      give_back(payment_now(app, known[kassa.below(known.size())]));
    }
    if (!known.empty() && kassa.below(5) == 0) {
      // A worker dies behind its call: what it learned is lost.
      const Payment& one = known[kassa.below(known.size())];
      run_pay_job(app, kassa.below(2) == 0 ? money::open_payment : money::sync_payment, "x",
                  Json::object({{"payment", one.id.text()}}));
    }
    go_on(kassa);
    app.clock().advance(static_cast<std::int64_t>(kassa.below(20 * k_minute_ms)));
    if (kassa.below(30) == 0) app.advance(std::chrono::hours(25));  // the worker was away
    app.run_jobs();
  }
};

// What the rows of payments and refunds add up to.
struct Sums {
  std::int64_t at_provider = 0, fees = 0, due = 0, prepaid = 0;
};
void add_payment_sums(TestApp& app, const Payment& payment, Sums& sums) {
  std::int64_t promised = 0;
  std::int64_t given = 0;
  for (const Refund& refund : refunds_now(app, payment)) {
    promised += refund.amount.amount_minor;
    if (refund.state == "succeeded") given += refund.amount.amount_minor;
  }
  CHECK(payment.refunded_minor == given);
  if (payment.state != "succeeded") {
    CHECK(promised == 0);
    return;
  }
  CHECK(promised <= payment.amount.amount_minor);
  sums.at_provider += payment.amount.amount_minor - payment.fee_minor.value_or(0) - given;
  sums.fees += payment.fee_minor.value_or(0);
  sums.due += promised - given;
  sums.prepaid += payment.amount.amount_minor - promised;
}

}  // namespace

TEST_CASE("payments: after any answers the books agree with the payments", "[money][property]") {
  const auto seed = GENERATE(range(1, 13));
  CAPTURE(seed);
  Trial trial(seed);
  for (int step = 0; step < 120; ++step) trial.step();
  TestApp& app = trial.app;
  Sums sums;
  for (const Payment& one : trial.known) add_payment_sums(app, payment_now(app, one), sums);
  CHECK(ledger_balance(app, "assets:provider:yookassa") == sums.at_provider);
  CHECK(ledger_balance(app, "expenses:fees:yookassa") == sums.fees);
  CHECK(ledger_balance(app, "liabilities:refunds:others") == -sums.due);
  CHECK(ledger_balance(app, "liabilities:prepaid:others") == -sums.prepaid);
  // One object there for each payment here, however often it was asked for.
  CHECK(trial.kassa.objects.size() <= trial.known.size());
  std::int64_t given_there = 0;
  for (const auto& back : trial.kassa.backs) {
    if (back.status == "succeeded") given_there += back.amount_minor;
  }
  std::int64_t paid_there = 0;
  for (const auto& object : trial.kassa.objects) {
    if (object.status == "succeeded") paid_there += object.amount_minor;
  }
  CHECK(given_there <= paid_there);
  CHECK(paid_there > 0);
  CHECK(sums.at_provider + sums.fees <= paid_there);
  check_ledger(app);
}

}  // namespace flead::test
