#include "core/money/yookassa.h"
#include "core/money/yookassa_wire.h"

#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/money/yookassa_wire.h"
#include "support/catch.h"

namespace flead::money {
namespace {

using channels::HttpReply;
using channels::HttpRequest;

PayAccess shop(Json config = Json::object()) {
  config.set("shop_id", "100500");
  PayAccess access;
  access.id = PayAccountId("pac_01k9x000000000000000000000");
  access.config = *yookassa::check_config(config);
  access.secret = "live_key";
  return access;
}

PayOrder order() {
  PayOrder out;
  out.id = PaymentId("pay_01k9x000000000000000000000");
  out.amount = {150000, "RUB"};
  out.text = "Консультация";
  out.return_url = "https://flead.example/pay/t0";
  out.language = "ru";
  return out;
}

std::string header(const HttpRequest& request, std::string_view name) {
  for (const auto& [known, value] : request.headers) {
    if (known == name) return value;
  }
  return "";
}

HttpReply reply(int status, std::string body) {
  HttpReply out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

// As the vendor writes it; `more` begins with a comma.
std::string payment_body(std::string_view status, std::string_view more = "",
                         std::string_view value = "\"1500.00\"") {
  return R"({"id":"30aa0f10-000f-5000-8000-1c1b7d5b1a11","status":")" + std::string(status) +
         R"(","paid":false,"amount":{"value":)" + std::string(value) +
         R"(,"currency":"RUB"},"created_at":"2026-11-21T09:00:00.111Z","test":false,)" +
         R"("metadata":{"payment":"pay_1"})" + std::string(more) + "}";
}

std::string error_body(std::string_view code, std::string_view more = "") {
  return R"({"type":"error","id":"e1","code":")" + std::string(code) +
         R"(","description":"Words","parameter":"amount.value")" + std::string(more) + "}";
}

}  // namespace

