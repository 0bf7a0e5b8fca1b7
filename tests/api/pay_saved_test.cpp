// Kept means of payment on the pages: the box that nobody has ticked for the payer, and the page of
// one's meetings, where a kept card pays and is removed.
#include <string>

#include "core/booking/pass.h"
#include "core/money/saved_method.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/pay_shop.h"
#include "support/temp_dir.h"
#include "support/test_app.h"

namespace flead::pay_saved_test {
namespace {

using test::count_rows;
using test::Shop;
using test::visit_page;

std::string location_of(const http::Reply& reply) {
  for (const auto& [key, value] : reply.headers) {
    if (key == "location") return value;
  }
  return {};
}

struct SavingShop : Shop {
  SavingShop() { set("payment.save_methods", "true"); }

  std::string body(const std::string& state, const std::string& id) {
    Json out = *parse_json(object(state, id));
    out.set("id", "kassa-" + id);
    out.set("payment_method",
            Json::object({{"type", "bank_card"},
                          {"id", "22e12f66-000f-5000-8000-18db351245c7"},
                          {"saved", true},
                          {"card", Json::object({{"last4", "4477"}, {"card_type", "Mir"}})}}));
    return out.dump();
  }
  std::string path(const money::Payment& payment) { return "/pay/" + payment.token; }
  http::Reply mine(const std::string& target, const std::optional<std::string>& form = {},
                   const std::string& whose = {}) {
    const std::string pass =
        booking::make_pass(app.app().key, booking::PassKind::person_session,
                           whose.empty() ? lead : whose, 0, app.clock().now() + k_day_ms);
    http::Headers headers = {
        {"accept", "text/html"}, {"accept-language", "en"}, {"cookie", "flead_me=" + pass}};
    if (form) headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    return app.request(form ? "POST" : "GET", target, form.value_or(""), "-", headers);
  }
  std::string keep() {
    const Json booking = book();
    const money::Payment made = payment(booking);
    REQUIRE(visit_page(app, path(made), "do=go&save=1").status == 303);
    run(body("succeeded", made.id.text()));
    const auto kept = app.store().read(
        [&](store::Tx& tx) { return money::list_saved_methods(tx, app.tenant().id, lead); });
    REQUIRE(kept->size() == 1);
    return kept->front().id.text();
  }
};

}  // namespace

TEST_CASE("pay: the payer is asked whether the card may be kept, with a box that is not ticked",
          "[pay][api]") {
  SavingShop shop;
  const Json booking = shop.book();
  const money::Payment made = shop.payment(booking);
  shop.app.run_jobs();
  CHECK(shop.app.sent("yookassa").empty());
  const auto page = visit_page(shop.app, shop.path(made));
  REQUIRE(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("type=\"checkbox\" name=\"save\" value=\"1\">"));
  CHECK_THAT(page.body, !ContainsSubstring("checked"));
  CHECK_THAT(page.body, ContainsSubstring("may keep this way to pay"));
  const bool agrees = GENERATE(false, true);
  const auto sent = visit_page(shop.app, shop.path(made), agrees ? "do=go&save=1" : "do=go");
  CHECK(sent.status == 303);
  CHECK(location_of(sent) == shop.path(made));
  shop.run(shop.body("pending", made.id.text()));
  const Json request = *parse_json(shop.app.sent("yookassa").front().body);
  CHECK(request.boolean("save_payment_method").has_value() == agrees);
  // The words that were shown are the proof.
  CHECK(count_rows(shop.app.store(),
                   "payments WHERE saving_words LIKE '%may keep this way to pay%'") ==
        (agrees ? 1 : 0));
  // On to the provider, and no second question.
  CHECK_THAT(visit_page(shop.app, shop.path(made)).body, !ContainsSubstring("checkbox"));
}

TEST_CASE("pay: nobody is asked unless the tenant wants it", "[pay][api]") {
  Shop shop;
  const Json booking = shop.book_pending();
  CHECK_THAT(visit_page(shop.app, "/pay/" + shop.payment(booking).token).body,
             !ContainsSubstring("checkbox"));
}

TEST_CASE("pay: a kept card pays from the page of one's meetings, and from no other",
          "[pay][api]") {
  SavingShop shop;
  const std::string method = shop.keep();
  const Json booking = shop.book(test::k_second_slot);
  const money::Payment made = shop.payment(booking);
  // Whoever has the link of a payment may be anybody.
  CHECK_THAT(visit_page(shop.app, shop.path(made)).body, !ContainsSubstring("4477"));
  const auto page = shop.mine("/me/acme");
  REQUIRE(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("Pay by Mir *4477"));
  const std::string form = "do=pay&method=" + method + "&payment=" + made.id.text();
  CHECK(visit_page(shop.app, "/me/acme/methods", form).status == 401);
  const std::string other = test::add_lead(shop.app, 2);
  CHECK(shop.mine("/me/acme/methods", form, other).status == 404);
  CHECK(shop.mine("/me/acme/methods", "do=nothing&method=" + method).status == 422);
  const auto paid = shop.mine("/me/acme/methods", form);
  CHECK(paid.status == 303);
  CHECK(location_of(paid) == shop.path(made) + "?back=1");
  shop.answer(shop.body("succeeded", made.id.text()));
  shop.app.run_jobs();
  CHECK(shop.state(booking) == "confirmed");
  CHECK(parse_json(shop.app.sent("yookassa").back().body)->text("payment_method_id") ==
        "22e12f66-000f-5000-8000-18db351245c7");
  CHECK(shop.mine("/me/acme/methods", form).status == 409);  // once
}

TEST_CASE("pay: a kept card is removed by its person", "[pay][api]") {
  SavingShop shop;
  const std::string method = shop.keep();
  CHECK_THAT(shop.mine("/me/acme").body, ContainsSubstring("Mir *4477"));
  const std::string form = "do=forget&method=" + method;
  CHECK(shop.mine("/me/acme/methods", form, test::add_lead(shop.app, 2)).status == 404);
  CHECK(shop.mine("/me/acme/methods", form).status == 303);
  CHECK_THAT(shop.mine("/me/acme").body, !ContainsSubstring("4477"));
  CHECK(shop.mine("/me/acme/methods", form).status == 409);
}

}  // namespace flead::pay_saved_test
