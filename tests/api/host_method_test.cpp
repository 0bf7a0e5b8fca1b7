// A host says how to be paid: nothing counts by the page alone, nor at once; and what may be taken
// is taken in no other shape.
#include <chrono>
#include <string>

#include "core/booking/pass.h"
#include "core/money/payout_banks.h"
#include "core/money/payout_wish.h"
#include "support/lead_help.h"
#include "support/outbox.h"
#include "support/payouts.h"

namespace flead::test {
namespace {

struct MethodDesk : PayoutDesk {
  channels::Channel email = channels::add_email(test);
  money::PayoutRecipient ira = add_expert("ira");

  MethodDesk() {
    REQUIRE(test.store().write([&](store::Tx& tx) -> Status {
      FLEAD_CHECK(tx.exec("UPDATE hosts SET email = 'ira@example.test' WHERE id = $1", ira.host));
      return {};
    }));
    set("operator.notify", "email:boss@acme.test");
  }
  std::string cookie() {
    const auto seq =
        test.store().read([&](store::Tx& tx) { return booking::login_seq(tx, ira.host); });
    REQUIRE(seq);
    return "flead_host=" + booking::make_pass(test.app().key, booking::PassKind::host_session,
                                              ira.host.text(), *seq,
                                              test.clock().now() + k_hour_ms);
  }
  http::Reply open(const std::string& target, const std::optional<std::string>& form = {},
                   const std::string& with = "-") {
    http::Headers headers = {{"accept", "text/html"}, {"accept-language", "en"}};
    if (with != "") headers.emplace_back("cookie", with == "-" ? cookie() : with);
    if (form) headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    return test.request(form ? "POST" : "GET", target, form.value_or(""), "-", headers);
  }
  // What the mail carries, and nothing else knows.
  std::string link() {
    const auto found = test.store().read([](store::Tx& tx) {
      return tx.one(
          "SELECT button_url FROM messages WHERE template = 'host.method' "
          "ORDER BY id DESC LIMIT 1",
          [](const store::Row& row) { return row.string(0); });
    });
    REQUIRE(found);
    return found->substr(found->find("/h/method/"));
  }
  std::string paid_to() {
    const auto method =
        test.store().read([&](store::Tx& tx) { return money::payout_method_of(tx, ira.host); });
    REQUIRE(method);
    return *method ? (*method)->shown : "";
  }
  std::int64_t heard(const std::string& name) {
    return count_rows(test, "messages WHERE template = '" + name + "'");
  }
  void wait_days(int days) {
    test.advance(std::chrono::hours(24 * days));
    work();
  }
};

const std::string k_account_form =
    "do=ask&kind=manual&payee=Ira+I&account=40817810099910004312&bank=044525225&inn=";

}  // namespace

TEST_CASE("host pages: another way to be paid counts by the mail's link and after three days",
          "[host][money]") {
  MethodDesk desk;
  desk.pay_by_phone(desk.ira);
  const std::string before = desk.paid_to();
  CHECK(desk.open("/h/method").status == 200);
  CHECK(desk.open("/h/method", k_account_form).status == 303);
  const auto page = desk.open("/h/method");
  CHECK_THAT(page.body, ContainsSubstring("…4312"));
  CHECK_THAT(page.body, !ContainsSubstring("40817810099910004312"));
  CHECK_THAT(page.body, ContainsSubstring("open the link in it"));
  CHECK(desk.heard("host.method") == 1);
  CHECK(desk.heard("operator.method") == 1);
  // Who has the session alone waits for nothing.
  desk.wait_days(1);
  CHECK(desk.paid_to() == before);
  const std::string link = desk.link();
  // A scanner of mail opens it: that is no answer.
  CHECK(desk.open(link, {}, "").status == 200);
  desk.wait_days(4);
  CHECK(desk.paid_to() == before);
  CHECK(desk.open(link, "do=yes", "").status == 404);  // over after two days

  CHECK(desk.open("/h/method", k_account_form).status == 303);
  const std::string again = desk.link();
  CHECK(desk.open(again, "do=maybe", "").status == 422);
  CHECK(desk.open(again, "do=yes", "").status == 303);
  CHECK(desk.open(again, "do=yes", "").status == 303);  // said twice
  CHECK(desk.heard("operator.method") == 3);            // asked twice, confirmed once
  desk.wait_days(2);
  CHECK(desk.paid_to() == before);
  CHECK_THAT(desk.open("/h/method").body, ContainsSubstring("It counts from"));
  desk.wait_days(1);
  CHECK_THAT(desk.paid_to(), ContainsSubstring("…4312"));
  CHECK(desk.open(again, "do=no", "").status == 404);
  CHECK(count_rows(desk.test, "payout_wishes WHERE sealed <> ''") == 0);  // kept with the method
}

TEST_CASE("host pages: whoever did not ask for it ends it, and all sessions", "[host][money]") {
  MethodDesk desk;
  desk.pay_by_phone(desk.ira);
  const std::string before = desk.paid_to();
  const std::string stolen = desk.cookie();
  REQUIRE(desk.open("/h/method", k_account_form, stolen).status == 303);
  const std::string link = desk.link();
  const bool late = GENERATE(false, true);
  if (late) REQUIRE(desk.open(link, "do=yes", "").status == 303);
  CHECK(desk.open(link, "do=no", "").status == 303);
  CHECK(desk.open("/h/method", {}, stolen).status == 401);
  desk.wait_days(4);
  CHECK(desk.paid_to() == before);
}

TEST_CASE("host pages: the operator approves at once, or calls it off", "[host][money]") {
  MethodDesk desk;
  REQUIRE(desk.open("/h/method", k_account_form).status == 303);
  const bool approves = GENERATE(false, true);
  const auto wish = desk.test.store().read(
      [&](store::Tx& tx) { return money::find_wish(tx, desk.test.tenant().id, desk.ira.host); });
  REQUIRE(wish);
  REQUIRE(desk.test.store().write([&](store::Tx& tx) -> Status {
    if (approves) {
      FLEAD_CHECK(money::take_wish(desk.test.app(), tx, *wish, "cli"));
    } else {
      FLEAD_CHECK(money::drop_wish(desk.test.app(), tx, *wish, "declined"));
    }
    return {};
  }));
  CHECK(desk.paid_to().empty() != approves);
  CHECK(desk.open(desk.link(), "do=yes", "").status == 404);
  CHECK(
      desk.test.store()
          .write([&](store::Tx& tx) { return money::take_wish(desk.test.app(), tx, *wish, "cli"); })
          .error()
          .code == "wish_over");
}

TEST_CASE("host pages: a card's number is taken in no field, and what does not fit is told",
          "[host][money]") {
  MethodDesk desk;
  desk.connect();
  struct Case {
    std::string form, says;
  };
  const Case one = GENERATE(values<Case>(
      {{"do=ask&kind=manual&payee=Ira&account=5555+5555+5555+4477&bank=x", "number of a card"},
       {"do=ask&kind=manual&payee=5555555555554477&account=40817810099910004312&bank=x",
        "number of a card"},
       {"do=ask&kind=manual&payee=Ira&account=&bank=x", "The account&#39;s number"},
       {"do=ask&kind=manual&payee=Ira&account=40817810099910004312&bank=x&inn=12", "Taxpayer"},
       {"do=ask&kind=yookassa_wallet&wallet=12", "wallet"},
       {"do=ask&kind=yookassa_sbp&phone=1&bank_id=100000000111", "phone"},
       {"do=ask&kind=yookassa_sbp&phone=%2B79160000001&bank_id=999999999999", "Bank"},
       {"do=ask&kind=yookassa_card_token&token=x", ""}}));
  CAPTURE(one.form);
  const auto reply = desk.open("/h/method", one.form);
  CHECK(reply.status == 422);
  CHECK_THAT(reply.body, ContainsSubstring(one.says));
  CHECK(desk.heard("host.method") == 0);
}

TEST_CASE("host pages: only a host's own session asks, and only with a mailbox to ask",
          "[host][money]") {
  MethodDesk desk;
  CHECK(desk.open("/h/method", k_account_form, "").status == 401);
  CHECK(desk.open("/h/method/nothing", {}, "").status == 404);
  http::Headers headers = {{"accept", "text/html"},
                           {"cookie", desk.cookie()},
                           {"origin", "https://evil.test"},
                           {"content-type", "application/x-www-form-urlencoded"}};
  CHECK(desk.test.request("POST", "/h/method", k_account_form, "-", headers).status == 403);
  REQUIRE(desk.test.store().write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec("UPDATE hosts SET email = ''"));
    return {};
  }));
  const auto reply = desk.open("/h/method", k_account_form);
  CHECK(reply.status == 422);
  CHECK_THAT(reply.body, ContainsSubstring("no address to ask"));
}

