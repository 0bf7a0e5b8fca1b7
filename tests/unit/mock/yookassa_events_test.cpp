// YooKassa's double: notifications by themselves, and what `flead trigger` makes happen.
#include <string>
#include <vector>

#include "support/kassa.h"

namespace flead::serve::mock::yookassa_tests {

using test::KassaBench;
using Lines = std::vector<std::string>;

namespace {

const std::string k_to = R"("notify_url":"http://127.0.0.1:1/hook")";

// The state of each notification: "payment.succeeded delivered 1".
Lines note_states(KassaBench& kassa) {
  Lines out;
  const Json state = kassa.set("{}");
  for (const Json& note : state.find("notifications")->items()) {
    out.push_back(note.text("event").value_or("") + " " + note.text("state").value_or("") + " " +
                  std::to_string(note.integer("tries").value_or(-1)));
  }
  return out;
}

}  // namespace

TEST_CASE("kassa: a notification has the whole object as of the event", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set("{" + k_to + "}");
  const std::string id = kassa.paid("10.00", R"(,"metadata":{"booking_id":"b_91"})");
  const Json held = kassa.get("/payments/" + id);
  kassa.post("/payments/" + id + "/capture", "{}");
  kassa.clock.advance(100);
  const Json sent = kassa.control("deliver", "");
  CHECK(sent.find("data")->items().size() == 2);
  const auto& calls = kassa.transport.http_sent["mock"];
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].url == "http://127.0.0.1:1/hook");
  CHECK(calls[0].headers[0].second == "application/json");
  const auto first = parse_json(calls[0].body);
  REQUIRE(first);
  CHECK(first->text("type") == "notification");
  CHECK(first->text("event") == "payment.waiting_for_capture");
  CHECK(*first->find("object") == held);
  CHECK(kassa.told()[1] == "payment.succeeded " + id);
}

