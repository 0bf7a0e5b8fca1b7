// Meetings that are paid: held, paid, earned, given back, and what comes too late.
#include <chrono>
#include <string>

#include "core/booking/pay.h"
#include "core/money/payment.h"
#include "core/upkeep/erase.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/pay_shop.h"
#include "support/test_app.h"

namespace flead::pay_test {
namespace {

using test::act;
using test::k_first_slot;
using test::k_shop_payment_id;
using test::post_booking;
using test::Shop;
using test::TestApp;
using test::visit_page;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;

std::string header_of(const http::Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("pay: a priced meeting is held until it is paid, and paid for once", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book();
  CHECK(booking.text("status") == "held");
  CHECK_THAT(booking.text("pay_url").value_or(""), ContainsSubstring("http://flead.test/pay/"));
  CHECK(booking.text("held_until") == format_time(shop.app.clock().now() + 75 * k_minute_ms));
  CHECK(shop.messages("booking.pay") == 1);
  CHECK(shop.messages("booking.confirmed") == 0);
  // The seat is nobody else's meanwhile.
  const std::string other = test::add_lead(shop.app, 2);
  CHECK(post_booking(shop.app, other, k_first_slot).status == 409);

  shop.run(shop.object("pending", shop.payment(booking).id.text()));
  CHECK(shop.state(booking) == "held");
  shop.pay(booking);
  CHECK(shop.state(booking) == "confirmed");
  CHECK(shop.messages("booking.confirmed") == 1);
  CHECK(shop.messages("payment.received") == 1);
  CHECK(shop.prepaid() == -150000);
  CHECK(shop.at_provider() == 144750);
  CHECK(shop.balance("expenses:fees:yookassa") == 5250);
  // What comes again changes nothing.
  shop.app.advance(2h);
  shop.app.run_jobs();
  CHECK(shop.at_provider() == 144750);
  CHECK(shop.state(booking) == "confirmed");
  shop.check_ledger();
}

TEST_CASE("pay: a meeting that took place is the expert's, less what was agreed", "[pay][api]") {
  Shop shop;
  shop.set("payment.share", "15%");
  const bool by_expert = GENERATE(false, true);
  if (by_expert) shop.set("payment.fee", "expert");
  const Json booking = shop.book_pending();
  shop.set("payment.share", "90%");  // too late for this one
  shop.pay(booking);
  CHECK(shop.expert() == 0);
  shop.app.advance(48h);
  shop.app.run_jobs();
  REQUIRE(shop.state(booking) == "completed");
  CHECK(shop.prepaid() == 0);
  CHECK(shop.balance("income:share") == -22500);
  CHECK(shop.expert() == -(127500 - (by_expert ? 5250 : 0)));
  CHECK(shop.balance("expenses:fees:yookassa") == (by_expert ? 0 : 5250));
  shop.check_ledger();
}

TEST_CASE("pay: a cancelled meeting gives back what the policy says, the rest is earned",
          "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  shop.pay(booking);
  SECTION("by the person, early enough for half of it") {
    shop.answer(shop.refund("succeeded", "750.00"));
    const auto page = visit_page(
        shop.app, "/my/" + shop.now(booking).text("manage_url").value_or("").substr(21) + "/cancel",
        "reason=");
    REQUIRE(page.status == 303);
    shop.app.run_jobs();
    CHECK(shop.owed() == 0);
    CHECK(shop.prepaid() == 0);
    CHECK(shop.expert() == -75000);
    CHECK(shop.at_provider() == 144750 - 75000);
    CHECK(shop.messages("payment.refunded") == 1);
  }
  SECTION("by the host: all of it") {
    shop.answer(shop.refund("pending", "1500.00"));
    REQUIRE(act(shop.app, booking, "cancel").status == 200);
    shop.app.run_jobs();
    CHECK(shop.owed() == -150000);  // promised, and not there yet
    CHECK(shop.messages("payment.refunded") == 0);
    shop.app.provider("yookassa").then(200, shop.refund("succeeded", "1500.00"));
    shop.wait_minutes(22);
    CHECK(shop.owed() == 0);
    CHECK(shop.expert() == 0);
    CHECK(shop.messages("payment.refunded") == 1);
  }
  shop.check_ledger();
}

TEST_CASE("pay: a meeting called off after a part was given back by hand gives back the rest",
          "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  shop.pay(booking);
  shop.answer(shop.refund("succeeded", "300.00"));
  money::NewRefund part;
  part.amount_minor = 30000;
  part.why = "we are sorry";
  const money::Payment paid = shop.payment(booking);
  REQUIRE(shop.app.store().write(
      [&](store::Tx& tx) { return money::refund_payment(shop.app.app(), tx, paid, part); }));
  shop.app.run_jobs();
  REQUIRE(shop.prepaid() == -120000);
  SECTION("cancelled by the host") {
    shop.answer(shop.refund("pending", "1200.00"));
    REQUIRE(act(shop.app, booking, "cancel").status == 200);
    CHECK(shop.now(booking).integer("refund_due.amount_minor") == 120000);
  }
  SECTION("its person erased") {
    REQUIRE(shop.app.store().write([&](store::Tx& tx) {
      return booking::plan_settling(shop.app.world(), tx, shop.app.tenant().id,
                                    BookingId(booking.text("id").value_or("")), false);
    }));
    shop.answer(shop.refund("pending", "1200.00"));
  }
  shop.app.run_jobs();
  CHECK(shop.prepaid() == 0);
  CHECK(shop.owed() == -120000);
  CHECK(shop.expert() == 0);
  shop.check_ledger();
}

TEST_CASE("pay: a meeting that was paid twice goes back once whole, and once by its terms",
          "[pay][api]") {
  Shop shop("manual");
  const Json booking = shop.book();
  const money::Payment first = shop.payment(booking);
  const auto confirm = [&](const money::Payment& payment) {
    REQUIRE(shop.app.store().write(
        [&](store::Tx& tx) { return money::confirm_payment(shop.app.app(), tx, payment, "cli"); }));
  };
  REQUIRE(shop.app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(money::cancel_payment(shop.app.app(), tx, first, "another sum was agreed"));
    FLEAD_TRY(const auto held,
              booking::load(tx, shop.app.tenant().id, BookingId(booking.text("id").value_or(""))));
    FLEAD_CHECK(booking::pay_again(shop.app.app(), tx, shop.app.tenant(), held));
    return {};
  }));
  confirm(shop.payment(booking));
  shop.app.run_jobs();
  REQUIRE(shop.state(booking) == "confirmed");
  confirm(first);
  const bool known = GENERATE(true, false);  // whether the second one was looked at by then
  if (known) shop.app.run_jobs();
  const auto page = visit_page(
      shop.app, "/my/" + shop.now(booking).text("manage_url").value_or("").substr(21) + "/cancel",
      "reason=");
  REQUIRE(page.status == 303);
  shop.app.run_jobs();
  CHECK(shop.now(booking).integer("refund_due.amount_minor") == 75000);
  CHECK(shop.owed() == -150000 - 75000);
  CHECK(shop.prepaid() == 0);
  CHECK(shop.expert() == -75000);
  shop.check_ledger();
}

TEST_CASE("pay: who does not pay in time loses the time, and is told once", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  shop.app.provider("yookassa").then(200, shop.object("canceled", shop.payment(booking).id.text()));
  shop.app.advance(76min);
  shop.app.run_jobs();
  CHECK(shop.state(booking) == "expired");
  CHECK(shop.messages("booking.unpaid") == 1);
  CHECK(shop.now(booking).find("refund_due")->is_null());
  const std::string other = test::add_lead(shop.app, 2);
  CHECK(post_booking(shop.app, other, k_first_slot).status == 201);
}

TEST_CASE("pay: paid when the hold had lapsed", "[pay][api]") {
  Shop shop;
  shop.set("operator.notify", "email:boss@acme.test");
  const Json booking = shop.book_pending();
  CHECK(shop.messages("operator.booking") == 0);  // held is not booked
  const std::string id = shop.payment(booking).id.text();
  shop.app.provider("yookassa").then(200, shop.object("pending", id));
  shop.app.advance(76min);
  shop.app.run_jobs();
  REQUIRE(shop.state(booking) == "expired");
  const bool taken = GENERATE(false, true);
  if (taken) {
    const std::string other = test::add_lead(shop.app, 2);
    REQUIRE(post_booking(shop.app, other, k_first_slot).status == 201);
  }
  shop.app.provider("yookassa").then(200, shop.object("succeeded", id));
  if (taken) shop.app.provider("yookassa").then(200, shop.refund("succeeded", "1500.00"));
  shop.wait_minutes(20);
  const auto confirmed = test::count_rows(
      shop.app.store(), "bookings WHERE status = 'confirmed' AND lead_id = '" + shop.lead + "'");
  if (taken) {
    CHECK(confirmed == 0);
    CHECK(shop.messages("booking.paid_late") == 1);
    CHECK(shop.host_heard("paid_late") == 1);
    CHECK(shop.prepaid() == 0);
  } else {
    CHECK(confirmed == 1);
    CHECK(shop.messages("booking.confirmed") == 1);
    CHECK(shop.host_heard("booked") == 1);
    CHECK(shop.prepaid() == -150000);
  }
  shop.check_ledger();
}

TEST_CASE("pay: a payment that failed may be tried again while the time is held", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  const money::Payment first = shop.payment(booking);
  shop.app.provider("yookassa").then(200, shop.object("canceled", first.id.text()));
  shop.wait_minutes(2);
  CHECK(shop.messages("booking.pay") == 2);
  CHECK(shop.state(booking) == "held");
  CHECK_THAT(visit_page(shop.app, "/pay/" + first.token).body, ContainsSubstring("Try again"));
  const auto again = visit_page(shop.app, "/pay/" + first.token, "do=again");
  CHECK(again.status == 303);
  const money::Payment second = shop.payment(booking);
  CHECK(second.id != first.id);
  CHECK(header_of(again, "location") == "/pay/" + second.token);
}

TEST_CASE("pay: what is free, or paid elsewhere, is booked at once", "[pay][api]") {
  Shop shop;
  SECTION("free") {
    shop.set_price("0");
  }
  SECTION("payments are off") {
    shop.set("payment.account", "off");
  }
  CHECK(shop.book().text("status") == "confirmed");
  CHECK(shop.messages("booking.pay") == 0);
}

TEST_CASE("pay: an accepted request is held for its payment", "[pay][api]") {
  Shop shop;
  const auto reply = shop.app.post("/api/v1/bookings",
                                   R"({"status":"requested","lead":")" + shop.lead +
                                       R"(","starts_at":")" + std::string(k_first_slot) + "\"}",
                                   shop.app.token(tenants::Role::operator_));
  REQUIRE(reply.status == 201);
  const Json booking = shop.app.body_of(reply);
  CHECK(shop.messages("booking.pay") == 0);
  REQUIRE(act(shop.app, booking, "confirm").status == 200);
  CHECK(shop.state(booking) == "held");
  CHECK(shop.messages("booking.pay") == 1);
  shop.run(shop.object("pending", shop.payment(booking).id.text()));
  shop.pay(booking);
  CHECK(shop.state(booking) == "confirmed");
}

