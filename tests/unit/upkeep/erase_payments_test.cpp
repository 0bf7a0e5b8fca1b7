// Erasing a person who has paid.
#include <fstream>
#include <iterator>
#include <string>

#include "core/upkeep/backup.h"
#include "core/upkeep/erase.h"
#include "support/lead_help.h"
#include "support/payments.h"

namespace flead::test {

TEST_CASE("erase: payments stay as amounts, and what is owed can still be given back",
          "[upkeep][erase][money]") {
  TestApp app;
  const auto shop = add_shop(app);
  const LeadId lead(post_lead(app, R"("name":"Secretname","phone":"+79160000001")"));
  money::NewPayment input;
  input.lead = lead;
  input.text = "Talk with Secretname";
  const money::Payment payment = paid_payment(app, shop, input);
  const std::string prepaid = "liabilities:prepaid:" + lead.text();
  const std::string due = "liabilities:refunds:" + lead.text();
  const money::Refund part = add_refund(app, payment, 50000);
  const auto reply =
      app.request("POST", "/hooks/yookassa/" + shop.id.text(),
                  R"({"type":"notification","event":"payment.succeeded","object":{"id":")" +
                      std::string(k_kassa_id) + R"(","payment_method":{"title":"Card *4477"}}})",
                  "-");
  REQUIRE(reply.status == 200);
  REQUIRE(ledger_balance(app, prepaid) == -100000);

  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), lead, "r1"));
  const money::Payment then = payment_now(app, payment);
  CHECK_FALSE(then.lead.has_value());
  CHECK(then.text.empty());
  CHECK(then.method.empty());
  CHECK(then.amount == payment.amount);
  CHECK(refunds_now(app, payment).at(0).why.empty());
  CHECK(count_rows(app, "pay_notices") == 0);
  CHECK(ledger_balance(app, prepaid) == -100000);
  check_ledger(app);

  // The refund that was under way arrives, and the rest can follow.
  kassa_says(app, 200, kassa_refund(part, "succeeded", "500.00"));
  app.run_jobs();
  const money::Refund rest = add_refund(app, payment, 100000);
  kassa_says(app, 200, kassa_refund(rest, "succeeded", "1000.00", "r2"));
  app.run_jobs();
  CHECK(payment_now(app, payment).refunded_minor == 150000);
  CHECK(ledger_balance(app, prepaid) == 0);
  CHECK(ledger_balance(app, due) == 0);
  CHECK(ledger_balance(app, "assets:provider:yookassa") == 0);
  check_ledger(app);
  upkeep::BackupPlan plan;
  plan.out = app.dir() + "/backup.db";
  const auto copy = upkeep::make_backup(app.app(), plan);
  REQUIRE(copy);
  std::ifstream file(copy->file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(bytes.find("Secretname") == std::string::npos);
  CHECK(bytes.find("4477") == std::string::npos);
}

TEST_CASE("erase: a payment that is not paid yet still arrives", "[upkeep][erase][money]") {
  TestApp app;
  const auto shop = add_shop(app, Json::object({{"receipts", true}}));
  const LeadId lead(post_lead(app, R"("phone":"+79160000001")"));
  money::NewPayment input;
  input.lead = lead;
  const money::Payment payment = add_payment(app, shop, input);
  kassa_says(app, 200, kassa_payment(payment, {}));
  app.run_jobs();
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), lead, ""));
  Kassa paid;
  paid.status = "succeeded";
  kassa_says(app, 200, kassa_payment(payment, paid));
  app.advance(std::chrono::seconds(20));
  app.run_jobs();
  CHECK(payment_now(app, payment).state == "succeeded");
  CHECK(ledger_balance(app, "liabilities:prepaid:" + lead.text()) == -150000);
}

}  // namespace flead::test