TEST_CASE("host pages: the list of banks is fetched by a job, and kept for a day",
          "[host][money]") {
  MethodDesk desk;
  desk.connect();
  const auto asked = [&] { return desk.gateway.asked("yookassa banks list"); };
  CHECK_THAT(desk.open("/h/method").body, ContainsSubstring("is being fetched"));
  CHECK(asked() == 0);  // a page asks nobody
  desk.work();
  CHECK(asked() == 1);
  const auto page = desk.open("/h/method");
  CHECK_THAT(page.body, ContainsSubstring("<option value=\"100000000111\""));
  desk.work();
  CHECK(asked() == 1);
  CHECK(money::payout_banks(desk.app, desk.test.tenant().id, false).ok());
  CHECK(asked() == 1);
  CHECK(money::payout_banks(desk.app, desk.test.tenant().id, true).ok());
  CHECK(asked() == 2);
  desk.test.advance(std::chrono::hours(25));
  CHECK(money::payout_banks(desk.app, desk.test.tenant().id, false).ok());
  CHECK(asked() == 3);
  // Nobody answers: what is some days old is better than nothing, what is older is not.
  desk.gateway.fault = [](const channels::HttpRequest&) { return FakeGateway::Fault::lost; };
  desk.test.advance(std::chrono::hours(24 * 5));
  CHECK(money::payout_banks(desk.app, desk.test.tenant().id, false).ok());
  desk.test.advance(std::chrono::hours(24 * 30));
  CHECK_FALSE(money::payout_banks(desk.app, desk.test.tenant().id, false).ok());
  // Chosen from the list, and shown by its name.
  CHECK(desk.open("/h/method", "do=ask&kind=yookassa_sbp&phone=%2B79160000001&bank_id=x").status ==
        422);
}

}  // namespace flead::test