TEST_CASE("pay: the host of an accepted request hears how it ends", "[pay][api]") {
  Shop shop;
  shop.set("operator.notify", "email:boss@acme.test");
  const auto reply = shop.app.post("/api/v1/bookings",
                                   R"({"status":"requested","lead":")" + shop.lead +
                                       R"(","starts_at":")" + std::string(k_first_slot) + "\"}",
                                   shop.app.token(tenants::Role::operator_));
  const Json booking = shop.app.body_of(reply);
  REQUIRE(act(shop.app, booking, "confirm").status == 200);
  const std::string id = shop.payment(booking).id.text();
  shop.run(shop.object("pending", id));
  CHECK(shop.messages("operator.booking") == 0);
  SECTION("paid") {
    shop.pay(booking);
    CHECK(shop.host_heard("booked") == 1);
  }
  SECTION("called off") {
    REQUIRE(act(shop.app, booking, "cancel").status == 200);
    CHECK(shop.host_heard("cancelled") == 1);
  }
  SECTION("never paid") {
    shop.app.provider("yookassa").then(200, shop.object("pending", id));
    shop.app.advance(24h);
    shop.app.run_jobs();
    REQUIRE(shop.state(booking) == "expired");
    CHECK(shop.host_heard("unpaid") == 1);
  }
  CHECK(shop.messages("operator.booking") == 1);
}

