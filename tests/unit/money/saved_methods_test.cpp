// Means of payment that are kept: only when it was agreed to and the payment succeeded; charged
// without the payer; dropped when the provider says that the consent is gone.
#include "core/money/saved_method.h"

#include <chrono>
#include <string>

#include "core/money/person.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/outbox.h"
#include "support/payments.h"
#include "support/temp_dir.h"
#include "support/test_app.h"

namespace flead::money {
namespace {

using test::add_payment;
using test::add_shop;
using test::count_rows;
using test::kassa_says;
using test::payment_now;
using test::TestApp;
using std::chrono_literals::operator""s;

constexpr std::string_view k_words = "Keep my card for later";

struct Keeper {
  TestApp app;
  channels::Channel email = channels::add_email(app);
  PayAccount account = add_shop(app);
  LeadId lead{test::add_lead(app, 1, "anna@example.test")};

  NewPayment order(Saving saving = Saving::offered) {
    NewPayment input;
    input.lead = lead;
    input.amount = {150000, "RUB"};
    input.saving = saving;
    if (saving == Saving::needed) input.saving_words = "1 500 a month until you end it.";
    return input;
  }
  Status decide(const Payment& payment, bool agrees) {
    return app.store().write(
        [&](store::Tx& tx) { return decide_saving(app.app(), tx, payment, agrees, k_words); });
  }
  std::vector<SavedMethod> methods() {
    return app.store()
        .read([&](store::Tx& tx) { return list_saved_methods(tx, app.tenant().id, lead.text()); })
        .value();
  }
  // As the provider tells a payment with a card.
  std::string body(const Payment& payment, std::string_view status, bool saved,
                   std::string_view reason = "", std::string_view last4 = "4477") {
    test::Kassa says;
    says.status = status;
    says.id = "kassa-" + payment.id.text();
    Json out = *parse_json(test::kassa_payment(payment, says));
    out.set("payment_method",
            Json::object({{"type", "bank_card"},
                          {"id", "22e12f66-000f-5000-8000-18db351245c7"},
                          {"saved", saved},
                          {"title", "Bank card *" + std::string(last4)},
                          {"card", Json::object({{"last4", last4}, {"card_type", "Mir"}})}}));
    if (!reason.empty()) {
      out.set("cancellation_details", Json::object({{"party", "yoo_money"}, {"reason", reason}}));
    }
    return out.dump();
  }
  void run(const std::string& answer, int status = 200) {
    kassa_says(app, status, answer);
    app.run_jobs();
  }
  // Agreed to, paid, kept.
  SavedMethod kept(std::string_view last4 = "4477") {
    const Payment payment = add_payment(app, account, order());
    REQUIRE(decide(payment, true));
    run(body(payment, "succeeded", true, "", last4));
    REQUIRE(payment_now(app, payment).saving == "saved");
    return methods().front();
  }
  Result<Payment> charge(const SavedMethod& method) {
    NewPayment input = order(Saving::none);
    input.saved_method = method.id;
    return app.store().write(
        [&](store::Tx& tx) { return create_payment(app.app(), tx, account, input); });
  }
  Json last_sent() { return *parse_json(app.sent("yookassa").back().body); }
};

}  // namespace

TEST_CASE("saved methods: nothing goes to the provider before the payer has decided",
          "[money][payment]") {
  Keeper keeper;
  const Payment payment = add_payment(keeper.app, keeper.account, keeper.order());
  CHECK(payment.asks_payer());
  keeper.app.run_jobs();
  CHECK(keeper.app.sent("yookassa").empty());
  const bool agrees = GENERATE(false, true);
  REQUIRE(keeper.decide(payment, agrees));
  keeper.run(keeper.body(payment, "succeeded", true));
  CHECK(keeper.last_sent().boolean("save_payment_method").has_value() == agrees);
  CHECK(keeper.methods().size() == (agrees ? 1 : 0));  // said to be saved or not
  // Said once.
  REQUIRE(keeper.decide(payment, !agrees));
  CHECK(payment_now(keeper.app, payment).saving == (agrees ? "saved" : "declined"));
  if (!agrees) return;
  const SavedMethod kept = keeper.methods().front();
  CHECK(kept.title == "Mir *4477");
  CHECK(kept.kind == "bank_card");
  CHECK(kept.consent == k_words);
  CHECK(kept.payment == payment.id);
  CHECK(payment_now(keeper.app, payment).saved_method == kept.id.text());
  CHECK_FALSE(to_json(kept).dump().find("22e12f66") != std::string::npos);
}

TEST_CASE("saved methods: kept only when the payment succeeds and the provider keeps it",
          "[money][payment]") {
  Keeper keeper;
  const Payment payment = add_payment(keeper.app, keeper.account, keeper.order());
  REQUIRE(keeper.decide(payment, true));
  SECTION("canceled") {
    keeper.run(keeper.body(payment, "canceled", true, "general_decline"));
    CHECK(decline_of(payment_now(keeper.app, payment)) == Decline::later);
  }
  SECTION("not saved there") {
    keeper.run(keeper.body(payment, "succeeded", false));
    CHECK(payment_now(keeper.app, payment).saving == "not_saved");
  }
  CHECK(keeper.methods().empty());
}

TEST_CASE("saved methods: charged without the payer, and the same key when it is repeated",
          "[money][payment]") {
  Keeper keeper;
  const SavedMethod method = keeper.kept();
  auto payment = keeper.charge(method);
  REQUIRE(payment);
  keeper.run("", 500);  // nobody knows
  const Json sent = keeper.last_sent();
  CHECK(sent.text("payment_method_id") == "22e12f66-000f-5000-8000-18db351245c7");
  CHECK(sent.find("confirmation") == nullptr);
  CHECK(sent.boolean("capture") == true);
  const auto key = [&] {
    for (const auto& [name, value] : keeper.app.sent("yookassa").back().headers) {
      if (name == "Idempotence-Key") return value;
    }
    return std::string();
  };
  const std::string first = key();
  keeper.app.advance(600s);
  keeper.run(keeper.body(*payment, "succeeded", true));
  CHECK(key() == first);
  CHECK(payment_now(keeper.app, *payment).state == "succeeded");
  CHECK(keeper.methods().front().used_at.has_value());
  CHECK(keeper.methods().size() == 1);
  test::check_ledger(keeper.app);
}

TEST_CASE("saved methods: a withdrawn consent drops the method, other refusals keep it",
          "[money][payment]") {
  struct Case {
    std::string reason;
    Decline decline;
  };
  const Case one = GENERATE(values<Case>({{"permission_revoked", Decline::revoked},
                                          {"insufficient_funds", Decline::later},
                                          {"3d_secure_failed", Decline::other_means},
                                          {"card_expired", Decline::other_means},
                                          {"news_of_theirs", Decline::unknown}}));
  CAPTURE(one.reason);
  Keeper keeper;
  const SavedMethod method = keeper.kept();
  const auto payment = keeper.charge(method);
  REQUIRE(payment);
  keeper.run(keeper.body(*payment, "canceled", true, one.reason));
  CHECK(decline_of(payment_now(keeper.app, *payment)) == one.decline);
  const bool dropped = one.decline == Decline::revoked;
  CHECK(keeper.methods().empty() == dropped);
  CHECK(count_rows(keeper.app.store(), "messages WHERE template = 'payment.method_dropped'") ==
        (dropped ? 1 : 0));
  CHECK(count_rows(keeper.app.store(), "events WHERE kind = 'payment.method_dropped'") ==
        (dropped ? 1 : 0));
  const auto again = keeper.charge(method);
  REQUIRE(again.ok() != dropped);
  if (dropped) CHECK(again.error().code == "saved_method_over");
}

TEST_CASE("saved methods: one that the provider does not know is dropped, and nothing is charged",
          "[money][payment]") {
  Keeper keeper;
  const auto payment = keeper.charge(keeper.kept());
  REQUIRE(payment);
  keeper.run(R"({"type":"error","id":"e","code":"invalid_request","description":"no such method",)"
             R"("parameter":"payment_method_id"})",
             400);
  CHECK(payment_now(keeper.app, *payment).state == "canceled");
  CHECK(keeper.methods().empty());
}

TEST_CASE("saved methods: an account that may keep none takes the money without, or not at all",
          "[money][payment]") {
  Keeper keeper;
  const bool needed = GENERATE(false, true);
  const Payment payment = add_payment(keeper.app, keeper.account,
                                      keeper.order(needed ? Saving::needed : Saving::offered));
  REQUIRE(keeper.decide(payment, true));
  keeper.app.provider("yookassa")
      .then(
          403,
          R"({"type":"error","id":"e","code":"forbidden","description":"no recurring payments"})");
  keeper.app.provider("yookassa").then(200, keeper.body(payment, "succeeded", false));
  keeper.app.run_jobs();
  keeper.app.advance(60s);
  keeper.app.run_jobs();
  const Payment now = payment_now(keeper.app, payment);
  const auto& sent = keeper.app.sent("yookassa");
  if (needed) {
    CHECK(now.state == "canceled");
    CHECK(sent.size() == 1);
  } else {
    CHECK(now.state == "succeeded");
    CHECK(now.saving == "not_saved");
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].headers != sent[1].headers);  // other data need another key
  }
  // What may not be kept is no reason to take no payments at all.
  const auto account = keeper.app.store().read(
      [&](store::Tx& tx) { return load_pay_account(tx, keeper.account.id); });
  CHECK(account->status == "active");
}