TEST_CASE("yookassa: a payment is asked for byte by byte as the vendor writes it", "[money]") {
  const HttpRequest request = yookassa::build_create(shop(), order());
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api.yookassa.ru/v3/payments");
  CHECK(header(request, "authorization") == "Basic MTAwNTAwOmxpdmVfa2V5");
  CHECK(header(request, "Idempotence-Key") == "pay_01k9x000000000000000000000");
  CHECK(header(request, "content-type") == "application/json");
  CHECK(request.timeout_ms >= 35'000);
  CHECK(request.label == "yookassa payment create");
  CHECK(request.label.find("live_key") == std::string::npos);
  CHECK(request.body ==
        R"({"amount":{"value":"1500.00","currency":"RUB"},"capture":true,)"
        R"("description":"Консультация","metadata":{"payment":"pay_01k9x000000000000000000000"},)"
        R"("confirmation":{"type":"redirect","return_url":"https://flead.example/pay/t0",)"
        R"("locale":"ru_RU"}})");
}

TEST_CASE("yookassa: a hold, a saved method and a receipt", "[money]") {
  PayOrder held = order();
  held.hold = true;
  held.language = "en";
  held.save_method = true;
  const std::string hold = yookassa::build_create(shop(), held).body;
  CHECK(hold.find(R"("capture":false)") != std::string::npos);
  CHECK(hold.find(R"("locale":"en_US")") != std::string::npos);
  CHECK(hold.find(R"("save_payment_method":true)") != std::string::npos);

  PayOrder saved = order();
  saved.saved_method = "22e12f66-000f-5000-8000-18db351245c7";
  const std::string charge = yookassa::build_create(shop(), saved).body;
  CHECK(charge.find(R"("payment_method_id":"22e12f66-000f-5000-8000-18db351245c7")") !=
        std::string::npos);
  CHECK(charge.find("confirmation") == std::string::npos);

  PayOrder sold = order();
  sold.receipt = Receipt{"", "+79160000001", {{"Talk", 1, 150000}}};
  const auto body =
      parse_json(yookassa::build_create(shop(Json::object({{"vat_code", 4}})), sold).body);
  REQUIRE(body);
  CHECK(body->find("receipt")->dump() ==
        R"({"customer":{"phone":"79160000001"},"items":[{"description":"Talk","quantity":1,)"
        R"("amount":{"value":"1500.00","currency":"RUB"},"vat_code":4,)"
        R"("payment_mode":"full_prepayment","payment_subject":"service"}]})");
  sold.receipt->email = "a@example.ru";
  const auto mailed = parse_json(yookassa::build_create(shop(), sold).body);
  REQUIRE(mailed);
  CHECK(mailed->text("receipt.customer.email") == "a@example.ru");
  CHECK_FALSE(mailed->text("receipt.customer.phone"));
}

TEST_CASE("yookassa: texts are cut at a character's border and never break UTF-8", "[money]") {
  PayOrder wordy = order();
  for (int i = 0; i < 20; ++i) wordy.text += "Консультация ";
  wordy.text += "\xff";
  const std::string body = yookassa::build_create(shop(), wordy).body;
  CHECK(valid_utf8(body));
  const auto parsed = parse_json(body);
  REQUIRE(parsed);
  CHECK(utf8_length(*parsed->text("description")) <= 128);
}

TEST_CASE("yookassa: the other calls", "[money]") {
  const PayAccess access = shop();
  const HttpRequest capture = yookassa::build_capture(access, order(), "30aa");
  CHECK(capture.url == "https://api.yookassa.ru/v3/payments/30aa/capture");
  CHECK(capture.body == R"({"amount":{"value":"1500.00","currency":"RUB"}})");
  CHECK(header(capture, "Idempotence-Key") == "pay_01k9x000000000000000000000-capture");
  const HttpRequest cancel = yookassa::build_cancel(access, order(), "30aa");
  CHECK(cancel.url == "https://api.yookassa.ru/v3/payments/30aa/cancel");
  CHECK(cancel.body.empty());
  CHECK(header(cancel, "Idempotence-Key") == "pay_01k9x000000000000000000000-cancel");
  RefundOrder back;
  back.id = RefundId("rfd_01k9x000000000000000000000");
  back.key = back.id.text() + "-2";
  back.payment = "30aa";
  back.amount = {5001, "RUB"};
  back.text = "late";
  const HttpRequest refund = yookassa::build_refund(access, back);
  CHECK(refund.url == "https://api.yookassa.ru/v3/refunds");
  CHECK(header(refund, "Idempotence-Key") == "rfd_01k9x000000000000000000000-2");
  CHECK(refund.body ==
        R"({"payment_id":"30aa","amount":{"value":"50.01","currency":"RUB"},)"
        R"("description":"late","metadata":{"refund":"rfd_01k9x000000000000000000000-2"}})");
  for (const HttpRequest& get :
       {yookassa::build_fetch(access, "30aa"), yookassa::build_refund_fetch(access, "30aa"),
        yookassa::build_account(access),
        yookassa::build_search(access, {"", 0, k_hour_ms, "c/1"})}) {
    CAPTURE(get.url);
    CHECK(get.method == "GET");
    CHECK(get.body.empty());
    CHECK(header(get, "Idempotence-Key").empty());
    CHECK(header(get, "authorization") == "Basic MTAwNTAwOmxpdmVfa2V5");
  }
  CHECK(yookassa::build_search(access, {"", 0, k_hour_ms, "c/1"}).url ==
        "https://api.yookassa.ru/v3/payments?created_at.gte=1970-01-01T00%3A00%3A00.000Z"
        "&created_at.lt=1970-01-01T01%3A00%3A00.000Z&limit=100&cursor=c%2F1");
  // An id of theirs never leaves its place in the path.
  CHECK(yookassa::build_fetch(access, "../me?x=1#").url ==
        "https://api.yookassa.ru/v3/payments/..%2Fme%3Fx%3D1%23");
  const PayAccess beside = shop(Json::object({{"base_url", "http://127.0.0.1:9090/yookassa/v3"}}));
  CHECK(yookassa::build_fetch(beside, "30aa").url ==
        "http://127.0.0.1:9090/yookassa/v3/payments/30aa");
}

TEST_CASE("yookassa: what each answer means", "[money]") {
  struct Case {
    int status;
    std::string body;
    CallResult result;
  };
  const Case one = GENERATE(values<Case>({
      {200, payment_body("pending"), CallResult::done},
      {200, payment_body("waiting_for_capture"), CallResult::done},
      {200, payment_body("succeeded"), CallResult::done},
      {200, payment_body("canceled"), CallResult::done},
      {400, error_body("invalid_request"), CallResult::refused},
      {401, error_body("invalid_credentials"), CallResult::misconfigured},
      {403, error_body("forbidden"), CallResult::misconfigured},
      {404, error_body("not_found"), CallResult::missing},
      {405, error_body("method_not_allowed"), CallResult::refused},
      {415, error_body("unsupported_media_type"), CallResult::refused},
      {429, error_body("too_many_requests"), CallResult::retry},
      {500, error_body("internal_server_error"), CallResult::unknown},
      {502, "<html>Bad gateway</html>", CallResult::unknown},
      {503, "", CallResult::unknown},
      // Not theirs: a page of somebody else's in the way.
      {404, "<html>nginx</html>", CallResult::misconfigured},
      {302, "", CallResult::misconfigured},
      // A yes that says nothing may still have acted.
      {200, "", CallResult::unknown},
      {200, "null", CallResult::unknown},
      {200, "[]", CallResult::unknown},
      {200, "{}", CallResult::unknown},
      {200, "<html>captive portal</html>", CallResult::unknown},
      {200, error_body("processing"), CallResult::unknown},
      {202, error_body("processing"), CallResult::unknown},
      {200, payment_body("paid_twice"), CallResult::unknown},
      {200, payment_body("pending").substr(0, 60), CallResult::unknown},
      {200, "\xff\xfe\x00{", CallResult::unknown},
      {200, R"({"id":7,"status":"pending","amount":{"value":"1.00","currency":"RUB"}})",
       CallResult::unknown},
      {200, R"({"id":"../x","status":"pending","amount":{"value":"1.00","currency":"RUB"}})",
       CallResult::unknown},
      {200, R"({"id":"a","status":["pending"],"amount":"1.00"})", CallResult::unknown},
  }));
  CAPTURE(one.status, one.body);
  const PayAnswer answer = yookassa::parse_payment(reply(one.status, one.body));
  CHECK(call_result_name(answer.result) == call_result_name(one.result));
  CHECK(valid_utf8(answer.says));
  // The same rules hold for refunds, lists and the account.
  if (one.status == 200) return;
  for (const auto parse :
       {yookassa::parse_refund, yookassa::parse_search, yookassa::parse_account}) {
    CHECK(parse(reply(one.status, one.body)).result == one.result);
  }
}

TEST_CASE("yookassa: no answer is unknown once bytes have left", "[money]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(yookassa::parse_payment(silent).result == CallResult::retry);
  silent.may_have_acted = true;
  CHECK(yookassa::parse_payment(silent).result == CallResult::unknown);
  silent.untrusted = true;
  CHECK(yookassa::parse_payment(silent).result == CallResult::misconfigured);
}

TEST_CASE("yookassa: retry_after is milliseconds, and never more than a day", "[money]") {
  const auto wait = [](std::string_view more) {
    return yookassa::parse_payment(reply(429, error_body("too_many_requests", more)))
        .retry_after_ms;
  };
  CHECK(wait(R"(,"retry_after":1800)") == 1800);
  CHECK(wait(R"(,"retry_after":-5)") == 0);
  CHECK(wait(R"(,"retry_after":9000000000000)") == k_day_ms);
  CHECK(wait("") == 0);
}

TEST_CASE("yookassa: an amount is text with two decimals and nothing else", "[money]") {
  struct Case {
    std::string value;
    std::optional<std::int64_t> minor;
  };
  const Case one = GENERATE(values<Case>({
      {"\"1500.00\"", 150000},
      {"\"0.01\"", 1},
      {"\"0.00\"", 0},
      {"1500.00", {}},
      {"1500", {}},
      {"\"1500\"", {}},
      {"\"1500.5\"", {}},
      {"\"1500.500\"", {}},
      {"\"1e3\"", {}},
      {"\"1e3.00\"", {}},
      {"\"-1.00\"", {}},
      {"\"+1.00\"", {}},
      {"\" 1.00\"", {}},
      {"\"1,00\"", {}},
      {"\"1 500.00\"", {}},
      {"\"1,500.00\"", {}},
      {"\".00\"", {}},
      {"\"1.0.00\"", {}},
      {"\"99999999999999999999.00\"", {}},
      {"null", {}},
      {"{}", {}},
  }));
  CAPTURE(one.value);
  const auto body = parse_json(payment_body("pending", "", one.value));
  REQUIRE(body);
  const auto amount = yookassa::read_amount(*body, "amount");
  REQUIRE(amount.has_value() == one.minor.has_value());
  if (amount) CHECK(*amount == Money{*one.minor, "RUB"});
}

TEST_CASE("yookassa: amounts are written as they are read", "[money]") {
  for (const std::int64_t minor : {1, 99, 100, 101, 150000, 99999999}) {
    const auto json = Json::object(
        {{"amount",
          Json::object({{"value", yookassa::write_amount(minor)}, {"currency", "RUB"}})}});
    CHECK(yookassa::read_amount(json, "amount") == Money{minor, "RUB"});
  }
}

TEST_CASE("yookassa: a payment is read whole", "[money]") {
  const auto answer = yookassa::parse_payment(reply(
      200,
      payment_body("succeeded", R"(,"income_amount":{"value":"1447.50","currency":"RUB"},)"
                                R"("refunded_amount":{"value":"0.00","currency":"RUB"},)"
                                R"("expires_at":"2026-11-28T09:00:00.000Z",)"
                                R"("payment_method":{"type":"bank_card","id":"22e1","saved":true,)"
                                R"("title":"Bank card *4477","card":{"last4":"4477"}})")));
  REQUIRE(answer.result == CallResult::done);
  CHECK(answer.object.id == "30aa0f10-000f-5000-8000-1c1b7d5b1a11");
  CHECK(answer.object.ours == "pay_1");
  CHECK(answer.object.state == PayState::succeeded);
  CHECK(answer.object.income_minor == 144750);
  CHECK(answer.object.method == "Bank card *4477");
  CHECK(answer.object.saved_method == "22e1");
  CHECK(format_time(answer.object.expires_at) == "2026-11-28T09:00:00.000Z");
  const auto canceled = yookassa::parse_payment(
      reply(200, payment_body("canceled", R"(,"cancellation_details":{"party":"payment_network",)"
                                          R"("reason":"insufficient_funds"})")));
  CHECK(canceled.object.reason == "insufficient_funds");
  CHECK(canceled.object.reason_by == "payment_network");
  // A method that was not saved is nobody's to charge again.
  const auto unsaved = yookassa::parse_payment(
      reply(200, payment_body("succeeded", R"(,"payment_method":{"id":"22e1","saved":false})")));
  CHECK(unsaved.object.saved_method.empty());
}

TEST_CASE("yookassa: a payer is sent to web pages alone", "[money]") {
  const auto url = [](std::string_view address) {
    return yookassa::parse_payment(
               reply(200, payment_body("pending", R"(,"confirmation":{"confirmation_url":")" +
                                                      std::string(address) + "\"}")))
        .object.confirm_url;
  };
  CHECK(url("https://yoomoney.ru/checkout?orderId=1") == "https://yoomoney.ru/checkout?orderId=1");
  CHECK(url("http://127.0.0.1:9090/yookassa/pay/1") == "http://127.0.0.1:9090/yookassa/pay/1");
  CHECK(url("javascript:alert(1)").empty());
  CHECK(url("http://yoomoney.ru/").empty());
}

