#include "core/channels/sms.h"

#include <cstdlib>
#include <set>
#include <string>

#include "core/channels/sms_text.h"
#include "support/catch.h"

namespace flead::channels {

namespace {

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

HttpReply answer(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

sms::Config config() {
  sms::Config config;
  config.login = "acme";
  config.secret = "p&ss=1";
  config.sender = "ACME";
  return config;
}

}  // namespace

TEST_CASE("channels: segments are counted as the network counts them", "[channels][sms]") {
  struct Case {
    std::string text;
    bool unicode;
    std::int64_t units, segments;
  };
  const auto one = GENERATE(values<Case>({
      {"", false, 0, 0},
      {"a", false, 1, 1},
      {std::string(160, 'a'), false, 160, 1},
      {std::string(161, 'a'), false, 161, 2},
      {std::string(306, 'a'), false, 306, 2},
      {std::string(307, 'a'), false, 307, 3},
      {"€", false, 2, 1},
      {repeat("€", 80), false, 160, 1},
      // An escape pair never spans two segments: 152 + pair + pair, not 153.
      {std::string(152, 'a') + repeat("€", 5), false, 162, 2},
      {"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà", false, 43, 1},
      {"[]{}\\|~^", false, 16, 1},
      {"`", true, 1, 1},
      {"ç", true, 1, 1},
      {repeat("я", 70), true, 70, 1},
      {repeat("я", 71), true, 71, 2},
      {repeat("я", 134), true, 134, 2},
      {repeat("я", 135), true, 135, 3},
      {"a" + repeat("😀", 35), true, 71, 2},
      // 66 units and a pair: the pair moves whole.
      {repeat("я", 66) + "😀" + repeat("я", 66), true, 134, 3},
      {"\xff", true, 1, 1},
  }));
  CAPTURE(one.text);
  const SmsLength length = sms_length(one.text);
  CHECK(length.unicode == one.unicode);
  CHECK(length.units == one.units);
  CHECK(length.segments == one.segments);
}

TEST_CASE("channels: an SMS request keeps the secret in the body and the text in UTF-8",
          "[channels][sms]") {
  Outgoing message;
  message.address = "+79160000001";
  message.text = "Привет & до встречи";
  message.provider_id = "1000421";
  const HttpRequest request = sms::build_send(config(), message);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://smsc.ru/sys/send.php");
  CHECK(request.label == "sms send");
  CHECK_THAT(request.body, ContainsSubstring("login=acme&psw=p%26ss%3D1&phones=%2B79160000001&"));
  CHECK_THAT(request.body, ContainsSubstring("&charset=utf-8&fmt=3"));
  CHECK_THAT(request.body, ContainsSubstring("&id=1000421&"));
  CHECK_THAT(request.body, ContainsSubstring("&sender=ACME&"));
  CHECK_THAT(request.body, ContainsSubstring("mes=%D0%9F%D1%80"));
  CHECK(request.body.find("apikey") == std::string::npos);

  sms::Config by_key = config();
  by_key.login = "";
  CHECK_THAT(sms::build_balance(by_key).body, ContainsSubstring("apikey=p%26ss%3D1&"));
}

TEST_CASE("channels: every answer to an SMS has its verdict", "[channels][sms]") {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
    bool hold = false;
  };
  const auto one = GENERATE(values<Case>({
      {200, R"({"id":1000421,"cnt":2,"cost":"7.80","balance":"512.40"})", Verdict::sent},
      {200, R"({"id":"1000421","cnt":1})", Verdict::sent},
      {200, R"({"error":"parameters error","error_code":1})", Verdict::rejected},
      {200, R"({"error":"authorise error","error_code":2})", Verdict::misconfigured},
      {200, R"({"error":"no money","error_code":3,"id":5})", Verdict::misconfigured},
      {200, R"({"error":"blocked","error_code":4})", Verdict::retry, true},
      {200, R"({"error":"date","error_code":5})", Verdict::rejected},
      {200, R"({"error":"denied","error_code":6,"id":5})", Verdict::rejected},
      {200, R"({"error":"invalid number","error_code":7,"id":5})", Verdict::unreachable},
      {200, R"({"error":"no route","error_code":8,"id":5})", Verdict::unreachable},
      {200, R"({"error":"duplicate","error_code":9})", Verdict::ambiguous},
      {200, R"({"error":"duplicate","error_code":"9"})", Verdict::ambiguous},
      {200, R"({"error":"new","error_code":77})", Verdict::ambiguous},
      {200, "", Verdict::ambiguous},
      {200, "null", Verdict::ambiguous},
      {200, "[]", Verdict::ambiguous},
      {200, R"({"id":null})", Verdict::ambiguous},
      {200, R"({"error_code":999999999999})", Verdict::ambiguous},
      {200, "<html>proxy</html>", Verdict::ambiguous},
      {200, "{\"id\":\xff}", Verdict::ambiguous},
      {301, "", Verdict::misconfigured},
      {401, "", Verdict::misconfigured},
      {404, "", Verdict::misconfigured},
      {418, "", Verdict::rejected},
      {429, "", Verdict::retry, true},
      {500, "", Verdict::ambiguous},
      {502, R"({"id":1})", Verdict::ambiguous},
  }));
  CAPTURE(one.status, one.body);
  const Delivery delivery = sms::parse_send(config(), answer(one.status, one.body));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.hold_channel == one.hold);
  CHECK((!one.hold || delivery.retry_after_ms >= 600'000));
}

TEST_CASE("channels: no answer is ambiguous only when the request left", "[channels][sms]") {
  HttpReply silent;
  silent.error = "timed out";
  CHECK(sms::parse_send(config(), silent).verdict == Verdict::retry);
  silent.may_have_acted = true;
  CHECK(sms::parse_send(config(), silent).verdict == Verdict::ambiguous);
  HttpReply busy = answer(429, "");
  busy.retry_after_ms = 7000;
  CHECK(sms::parse_send(config(), busy).retry_after_ms == 7000);
}

TEST_CASE("channels: price and balance are read from their strings", "[channels][sms]") {
  const Delivery sent =
      sms::parse_send(config(), answer(200, R"({"id":1,"cnt":2,"cost":"7.8","balance":"512.40"})"));
  CHECK(sent.provider_id == "1");
  CHECK(sent.segments == 2);
  CHECK(sent.cost_minor == 780);
  CHECK(sent.balance_minor == 51240);
  CHECK(sent.currency == "RUB");
  struct Case {
    std::string text;
    std::optional<std::int64_t> minor;
  };
  for (const auto& one : {Case{"0", 0}, Case{"3.90", 390}, Case{"3.909", 390}, Case{"-1.5", -150},
                          Case{"", {}}, Case{".5", {}}, Case{"1.", {}}, Case{"1e5", {}},
                          Case{"1,5", {}}, Case{"9999999999999", {}}, Case{"1.2345678", {}}}) {
    CAPTURE(one.text);
    CHECK(sms::parse_amount(one.text) == one.minor);
  }
}

TEST_CASE("channels: the status of an SMS settles what was unknown", "[channels][sms]") {
  struct Case {
    std::string body;
    Verdict verdict;
    bool delivered = false;
  };
  const auto one = GENERATE(values<Case>({
      {R"({"status":-3})", Verdict::retry},
      {R"({"status":-1})", Verdict::sent},
      {R"({"status":0})", Verdict::sent},
      {R"({"status":1,"err":0})", Verdict::sent, true},
      {R"({"status":"1"})", Verdict::sent, true},
      {R"({"status":3})", Verdict::unreachable},
      {R"({"status":20,"err":1})", Verdict::unreachable},
      {R"({"status":23})", Verdict::rejected},
      {R"({"status":24})", Verdict::unreachable},
      {R"({"status":77})", Verdict::ambiguous},
      {R"({"error":"authorise error","error_code":2})", Verdict::misconfigured},
      {R"({"error":"too often","error_code":9})", Verdict::ambiguous},
      {R"({})", Verdict::ambiguous},
      {"nonsense", Verdict::ambiguous},
  }));
  CAPTURE(one.body);
  const Delivery delivery = sms::parse_status(answer(200, one.body));
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.delivered == one.delivered);
  CHECK(sms::parse_status(answer(503, one.body)).verdict == Verdict::ambiguous);
}

TEST_CASE("channels: our id for an SMS is fixed and in the provider's range", "[channels][sms]") {
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) {
    const MessageId id("msg_" + std::to_string(i));
    const std::string ours = sms::provider_id(id);
    CHECK(ours == sms::provider_id(id));
    const long long number = std::strtoll(ours.c_str(), nullptr, 10);
    CHECK(number >= 1);
    CHECK(number <= 2147483647);
    seen.insert(ours);
  }
  CHECK(seen.size() >= 499);
}

TEST_CASE("channels: the settings of an SMS channel are checked", "[channels][sms]") {
  CHECK(sms::check_config(Json::object({{"base_url", "http://127.0.0.1:9090/sms/"}}))
            ->text("base_url") == "http://127.0.0.1:9090/sms");
  CHECK(sms::check_config(Json::object())->text("base_url") == "https://smsc.ru");
  for (const char* bad : {"ftp://x", "smsc.ru", "https://a\nb"}) {
    CHECK_FALSE(sms::check_config(Json::object({{"base_url", bad}})));
  }
}

}  // namespace flead::channels