TEST_CASE("saved methods: the same card agreed to again is one method", "[money][payment]") {
  Keeper keeper;
  const SavedMethod first = keeper.kept();
  CHECK(keeper.kept().id == first.id);
  CHECK(keeper.methods().size() == 1);
  keeper.kept("4444");
  CHECK(keeper.methods().size() == 2);
}

TEST_CASE("saved methods: forgotten ones are charged never again, not even what was on its way",
          "[money][payment]") {
  Keeper keeper;
  const SavedMethod method = keeper.kept();
  const auto payment = keeper.charge(method);
  REQUIRE(payment);
  const std::size_t before = keeper.app.sent("yookassa").size();
  SECTION("by the payer") {
    const auto gone = keeper.app.store().write([&](store::Tx& tx) {
      return forget_saved_method(keeper.app.app(), tx, method, "visitor");
    });
    REQUIRE(gone);
    CHECK(gone->provider_method.empty());
    CHECK(keeper.charge(method).error().code == "saved_method_over");
    const auto twice = keeper.app.store().write([&](store::Tx& tx) {
      return forget_saved_method(keeper.app.app(), tx, method, "visitor");
    });
    CHECK(twice.error().code == "saved_method_over");
  }
  SECTION("with the person") {
    REQUIRE(keeper.app.store().write([&](store::Tx& tx) {
      return forget_payer(keeper.app.world(), tx, keeper.app.tenant().id, keeper.lead);
    }));
    CHECK(count_rows(keeper.app.store(), "saved_methods") == 0);
    CHECK(count_rows(keeper.app.store(), "payments WHERE saving_words <> ''") == 0);
  }
  keeper.run(keeper.body(*payment, "succeeded", true));
  CHECK(keeper.app.sent("yookassa").size() == before);
  CHECK(payment_now(keeper.app, *payment).state == "canceled");
}