TEST_CASE("yookassa: what is not in a list was never made, as far as all of it can be read",
          "[money]") {
  const auto list = [](const std::string& between) {
    return yookassa::parse_search(
        reply(200, R"({"type":"list","items":[)" + payment_body("pending") + "," + between +
                       payment_body("canceled") + R"(],"next_cursor":"37a5"})"));
  };
  for (const char* unreadable : {"7,", "null,", "{},"}) {
    CHECK(list(unreadable).result == CallResult::unknown);
  }
  const auto answer = list("");
  CHECK(answer.result == CallResult::done);
  CHECK(answer.found.size() == 2);
  CHECK(answer.next_cursor == "37a5");
  CHECK(yookassa::parse_search(reply(200, R"({"items":{}})")).result == CallResult::unknown);
  CHECK(yookassa::parse_search(reply(200, R"({"items":[]})")).found.empty());
}

TEST_CASE("yookassa: an account that is not enabled is misconfigured", "[money]") {
  const auto live = yookassa::parse_account(
      reply(200, R"({"account_id":"100500","status":"enabled","test":false,)"
                 R"("fiscalization":{"enabled":true},"payment_methods":["bank_card","sbp"]})"));
  CHECK(live.result == CallResult::done);
  CHECK(live.object.receipts);
  CHECK(live.object.methods == std::vector<std::string>{"bank_card", "sbp"});
  CHECK(yookassa::parse_account(reply(200, R"({"account_id":"1","status":"disabled"})")).result ==
        CallResult::misconfigured);
  CHECK(yookassa::parse_account(reply(200, "{}")).result == CallResult::misconfigured);
}