TEST_CASE("kassa: notifications wait until there is somebody to tell", "[mock][kassa]") {
  KassaBench kassa;
  const std::string id = kassa.paid("10.00");
  kassa.clock.advance(60'000);
  kassa.control("deliver", "");
  CHECK(kassa.told().empty());
  kassa.set("{" + k_to + "}");
  kassa.control("deliver", "");
  CHECK(kassa.told() == Lines{"payment.succeeded " + id});
}

TEST_CASE("kassa: payouts may be told elsewhere", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set(R"({"payout_notify_url":"http://127.0.0.1:1/payouts","payout_ms":0})");
  kassa.paid("10.00");
  kassa.payout(R"({"amount":{"value":"10.00","currency":"RUB"},"payout_destination_data":
                   {"type":"yoo_money","account_number":"41001614575714"}})");
  kassa.clock.advance(100);
  kassa.control("deliver", "");
  REQUIRE(kassa.transport.http_sent["mock"].size() == 1);
  CHECK(kassa.transport.http_sent["mock"][0].url == "http://127.0.0.1:1/payouts");
}

TEST_CASE("kassa: twice, and the newest first", "[mock][kassa]") {
  KassaBench kassa;
  SECTION("twice") {
    kassa.set("{" + k_to + R"(,"notify_copies":2})");
    const std::string id = kassa.paid("10.00");
    kassa.clock.advance(100);
    kassa.control("deliver", "");
    CHECK(kassa.told() == Lines{"payment.succeeded " + id, "payment.succeeded " + id});
  }
  SECTION("out of order") {
    kassa.set("{" + k_to + R"(,"notify_out_of_order":true})");
    const std::string id = kassa.paid("10.00", "");
    kassa.clock.advance(100);
    kassa.control("deliver", "");
    CHECK(kassa.told().empty());  // waits to be overtaken
    kassa.post("/payments/" + id + "/capture", "{}");
    kassa.clock.advance(100);
    kassa.control("deliver", "");
    CHECK(kassa.told() == Lines{"payment.succeeded " + id, "payment.waiting_for_capture " + id});
  }
  SECTION("out of order, but alone: not for ever") {
    kassa.set("{" + k_to + R"(,"notify_out_of_order":true})");
    kassa.paid("10.00");
    kassa.clock.advance(5100);
    kassa.control("deliver", "");
    CHECK(kassa.told().size() == 1);
  }
}

TEST_CASE("kassa: repeated until 200, in growing pauses, and not for ever", "[mock][kassa]") {
  KassaBench kassa(false);
  kassa.set("{" + k_to + R"(,"notify_delay_ms":0,"notify_tries":3})");
  SECTION("in the end it is taken") {
    kassa.transport.provider("mock").then(500, "").then(302, "").then(200, "");
    kassa.paid("10.00");
    kassa.control("deliver", "");
    CHECK(note_states(kassa) == Lines{"payment.succeeded waiting 1"});
    kassa.control("deliver", "");
    CHECK(kassa.told().size() == 1);
    kassa.clock.advance(1000);
    kassa.control("deliver", "");
    CHECK(kassa.told().size() == 2);
    kassa.clock.advance(1999);
    kassa.control("deliver", "");
    CHECK(kassa.told().size() == 2);
    kassa.clock.advance(1);
    kassa.control("deliver", "");
    CHECK(note_states(kassa) == Lines{"payment.succeeded delivered 3"});
  }
  SECTION("given up") {
    kassa.transport.provider("mock").then(500, "");
    kassa.paid("10.00");
    for (int i = 0; i < 5; ++i) {
      kassa.control("deliver", "");
      kassa.clock.advance(10'000);
    }
    CHECK(note_states(kassa) == Lines{"payment.succeeded given_up 3"});
  }
  SECTION("a day at most") {
    kassa.transport.provider("mock").then(500, "");
    kassa.set(R"({"notify_retry_ms":80000000,"notify_tries":100})");
    kassa.paid("10.00");
    kassa.control("deliver", "");
    kassa.set(R"({"advance_s":80000})");
    kassa.control("deliver", "");
    CHECK(note_states(kassa) == Lines{"payment.succeeded given_up 2"});
  }
}

TEST_CASE("kassa: as many are lost as asked", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set("{" + k_to + R"(,"notify_lose":1})");
  kassa.paid("10.00");
  const std::string second = kassa.paid("10.00");
  kassa.clock.advance(100);
  kassa.control("deliver", "");
  CHECK(kassa.told() == Lines{"payment.succeeded " + second});
  CHECK(note_states(kassa) == Lines{"payment.succeeded lost 0", "payment.succeeded delivered 1"});
}

TEST_CASE("kassa: an event is of the one with that id, the newest open one, or a new one",
          "[mock][kassa]") {
  KassaBench kassa;
  kassa.set("{" + k_to + "}");
  const std::string dear = kassa.made("1500.00");
  const std::string cheap = kassa.made("10.00");
  const auto happens = [&](const std::string& wish) {
    const Json said = kassa.control("event", wish);
    return kassa.last.status == 200 ? kassa.told().back() : said.text("code").value_or("none");
  };
  CHECK(happens(R"({"type":"payment.succeeded","amount":"1500.00"})") ==
        "payment.succeeded " + dear);
  CHECK(kassa.status(dear) == "succeeded");
  CHECK(kassa.get("/payments/" + dear).text("payment_method.type") == "bank_card");
  CHECK(happens(R"({"type":"payment.canceled","reason":"card_expired"})") ==
        "payment.canceled " + cheap);
  CHECK(kassa.reason(cheap) == "card_expired");
  // Nobody is open any more: a new one, which can be fetched.
  const std::string made =
      happens(R"({"type":"payment.succeeded","amount":"77.50","metadata":{"booking_id":"b_1"}})");
  const Json fetched = kassa.get("/payments/" + made.substr(made.find(' ') + 1));
  CHECK(fetched.text("amount.value") == "77.50");
  CHECK(fetched.text("metadata.booking_id") == "b_1");
  CHECK(fetched.text("status") == "succeeded");
  // Again the same, and never back.
  CHECK(happens(R"({"type":"payment.succeeded","id":")" + dear + "\"}") ==
        "payment.succeeded " + dear);
  CHECK(happens(R"({"type":"payment.canceled","id":")" + dear + "\"}") == "bad_event");
  CHECK(kassa.status(dear) == "succeeded");
  CHECK(happens(R"({"type":"payment.succeeded","id":"nobody"})") == "bad_event");
  CHECK(happens(R"({"type":"payment.paid"})") == "bad_event");
  CHECK(happens(R"({"type":"payment.succeeded","bad_signature":true})") == "bad_event");
  CHECK(happens(R"({"type":"payment.canceled","reason":"rain"})") == "bad_event");
  for (const char* sum : {"\"much\"", "9223372036854775807", "1e300", "-5", "0", "null", "[]"}) {
    CAPTURE(sum);
    CHECK(happens(R"({"type":"payment.succeeded","amount":)" + std::string(sum) + "}") ==
          "bad_event");
  }
}