TEST_CASE("pay: by hand, a person confirms", "[pay][api]") {
  Shop shop("manual");
  const Json booking = shop.book();
  CHECK(booking.text("status") == "held");
  const auto page = visit_page(shop.app, "/pay/" + shop.payment(booking).token);
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring(shop.payment(booking).id.text()));
  const money::Payment payment = shop.payment(booking);
  REQUIRE(shop.app.store().write(
      [&](store::Tx& tx) { return money::confirm_payment(shop.app.app(), tx, payment, "cli"); }));
  shop.app.run_jobs();
  CHECK(shop.state(booking) == "confirmed");
  CHECK(shop.balance("assets:bank") == 150000);
}

TEST_CASE("pay: the page leads to the provider, and believes no one who comes back", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book();
  const std::string path = "/pay/" + shop.payment(booking).token;
  auto page = visit_page(shop.app, path);
  CHECK_THAT(page.body, ContainsSubstring("Preparing the payment"));
  CHECK(header_of(page, "refresh") == "1");
  shop.run(shop.object("pending", shop.payment(booking).id.text()));
  page = visit_page(shop.app, path);
  CHECK_THAT(page.body, ContainsSubstring("https://pay.test/1"));
  CHECK(header_of(page, "refresh") == "0; url=https://pay.test/1");
  page = visit_page(shop.app, path + "?back=1");
  CHECK_THAT(page.body, ContainsSubstring("Checking the payment"));
  CHECK(shop.state(booking) == "held");
  // The look that it asked for.
  shop.app.run_jobs();
  visit_page(shop.app, path + "?back=1");
  shop.run(shop.object("succeeded", shop.payment(booking).id.text()));
  visit_page(shop.app, path + "?back=1");
  shop.app.run_jobs();
  page = visit_page(shop.app, path + "?back=1");
  CHECK(page.status == 303);
  CHECK(header_of(page, "location").starts_with("/my/"));
  CHECK(visit_page(shop.app, "/pay/nothing").status == 404);
}

