// A host's money: balance, what is on its way, statements; nobody else's.
#include <string>

#include "core/booking/offer.h"
#include "core/booking/pass.h"
#include "support/lead_help.h"
#include "support/payouts.h"

namespace flead::test {
namespace {

std::string money_cookie(PayoutDesk& desk, const money::PayoutRecipient& who) {
  const auto seq =
      desk.test.store().read([&](store::Tx& tx) { return booking::login_seq(tx, who.host); });
  REQUIRE(seq);
  return "flead_host=" + booking::make_pass(desk.test.app().key, booking::PassKind::host_session,
                                            who.host.text(), *seq,
                                            desk.test.clock().now() + k_hour_ms);
}

http::Reply open_money(PayoutDesk& desk, const std::string& target, const std::string& cookie,
                       const std::string& language = "en") {
  http::Headers headers = {{"accept", "text/html"}, {"accept-language", language}};
  if (!cookie.empty()) headers.emplace_back("cookie", cookie);
  return desk.test.request("GET", target, "", "-", headers);
}

}  // namespace

TEST_CASE("host pages: what is due, what is on its way, and statements", "[host][money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  const auto max = desk.add_expert("max");
  desk.pay_by_hand(ira);
  desk.earn(ira, 123400);
  desk.earn(max, 777700);
  REQUIRE(desk.run());
  desk.earn(ira, 50000, k_day_ms);
  const std::string cookie = money_cookie(desk, ira);
  const auto page = open_money(desk, "/h/money", cookie);
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("500\u00A0RUB"));
  CHECK_THAT(page.body, ContainsSubstring("1,234\u00A0RUB</strong> on its way"));
  CHECK_THAT(page.body, ContainsSubstring("…4312"));
  CHECK_THAT(page.body, !ContainsSubstring("40817810099910004312"));
  CHECK_THAT(page.body, !ContainsSubstring("7,777"));
  CHECK_THAT(page.body, ContainsSubstring("href=\"/h/money/2026-01?currency=RUB\""));
  const auto russian = open_money(desk, "/h/money", cookie, "ru");
  CHECK_THAT(russian.body, ContainsSubstring("в пути"));

  const auto file = open_money(desk, "/h/money/2026-01", cookie);
  CHECK(file.status == 200);
  CHECK_THAT(file.body, ContainsSubstring("Closing balance"));
  CHECK_THAT(header_of(file, "content-disposition"), ContainsSubstring("statement-2026-01.html"));
  CHECK(header_of(file, "cache-control") == "no-store");
  CHECK(open_money(desk, "/h/money/2026-13", cookie).status == 422);
  CHECK(open_money(desk, "/h/money", "").status == 401);
  CHECK(open_money(desk, "/h/money/2026-01", "").status == 401);
}

TEST_CASE("host pages: a host without earnings sees that", "[host][money]") {
  PayoutDesk desk;
  const auto ira = desk.add_expert("ira");
  const auto page = open_money(desk, "/h/money", money_cookie(desk, ira));
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("Nothing is earned yet"));
  CHECK_THAT(page.body, ContainsSubstring("Where to pay is not set yet"));
}

}  // namespace flead::test
