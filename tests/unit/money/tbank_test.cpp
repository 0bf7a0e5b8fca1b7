// T-Bank: requests as the vendor describes them, answers as far as they can be trusted.
#include "core/money/tbank.h"

#include <string>
#include <string_view>

#include "support/catch.h"

namespace flead::money {
namespace {

PayAccess terminal() {
  PayAccess access;
  access.id = PayAccountId("pac_01k9x000000000000000000000");
  access.config = *tbank::check_config(Json::object({{"shop_id", "FLEADDEMO"}, {"test", true}}));
  access.secret = "pw123";
  access.test = true;
  return access;
}

channels::HttpReply says(std::string body, int status = 200) {
  channels::HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

PayOrder tbank_order() {
  PayOrder order;
  order.id = PaymentId("pay_01k9x000000000000000000000");
  order.amount = {150000, "RUB"};
  order.text = "Консультация";
  order.return_url = "https://flead.example/pay/t0?back=1";
  order.notify_url = "https://flead.example/hooks/tbank/pac_1";
  order.language = "ru";
  return order;
}

std::string state_body(std::string_view status, std::string_view more = "") {
  return R"({"Success":true,"ErrorCode":"0","TerminalKey":"FLEADDEMO","Status":")" +
         std::string(status) + R"(","PaymentId":"700001","OrderId":"pay_1","Amount":150000)" +
         std::string(more) + "}";
}

}  // namespace

TEST_CASE("tbank: each request carries its token, and no password", "[money][tbank]") {
  const PayAccess access = terminal();
  RefundOrder refund;
  refund.key = "rfd_1-2";
  refund.payment = "700001";
  refund.amount = {50000, "RUB"};
  const PayOrder order = tbank_order();
  for (const auto& request :
       {tbank::build_create(access, order), tbank::build_fetch(access, "700001"),
        tbank::build_search(access, {"pay_1", 0, 1, ""}),
        tbank::build_capture(access, order, "700001"), tbank::build_cancel(access, order, "700001"),
        tbank::build_refund(access, refund)}) {
    CAPTURE(request.url, request.body);
    const auto body = parse_json(request.body);
    REQUIRE(body);
    CHECK(body->text("Token") == tbank::token_of(*body, "pw123"));
    CHECK(body->text("TerminalKey") == "FLEADDEMO");
    CHECK_THAT(request.body, !ContainsSubstring("pw123"));
    CHECK_THAT(request.url, ContainsSubstring("https://securepay.tinkoff.ru/v2/"));
  }
  const Json made = *parse_json(tbank::build_create(access, order).body);
  CHECK(made.text("OrderId") == order.id.text());
  CHECK(made.integer("Amount") == 150000);
  CHECK(made.text("PayType") == "O");
  CHECK(made.text("NotificationURL") == order.notify_url);
  PayOrder held = order;
  held.hold = true;
  CHECK(parse_json(tbank::build_create(access, held).body)->text("PayType") == "T");
  const Json back = *parse_json(tbank::build_refund(access, refund).body);
  CHECK(back.text("ExternalRequestId") == "rfd_1-2");
  CHECK(back.integer("Amount") == 50000);
}

TEST_CASE("tbank: statuses, and what an unknown one means", "[money][tbank]") {
  struct Case {
    std::string status;
    PayState state;
  };
  const Case one = GENERATE(values<Case>({{"NEW", PayState::pending},
                                          {"FORM_SHOWED", PayState::pending},
                                          {"AUTH_FAIL", PayState::pending},
                                          {"SOMETHING_NEW", PayState::pending},
                                          {"AUTHORIZED", PayState::waiting_for_capture},
                                          {"CONFIRMED", PayState::succeeded},
                                          {"PARTIAL_REFUNDED", PayState::succeeded},
                                          {"REJECTED", PayState::canceled},
                                          {"REVERSED", PayState::canceled},
                                          {"DEADLINE_EXPIRED", PayState::canceled}}));
  CAPTURE(one.status);
  const PayAnswer answer = tbank::parse_payment(says(state_body(one.status)));
  CHECK(answer.result == CallResult::done);
  CHECK(answer.object.state == one.state);
  CHECK(answer.object.test);
  CHECK(answer.object.amount == Money{150000, "RUB"});
  CHECK(answer.object.amount_told == (one.status != "PARTIAL_REFUNDED"));
}