TEST_CASE("yookassa: a notification is only a hint, whatever it says", "[money]") {
  const auto read = [](std::string body, std::string method = "POST") {
    channels::HookCall call;
    call.method = std::move(method);
    call.body = std::move(body);
    return yookassa::read_notice(shop(), call);
  };
  const auto good =
      read(R"({"type":"notification","event":"payment.succeeded","object":{"id":"30aa"}})");
  CHECK(good.genuine);
  CHECK_FALSE(good.object.has_value());  // looked up: it may say anything
  CHECK_FALSE(good.object.has_value());
  CHECK(good.kind == PayNotice::Kind::payment);
  CHECK(good.id == "30aa");
  CHECK(good.delivery_id == "payment.succeeded:30aa");
  CHECK(read(R"({"type":"notification","event":"refund.succeeded","object":{"id":"r"}})").kind ==
        PayNotice::Kind::refund);
  CHECK(read(R"({"type":"notification","event":"payout.canceled","object":{"id":"p"}})").kind ==
        PayNotice::Kind::payout);
  CHECK(read(R"({"type":"notification","event":"deal.closed","object":{"id":"d"}})").kind ==
        PayNotice::Kind::none);
  CHECK_FALSE(read("", "GET").genuine);
  for (const char* odd :
       {"", "null", "[]", "{", "\xff\xfe", R"({"type":"notification"})",
        R"({"type":"notification","event":7,"object":[]})",
        R"({"type":"notification","event":"payment.succeeded","object":{"id":"../me"}})",
        R"({"type":"notification","event":"payment.succeeded","object":{"id":{"id":"x"}}})",
        R"({"type":"other","event":"payment.succeeded","object":{"id":"30aa"}})"}) {
    CAPTURE(odd);
    const auto notice = read(odd);
    CHECK(notice.kind == PayNotice::Kind::none);
    CHECK(notice.id.empty());
  }
}

TEST_CASE("yookassa: settings are checked, and each refusal names its own", "[money]") {
  struct Case {
    std::string config, code;
  };
  const Case one = GENERATE(values<Case>({
      {R"({})", "shop_id_needed"},
      {R"({"shop_id":"12a"})", "shop_id_needed"},
      {R"({"shop_id":"1","base_url":"ftp://x"})", "base_url_invalid"},
      {R"({"shop_id":"1","vat_code":13})", "vat_code_invalid"},
      {R"({"shop_id":"1","vat_code":0})", "vat_code_invalid"},
      {R"({"shop_id":"1","test":"yes"})", "test_invalid"},
      {R"({"shop_id":"1","receipts":1})", "receipts_invalid"},
      {R"({"shop_id":"1","senders":"everybody"})", "senders_invalid"},
      {R"({"shop_id":"1","test":"true","vat_code":"12"})", ""},
      {R"({"shop_id":"1","senders":"185.71.76.0/27, 2a02:5180::/32"})", ""},
  }));
  CAPTURE(one.config);
  const auto checked = yookassa::check_config(*parse_json(one.config));
  CHECK((checked ? "" : checked.error().code) == one.code);
}

}  // namespace flead::money