TEST_CASE("pay: a provider that refuses each payment is not asked again by itself", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book();
  shop.app.provider("yookassa")
      .then(400, R"({"type":"error","code":"invalid_request","description":"no receipt"})");
  shop.wait_minutes(5);
  CHECK(test::count_rows(shop.app.store(), "payments") == 1);
  CHECK(shop.messages("booking.pay") == 2);  // and one that it failed
  const std::string path = "/pay/" + shop.payment(booking).token;
  for (int i = 0; i < 20; ++i) {
    visit_page(shop.app, path, "do=again");
    shop.app.run_jobs();
  }
  CHECK(test::count_rows(shop.app.store(), "payments") == 10);
}

TEST_CASE("pay: a paused account makes nothing free", "[pay][api]") {
  Shop shop;
  REQUIRE(shop.app.store().write([&](store::Tx& tx) -> Result<money::PayAccount> {
    FLEAD_TRY(const auto account, money::find_pay_account(tx, shop.app.tenant().id, "yookassa"));
    return money::set_pay_status(shop.app.world(), tx, account.id, "paused", "a test");
  }));
  CHECK(shop.book().text("status") == "held");
}

TEST_CASE("pay: a transfer that comes late is money all the same", "[pay][api]") {
  Shop shop("manual");
  const Json booking = shop.book();
  shop.app.advance(4 * 24h);
  shop.app.run_jobs();
  REQUIRE(shop.state(booking) == "expired");
  const money::Payment payment = shop.payment(booking);
  REQUIRE(shop.app.store().write(
      [&](store::Tx& tx) { return money::confirm_payment(shop.app.app(), tx, payment, "cli"); }));
  shop.app.run_jobs();
  // The time has passed meanwhile, so it is to be given back, by hand as it came.
  CHECK(shop.owed() == -150000);
  CHECK(shop.messages("booking.paid_late") == 1);
}