TEST_CASE("kassa: an event of what is held, of a refund and of a payout", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set("{" + k_to + R"(,"refund":"pending","payout":"pending"})");
  const auto happens = [&](const std::string& wish) {
    kassa.control("event", wish);
    INFO(kassa.last.body);
    REQUIRE(kassa.last.status == 200);
    return kassa.told().back();
  };
  const std::string id = kassa.made("10.00", "");
  CHECK(happens(R"({"type":"payment.waiting_for_capture"})") ==
        "payment.waiting_for_capture " + id);
  CHECK(happens(R"({"type":"payment.succeeded"})") == "payment.succeeded " + id);
  const Json pending = kassa.post(
      "/refunds", R"({"payment_id":")" + id + R"(","amount":{"value":"4.00","currency":"RUB"}})");
  CHECK(happens(R"({"type":"refund.succeeded"})") == "refund.succeeded " + *pending.text("id"));
  happens(R"({"type":"refund.succeeded"})");  // a new one, of what is left
  CHECK(kassa.get("/payments/" + id).text("refunded_amount.value") == "10.00");
  const std::string payout =
      *kassa
           .payout(R"({"amount":{"value":"10.00","currency":"RUB"},"payout_destination_data":
                       {"type":"yoo_money","account_number":"41001614575714"}})")
           .text("id");
  kassa.clock.advance(60'000);
  CHECK(kassa.get_payout("/payouts/" + payout).text("status") == "pending");
  CHECK(happens(R"({"type":"payout.canceled","reason":"recipient_not_found"})") ==
        "payout.canceled " + payout);
  CHECK(kassa.get_payout("/payouts/" + payout).text("cancellation_details.reason") ==
        "recipient_not_found");
  const std::string made = happens(R"({"type":"payout.succeeded","amount":1500})");
  CHECK(kassa.get_payout("/payouts/" + made.substr(made.find(' ') + 1)).text("amount.value") ==
        "1500.00");
}

TEST_CASE("kassa: a forged notification changes nothing", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set("{" + k_to + "}");
  const std::string id = kassa.made("10.00");
  kassa.control("event", R"({"type":"payment.forged","status":"succeeded"})");
  CHECK(kassa.told() == Lines{"payment.succeeded " + id});
  CHECK(kassa.status(id) == "pending");
  kassa.control("event", R"({"type":"payment.unknown","amount":"5.00"})");
  const std::string unknown = kassa.told().back();
  CHECK(kassa.status(unknown.substr(unknown.find(' ') + 1)) == "none");
  CHECK(kassa.last.status == 404);
  kassa.control("event", R"({"type":"payout.unknown","status":"canceled"})");
  CHECK(kassa.told().back().starts_with("payout.canceled po-"));
  kassa.control("event", R"({"type":"refund.forged"})");
  CHECK(kassa.last.status == 400);  // there is no refund to forge
  kassa.control("event", R"({"type":"raw","body":"\u0000not json"})");
  CHECK(kassa.last.status == 200);
}

TEST_CASE("kassa: an event goes where it is told, as often as told, and is kept without an address",
          "[mock][kassa]") {
  KassaBench kassa;
  const Json kept = kassa.control("event", R"({"type":"payment.succeeded"})");
  CHECK(kept.boolean("kept") == true);
  CHECK(note_states(kassa) == Lines{"payment.succeeded waiting 0"});
  kassa.set("{" + k_to + R"(,"notify_lose":5,"notify_copies":3,"advance_s":1})");
  kassa.control("deliver", "");
  CHECK(kassa.told().size() == 1);
  const Json said = kassa.control(
      "event", R"({"type":"payment.succeeded","url":"http://127.0.0.1:2/x","times":2})");
  CHECK(said.find("data")->items().size() == 2);
  CHECK(kassa.transport.http_sent["mock"].back().url == "http://127.0.0.1:2/x");
  CHECK(kassa.told().size() == 3);
  kassa.set(R"({"advance_s":3600})");
  kassa.control("deliver", "");
  CHECK(kassa.told().size() == 3);
}

}  // namespace flead::serve::mock::yookassa_tests
