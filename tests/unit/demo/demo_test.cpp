#include "core/demo/demo.h"

#include <set>

#include "core/booking/offer.h"
#include "core/demo/people.h"
#include "core/intake/lead.h"
#include "core/money/pay_account.h"
#include "core/reports/weekly.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::demo {
namespace {

// A past of 20 leads in a store of its own; `now` is TestApp's Monday.
struct DemoPast {
  test::TestApp app;
  ToldClock clock{app.app().world.clock.now() - 4 * 7 * k_day_ms};
  App past{app.store(), World{clock, app.app().world.random}, app.app().config, app.app().key,
           app.app().transport};
  Plan plan;
  Result<Seeded> seeded = internal_error("not yet");

  explicit DemoPast(std::string_view locale) {
    plan.slug = "demo";
    plan.locale = locale;
    plan.leads = 20;
    plan.until = app.app().world.clock.now();
    seeded = seed(past, clock, plan, {});
    if (!seeded) FAIL(seeded.error().code << ": " << seeded.error().message);
  }
};

}  // namespace

TEST_CASE("demo: the past is made of leads that came, were answered, and booked", "[demo]") {
  const auto locale = GENERATE(values<std::string_view>({"en", "ru"}));
  CAPTURE(locale);
  DemoPast demo(locale);
  const TenantId tenant = demo.seeded->tenant.id;

  intake::LeadFilter filter;
  filter.limit = 100;
  const auto leads =
      demo.app.store().read([&](store::Tx& tx) { return intake::list(tx, tenant, filter); });
  REQUIRE(leads);
  CHECK(leads->size() == 20);
  std::size_t answered = 0;
  for (const auto& lead : *leads) {
    CHECK(lead.created_at < demo.plan.until);
    CHECK(lead.created_at >= demo.plan.until - 4 * 7 * k_day_ms);
    if (lead.first_answer_at) {
      ++answered;
      CHECK(*lead.first_answer_at >= lead.created_at);
    }
  }
  CHECK(answered == 20);
  CHECK(demo.seeded->bookings > 0);
}

TEST_CASE("demo: there is a meeting to be paid, with test money alone", "[demo]") {
  DemoPast demo("en");
  const TenantId tenant = demo.seeded->tenant.id;
  const auto account = demo.app.store().read(
      [&](store::Tx& tx) { return money::paying_account(demo.past, tx, tenant); });
  REQUIRE(account);
  REQUIRE(account->has_value());
  CHECK((*account)->provider == "mock");
  CHECK((*account)->test());
  const auto offers =
      demo.app.store().read([&](store::Tx& tx) { return booking::list_offers(tx, tenant); });
  REQUIRE(offers);
  REQUIRE(offers->size() == 2);
  CHECK(offers->front().slug == "consultation");
}

TEST_CASE("demo: nothing of the past happens after the present", "[demo]") {
  DemoPast demo("en");
  const auto due = demo.app.store().read([](store::Tx& tx) { return jobs::next_due(tx); });
  REQUIRE(due);
  // What is still due is work of the future (reminders, retries), never something overdue.
  CHECK((!*due || **due > demo.plan.until));
  CHECK(demo.clock.now() == demo.plan.until);
}

TEST_CASE("demo: people repeat under the same dice, and contacts never do", "[demo]") {
  std::set<std::string> contacts;
  for (std::size_t number = 0; number < 200; ++number) {
    const Visitor a = visitor("ru", number, number * 7919);
    const Visitor b = visitor("ru", number, number * 7919);
    CHECK(a.lead.name == b.lead.name);
    CHECK_FALSE((a.lead.phone.empty() && a.lead.email.empty()));
    if (!a.lead.phone.empty()) CHECK(contacts.insert(a.lead.phone).second);
    if (!a.lead.email.empty()) CHECK(contacts.insert(a.lead.email).second);
  }
}

TEST_CASE("demo: the terminal hears each event once, in order", "[demo]") {
  DemoPast demo("en");
  const TenantId tenant = demo.seeded->tenant.id;
  std::string after;
  std::string last;
  std::size_t heard = 0;
  for (int round = 0; round < 100; ++round) {
    const auto told =
        demo.app.store().read([&](store::Tx& tx) { return told_since(tx, tenant, after); });
    REQUIRE(told);
    if (told->empty()) break;
    for (const Told& line : *told) {
      CHECK(line.event_id > after);
      after = line.event_id;
      last = line.event_id;
      if (line.kind == "lead.created") ++heard;
    }
  }
  CHECK(heard == 20);
  const auto newest =
      demo.app.store().read([&](store::Tx& tx) { return newest_event(tx, tenant); });
  REQUIRE(newest);
  CHECK(*newest == last);
}

TEST_CASE("demo: a told clock never goes back", "[demo]") {
  ToldClock clock(1000);
  clock.set(2000);
  clock.set(1500);
  CHECK(clock.now() == 2000);
}

}  // namespace flead::demo