TEST_CASE("saved methods: charged for their own payer, by their own account, alone",
          "[money][payment]") {
  Keeper keeper;
  const SavedMethod method = keeper.kept();
  NewPayment input = keeper.order(Saving::none);
  input.saved_method = method.id;
  const auto try_it = [&](const PayAccount& account) {
    return keeper.app.store().write(
        [&](store::Tx& tx) { return create_payment(keeper.app.app(), tx, account, input); });
  };
  const PayAccount other = add_shop(keeper.app, Json::object(), "second");
  CHECK(try_it(other).error().code == "saved_method_elsewhere");
  input.lead = LeadId(test::add_lead(keeper.app, 2));
  CHECK(try_it(keeper.account).error().code == "saved_method_elsewhere");
  input.saved_method = SavedMethodId("smt_01k9x000000000000000000000");
  CHECK(try_it(keeper.account).error().code == "saved_method_not_found");
  const auto tenant = keeper.app.add_tenant("other");
  CHECK_FALSE(keeper.app.store().read(
      [&](store::Tx& tx) { return load_saved_method(tx, tenant.id, method.id); }));
}

TEST_CASE("saved methods: what cannot be kept is not offered", "[money][payment]") {
  Keeper keeper;
  const auto make = [&](const PayAccount& account, const NewPayment& input) {
    return keeper.app.store().write(
        [&](store::Tx& tx) { return create_payment(keeper.app.app(), tx, account, input); });
  };
  CHECK(make(test::add_cashbox(keeper.app), keeper.order()).error().code == "saving_unsupported");
  NewPayment input = keeper.order(Saving::needed);
  input.saving_words.clear();
  CHECK(make(keeper.account, input).error().code == "saving_words_needed");
  input.saving_words = "1 500 a month";
  input.lead.reset();
  CHECK(make(keeper.account, input).error().code == "saving_needs_payer");
  input.payer = "no such:account";
  CHECK(make(keeper.account, input).error().code == "payer_invalid");
  input.payer = "ten_somebody";
  const auto made = make(keeper.account, input);
  REQUIRE(made);
  CHECK(made->payer == "ten_somebody");
  CHECK(keeper.decide(*made, false).error().code == "saving_needed");
  REQUIRE(keeper.decide(*made, true));
  keeper.run(keeper.body(*made, "succeeded", true));
  CHECK(test::ledger_balance(keeper.app, "liabilities:prepaid:ten_somebody") == -150000);
}

TEST_CASE("payments: a look that was overtaken by the payer is no contradiction",
          "[money][payment]") {
  Keeper keeper;
  const Payment pending = test::pending_payment(keeper.app, keeper.account);
  const auto apply = [&](const Payment& seen, PayState state) {
    PayObject object;
    object.id = std::string(test::k_kassa_id);
    object.ours = pending.id.text();
    object.amount = pending.amount;
    object.state = state;
    return keeper.app.store().write(
        [&](store::Tx& tx) { return apply_object(keeper.app.app(), tx, seen, object); });
  };
  REQUIRE(apply(pending, PayState::succeeded));
  const auto late = apply(pending, PayState::pending);  // asked before, answered after
  REQUIRE(late);
  CHECK(late->problem.empty());
  CHECK(late->state == "succeeded");
  const auto asked_after = apply(*late, PayState::pending);
  REQUIRE(asked_after);
  CHECK_THAT(asked_after->problem, ContainsSubstring("pending"));
}

}  // namespace flead::money