TEST_CASE("tbank: an error comes as 200, and only the terminal's own pause the account",
          "[money][tbank]") {
  const auto parsed = [](std::string_view code) {
    return tbank::parse_payment(says(R"({"Success":false,"ErrorCode":")" + std::string(code) +
                                     R"(","Message":"no","Details":"why"})"));
  };
  CHECK(parsed("9999").result == CallResult::refused);
  CHECK_THAT(parsed("9999").says, ContainsSubstring("why"));
  CHECK(parsed("204").result == CallResult::misconfigured);
  CHECK(tbank::parse_payment(says("", 500)).result == CallResult::unknown);
  CHECK(tbank::parse_payment(says("<html>", 200)).result == CallResult::unknown);
  CHECK(tbank::parse_payment(says("{}", 200)).result == CallResult::unknown);
  CHECK(tbank::parse_payment(says(R"({"Success":true})")).result == CallResult::unknown);
  CHECK(tbank::parse_payment(says("", 429)).result == CallResult::retry);
  channels::HttpReply lost;
  lost.may_have_acted = true;
  CHECK(tbank::parse_payment(lost).result == CallResult::unknown);
  // The page is theirs, over https, or there is none.
  CHECK(tbank::parse_payment(says(state_body("NEW", R"(,"PaymentURL":"http://evil")")))
            .object.confirm_url.empty());
}

TEST_CASE("tbank: an order's tries, the paid one first", "[money][tbank]") {
  const auto found = tbank::parse_search(
      says(R"({"Success":true,"ErrorCode":"0","TerminalKey":"FLEADDEMO","OrderId":"pay_1",)"
           R"("Payments":[{"PaymentId":"1","Amount":150000,"Status":"REJECTED"},)"
           R"({"PaymentId":"2","Amount":150000,"Status":"NEW"},)"
           R"({"PaymentId":"3","Amount":150000,"Status":"CONFIRMED"}]})"));
  REQUIRE(found.found.size() == 3);
  CHECK(found.found[0].id == "3");
  CHECK(found.found[1].id == "2");
  CHECK(found.found[0].ours == "pay_1");
  const auto none = tbank::parse_search(says(R"({"Success":false,"ErrorCode":"255"})"));
  CHECK(none.result == CallResult::done);
  CHECK(none.found.empty());
}

TEST_CASE("tbank: what went back is the difference", "[money][tbank]") {
  const auto parsed = [](std::string_view status, std::string_view after) {
    return tbank::parse_refund(
        says(R"({"Success":true,"ErrorCode":"0","TerminalKey":"FLEADDEMO","OrderId":"pay_1",)"
             R"("PaymentId":"700001","ExternalRequestId":"rfd_1","OriginalAmount":150000,)"
             R"("NewAmount":)" +
             std::string(after) + R"(,"Status":")" + std::string(status) + "\"}"));
  };
  const PayAnswer part = parsed("PARTIAL_REFUNDED", "100000");
  CHECK(part.result == CallResult::done);
  CHECK(part.object.amount.amount_minor == 50000);
  CHECK(part.object.ours == "rfd_1");
  CHECK(part.object.payment_id == "700001");
  CHECK(part.object.state == PayState::succeeded);
  CHECK(parsed("ASYNC_REFUNDING", "0").object.state == PayState::pending);
  CHECK(parsed("CONFIRMED", "0").result == CallResult::unknown);
  CHECK(parsed("REFUNDED", "150000").result == CallResult::unknown);
}

}  // namespace flead::money