TEST_CASE("pay: nobody is sent to pay for what is gone", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  REQUIRE(act(shop.app, booking, "cancel").status == 200);
  const auto page = visit_page(shop.app, "/pay/" + shop.payment(booking).token);
  CHECK_THAT(page.body, ContainsSubstring("nothing to pay"));
  CHECK(page.body.find("https://pay.test/1") == std::string::npos);
  CHECK(header_of(page, "refresh").empty());
}

TEST_CASE("pay: who is erased gets back what was paid for a meeting ahead", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  shop.pay(booking);
  const bool over = GENERATE(false, true);
  if (over) shop.app.advance(24h);  // it is over, and not counted as having taken place yet
  shop.answer(shop.refund("succeeded", "1500.00"));
  REQUIRE(upkeep::erase_person(shop.app.world(), shop.app.store(), shop.app.tenant(),
                               LeadId(shop.lead), ""));
  shop.app.run_jobs();
  CHECK(shop.prepaid() == 0);
  CHECK(shop.owed() == 0);
  CHECK(shop.expert() == (over ? -150000 : 0));
  shop.check_ledger();
}

TEST_CASE("pay: paid in cash when the meeting was over, it is earned", "[pay][api]") {
  Shop shop("manual");
  const Json booking = shop.book();
  REQUIRE(act(shop.app, booking, "confirm").status == 200);  // the operator's word
  shop.app.advance(48h);
  shop.app.run_jobs();
  REQUIRE(shop.state(booking) == "completed");
  const money::Payment payment = shop.payment(booking);
  REQUIRE(shop.app.store().write(
      [&](store::Tx& tx) { return money::confirm_payment(shop.app.app(), tx, payment, "cli"); }));
  shop.app.run_jobs();
  CHECK(shop.expert() == -150000);
  CHECK(shop.prepaid() == 0);
}

TEST_CASE("pay: what was given back in the cabinet is told, and given back by nobody twice",
          "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  shop.pay(booking);
  const money::Payment payment = shop.payment(booking);
  std::string object = shop.object("succeeded", payment.id.text());
  object.insert(object.size() - 1, R"(,"refunded_amount":{"value":"500.00","currency":"RUB"})");
  shop.answer(object);
  money::PayNotice notice;
  notice.kind = money::PayNotice::Kind::refund;
  notice.id = "r-of-somebody";
  notice.payment = k_shop_payment_id;
  notice.delivery_id = "refund.succeeded:r-of-somebody";
  REQUIRE(shop.app.store().write([&](store::Tx& tx) -> Result<bool> {
    FLEAD_TRY(const auto account, money::find_pay_account(tx, shop.app.tenant().id, "yookassa"));
    return money::keep_notice(shop.app.app(), tx, account, notice, "{}");
  }));
  shop.app.run_jobs();
  CHECK_THAT(shop.payment(booking).problem, ContainsSubstring("given back more"));
  CHECK(shop.state(booking) == "confirmed");
}

}  // namespace flead::pay_test
