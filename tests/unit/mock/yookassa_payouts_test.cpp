// YooKassa's double: payouts, their limits and the gateway's balance.
#include <string>

#include "support/kassa.h"

namespace flead::serve::mock::yookassa_tests {

using test::KassaBench;

namespace {

constexpr std::string_view k_wallet =
    R"("payout_destination_data":{"type":"yoo_money","account_number":"41001614575714"})";
constexpr std::string_view k_sbp =
    R"("payout_destination_data":{"type":"sbp","phone":"79000000000","bank_id":"100000000111"})";

std::string payout_body(const std::string& sum, std::string_view to, const std::string& more = {}) {
  return R"({"amount":{"value":")" + sum + R"(","currency":"RUB"},)" + std::string(to) + more + "}";
}

}  // namespace

TEST_CASE("kassa: a payout takes from the balance and arrives a moment later", "[mock][kassa]") {
  KassaBench kassa;
  kassa.set(R"({"balance":"100.00","notify_url":"http://127.0.0.1:1/h","notify_delay_ms":0})");
  const Json made =
      kassa.payout(payout_body("60.00", k_sbp, R"(,"metadata":{"expert":"e1"},"description":"d")"));
  CHECK(made.text("status") == "pending");
  CHECK(made.boolean("payout_destination.recipient_checked") == false);
  CHECK(kassa.get_payout("/me").text("payout_balance.value") == "40.00");
  const std::string id = *made.text("id");
  kassa.clock.advance(1000);
  const Json done = kassa.get_payout("/payouts/" + id);
  CHECK(done.text("status") == "succeeded");
  CHECK(done.text("succeeded_at") == "2026-01-05T09:00:01.000Z");
  CHECK(done.boolean("test") == true);
  kassa.control("deliver", "");
  CHECK(kassa.told() == std::vector<std::string>{"payout.succeeded " + id});
  kassa.get_payout("/payouts/nobody");
  CHECK(kassa.last.status == 404);
}

TEST_CASE("kassa: a payout that cannot be is canceled with its reason", "[mock][kassa]") {
  KassaBench kassa;
  const auto reason = [&](const std::string& body) {
    const Json said = kassa.payout(body);
    CHECK(said.text("status") == "canceled");
    return said.text("cancellation_details.reason").value_or("none");
  };
  SECTION("the balance") {
    kassa.set(R"({"balance":"59.99"})");
    CHECK(reason(payout_body("60.00", k_sbp)) == "insufficient_funds");
    CHECK(kassa.get_payout("/me").text("payout_balance.value") == "59.99");
  }
  SECTION("the wallet of the provider's own tests") {
    CHECK(reason(payout_body("60.00", R"("payout_destination_data":
      {"type":"yoo_money","account_number":"410011806060766"})")) == "insufficient_funds");
  }
  SECTION("of one payout") {
    kassa.set(R"({"balance":"9000000.00"})");
    CHECK(reason(payout_body("500000.01", k_sbp)) == "one_time_limit_exceeded");
    CHECK(reason(payout_body("0.99", k_wallet)) == "one_time_limit_exceeded");
    kassa.set(R"({"limit_answer":"refused"})");
    CHECK(kassa.payout(payout_body("0.99", k_wallet)).text("parameter") == "amount.value");
  }
  SECTION("of a month and a day, for each recipient") {
    kassa.set(
        R"({"balance":"9000000.00","limits":{"sbp":{"day":2},"yoo_money":{"month":"100.00"}}})");
    kassa.payout(payout_body("60.00", k_wallet));
    CHECK(reason(payout_body("40.01", k_wallet)) == "periodic_limit_exceeded");
    CHECK(kassa.payout(payout_body("40.00", k_wallet)).text("status") == "pending");
    kassa.payout(payout_body("1.00", k_sbp));
    kassa.payout(payout_body("1.00", k_sbp));
    CHECK(reason(payout_body("1.00", k_sbp)) == "periodic_limit_exceeded");
    kassa.set(R"({"advance_s":86400})");
    CHECK(kassa.payout(payout_body("1.00", k_sbp)).text("status") == "pending");
  }
  SECTION("whatever the test wants, with the money back") {
    kassa.set(R"({"payout":"recipient_not_found","balance":"100.00"})");
    const std::string id = *kassa.payout(payout_body("60.00", k_sbp)).text("id");
    kassa.clock.advance(1000);
    const Json done = kassa.get_payout("/payouts/" + id);
    CHECK(done.text("cancellation_details.reason") == "recipient_not_found");
    CHECK(done.text("cancellation_details.party") == "payout_network");
    CHECK(kassa.get_payout("/me").text("payout_balance.value") == "100.00");
  }
}

TEST_CASE("kassa: a payout without a right destination is refused", "[mock][kassa]") {
  KassaBench kassa;
  struct Case {
    std::string to;
    int status;
    std::string parameter;
  };
  const std::string data = "\"payout_destination_data\":";
  const auto one = GENERATE_COPY(values<Case>({
      {data + R"({"type":"pigeon"})", 400, "payout_destination_data.type"},
      {data + "{}", 400, "payout_destination_data.type"},
      {R"("x":1)", 400, "payout_destination_data"},
      {std::string(k_sbp) + R"(,"payout_token":"t")", 400, "payout_destination_data"},
      {data + R"({"type":"sbp","phone":"+7900","bank_id":"100000000111"})", 400,
       "payout_destination_data.phone"},
      {data + R"({"type":"sbp","phone":"79000000000","bank_id":"7"})", 400,
       "payout_destination_data.bank_id"},
      {data + R"({"type":"yoo_money","account_number":"4100"})", 400,
       "payout_destination_data.account_number"},
      {data + R"({"type":"bank_card","card":{"number":"5555555555554477"}})", 403, ""},
      {R"("payment_method_id":"nobody")", 400, "payment_method_id"},
      {std::string(k_sbp) + R"(,"metadata":{"a":1})", 400, "metadata.a"},
  }));
  CAPTURE(one.to);
  const Json said = kassa.payout(payout_body("60.00", one.to));
  CHECK(kassa.last.status == one.status);
  CHECK(said.text("parameter").value_or("") == one.parameter);
}

TEST_CASE("kassa: a card is paid to by a token, or by its number where that is allowed",
          "[mock][kassa]") {
  KassaBench kassa;
  const Json by_token = kassa.payout(payout_body("60.00", R"("payout_token":"pt-1")"));
  CHECK(by_token.text("payout_destination.type") == "bank_card");
  CHECK(by_token.text("payout_destination.card.last4") == "4477");
  kassa.set(R"({"card_payouts":true})");
  const std::string number = R"("payout_destination_data":{"type":"bank_card",
                                "card":{"number":"5555555555554477"}})";
  CHECK(kassa.payout(payout_body("60.00", number)).text("status") == "pending");
  CHECK_THAT(kassa.set("{}").dump(), !ContainsSubstring("5555555555554477"));
  kassa.payout(payout_body("60.00", number.substr(0, number.size() - 3) + "x\"}}"));
  CHECK(kassa.last.status == 400);
  kassa.set(R"({"payouts_enabled":false})");
  kassa.payout(payout_body("60.00", k_sbp));
  CHECK(kassa.last.status == 403);
}

TEST_CASE("kassa: payouts are listed, and found by one pair of metadata", "[mock][kassa]") {
  KassaBench kassa;
  kassa.payout(payout_body("1.00", k_sbp, R"(,"metadata":{"row":"p1","attempt.no":"1"})"));
  kassa.payout(payout_body("2.00", k_wallet, R"(,"metadata":{"row":"p2"})"));
  kassa.clock.advance(1000);
  const auto sums = [&](const std::string& path) {
    std::string out;
    const Json said = kassa.get_payout(path);
    if (said.find("items") == nullptr) return std::string("refused");
    for (const Json& one : said.find("items")->items()) {
      out += one.text("amount.value").value_or("") + " ";
    }
    return out;
  };
  CHECK(sums("/payouts") == "2.00 1.00 ");
  CHECK(sums("/payouts?payout_destination.type=sbp") == "1.00 ");
  CHECK(sums("/payouts?status=succeeded&succeeded_at.gte=2026-01-05T09:00:00Z") == "2.00 1.00 ");
  CHECK(sums("/payouts?status=pending") == "");
  CHECK(sums("/payouts/search?metadata%5Brow%5D=p1") == "1.00 ");
  CHECK(sums("/payouts/search?metadata[attempt.no]=1") == "1.00 ");
  CHECK(sums("/payouts/search?metadata[row]=p3") == "");
  CHECK(sums("/payouts/search") == "refused");
  CHECK(sums("/payouts/search?metadata[row]=p1&metadata[x]=y") == "refused");
  kassa.set(R"({"advance_s":7776001})");  // three months
  CHECK(sums("/payouts/search?metadata[row]=p1") == "");
  CHECK(sums("/payouts") == "2.00 1.00 ");
}

TEST_CASE("kassa: names that were told before let a recipient be checked", "[mock][kassa]") {
  KassaBench kassa;
  const auto tell = [&](const std::string& body) {
    return kassa.ask("POST", "/personal_data", body, kassa.next_key(), kassa.gateway);
  };
  const Json told = tell(R"({"type":"sbp_payout_recipient","last_name":"Иванова-Петрова",
                             "first_name":"Анна Мария","metadata":{"expert":"e1"}})");
  CHECK(told.text("status") == "waiting_for_operation");
  const std::string id = *told.text("id");
  const std::string with = R"(,"personal_data":[{"id":")" + id + "\"}]";
  CHECK(kassa.payout(payout_body("60.00", k_sbp, with))
            .boolean("payout_destination.recipient_checked") == true);
  CHECK(kassa.get_payout("/personal_data/" + id).text("status") == "active");
  CHECK_THAT(kassa.set("{}").dump(), !ContainsSubstring("Иванова"));
  CHECK(kassa.payout(payout_body("60.00", k_sbp, R"(,"personal_data":[{"id":"nobody"}])"))
            .text("parameter") == "personal_data");
  CHECK(kassa.payout(payout_body("60.00", k_sbp, R"(,"personal_data":[])")).text("parameter") ==
        "personal_data");
  CHECK(tell(R"({"type":"friend"})").text("parameter") == "type");
  CHECK(tell(R"({"type":"sbp_payout_recipient","first_name":"A"})").text("parameter") ==
        "last_name");
  CHECK(tell(R"({"type":"sbp_payout_recipient","last_name":"B2","first_name":"A"})")
            .text("parameter") == "last_name");
  CHECK(tell(R"({"type":"payout_statement_recipient","last_name":"B","first_name":"A"})")
            .text("parameter") == "birthdate");
  kassa.get_payout("/personal_data/nobody");
  CHECK(kassa.last.status == 404);
}

TEST_CASE("kassa: banks of SBP are listed by descending ids", "[mock][kassa]") {
  KassaBench kassa;
  const Json banks = kassa.get_payout("/sbp_banks");
  REQUIRE(banks.find("items")->items().size() >= 2);
  std::string last = "999999999999";
  for (const Json& bank : banks.find("items")->items()) {
    CHECK(bank.text("bank_id").value_or("") < last);
    last = bank.text("bank_id").value_or("");
    CHECK(last.size() == 12);
    CHECK(bank.text("bic")->size() == 9);
  }
}

}  // namespace flead::serve::mock::yookassa_tests
