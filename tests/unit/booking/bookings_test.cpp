#include <string>

#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::booking {
namespace {

using test::add_host;
using test::add_lead;
using test::TestApp;

TimeMs moment(std::string_view time) {
  return parse_time(time).value();
}

Result<Booking> hold_at(TestApp& app, std::string_view time, std::int64_t for_ms = 60000) {
  NewHold input;
  input.starts_at = moment(time);
  input.for_ms = for_ms;
  return app.store().write([&](store::Tx& tx) { return hold(app.app(), tx, app.tenant(), input); });
}

Result<Booking> book_at(TestApp& app, const std::string& lead, std::string_view time) {
  NewBooking input;
  input.starts_at = moment(time);
  input.lead = LeadId(lead);
  return app.store().write([&](store::Tx& tx) { return book(app.app(), tx, app.tenant(), input); });
}

Result<Booking> take(TestApp& app, const std::string& lead, const BookingId& held) {
  NewBooking input;
  input.lead = LeadId(lead);
  input.hold = held;
  return app.store().write([&](store::Tx& tx) { return book(app.app(), tx, app.tenant(), input); });
}

CheckReport check_now(TestApp& app) {
  const auto report =
      app.store().read([&](store::Tx& tx) { return check(app.world(), tx, app.tenant()); });
  REQUIRE(report);
  return *report;
}

int problems(const CheckReport& report, std::string_view code = "") {
  int count = 0;
  for (const auto& finding : report.findings) {
    count += finding.problem && (code.empty() || finding.code == code) ? 1 : 0;
  }
  return count;
}

// Past the product: what a broken writer or a hand with a shell could have left.
void spoil(TestApp& app, const std::string& statement) {
  const auto done = app.store().write([&](store::Tx& tx) { return tx.exec(statement); });
  REQUIRE(done);
}

}  // namespace

TEST_CASE("booking: a hold keeps its seat until it lapses", "[booking]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const auto held = hold_at(app, test::k_first_slot, 75 * k_minute_ms);
  REQUIRE(held);
  CHECK(held->state == State::held);
  CHECK(held->held_until == app.world().clock.now() + 75 * k_minute_ms);
  CHECK(book_at(app, lead, test::k_first_slot).error().code == "slot_taken");
  app.advance(std::chrono::minutes(75));
  CHECK(book_at(app, lead, test::k_first_slot));
  CHECK(take(app, lead, held->id).error().code == "hold_lapsed");
  CHECK(problems(check_now(app)) == 0);
}

TEST_CASE("booking: a hold becomes the booking of who takes it over", "[booking]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const auto held = hold_at(app, test::k_first_slot);
  REQUIRE(held);
  const auto made = take(app, lead, held->id);
  REQUIRE(made);
  CHECK(made->id == held->id);
  CHECK(made->state == State::confirmed);
  CHECK(made->lead == LeadId(lead));
  CHECK_FALSE(made->held_until);
  CHECK(take(app, lead, held->id).error().code == "booking_state");
  app.advance(std::chrono::hours(1));
  CHECK(hold_at(app, test::k_first_slot).error().code == "slot_taken");
}

TEST_CASE("booking: a hold has a sensible length", "[booking]") {
  TestApp app;
  add_host(app);
  const auto length = GENERATE(values<std::int64_t>({-1, 0, 59999, k_hold_ms_max + 1, INT64_MAX}));
  CHECK(hold_at(app, test::k_first_slot, length).error().code == "hold_invalid");
}

TEST_CASE("booking: the same rules added twice change nothing", "[booking]") {
  TestApp app;
  const auto first = add_host(app);
  CHECK(first.host_made);
  CHECK(first.offer_made);
  CHECK(first.rules_made == 7);
  const auto second = add_host(app);
  CHECK_FALSE(second.host_made);
  CHECK_FALSE(second.offer_made);
  CHECK(second.rules_made == 0);
  CHECK(second.rules.size() == 7);
  CHECK(second.offer.id == first.offer.id);
}

TEST_CASE("booking: windows for every offer hold where an offer has none of its own", "[booking]") {
  TestApp app;
  auto rules = test::plain_rules();
  rules.offer = "own";
  rules.weekly = "mon 10:00-12:00";
  add_host(app, rules);
  const auto edit = [&](std::string_view slug, std::int64_t length_min) {
    OfferEdit terms;
    terms.length_min = length_min;
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return add_offer(app.world(), tx, app.tenant(), "me", slug, terms);
    }));
  };
  edit("short", 30);
  edit("long", 120);
  NewRules every;
  every.host = "me";
  every.every_offer = true;
  every.weekly = "tue 10:00-12:00";
  const auto add = [&](const NewRules& input) {
    return app.store().write(
        [&](store::Tx& tx) { return add_rules(app.world(), tx, app.tenant(), input); });
  };
  const auto made = add(every);
  REQUIRE(made);
  CHECK(made->every_offer());
  CHECK(made->rules_made == 1);
  CHECK(add(every)->rules_made == 0);
  const auto starts = [&](std::string_view slug) {
    const auto found = app.store().read([&](store::Tx& tx) -> Result<FreeSlots> {
      FLEAD_TRY(const auto offer, find_offer(tx, app.tenant().id, slug));
      return list_free(app.world(), tx, offer, moment("2026-01-12"), moment("2026-01-19"), 100);
    });
    REQUIRE(found);
    return found->slots.size();
  };
  CHECK(starts("own") == 4);  // Monday's, and not Tuesday's
  CHECK(starts("short") == 4);
  CHECK(starts("long") == 1);
  CHECK(problems(check_now(app)) == 0);

  SECTION("windows of its own put them aside, and without these they are back") {
    NewRules own;
    own.host = "me";
    own.offer = "short";
    own.weekly = "wed 10:00-11:00";
    const auto added = add(own);
    REQUIRE(added);
    CHECK(starts("short") == 2);
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return remove_rule(tx, app.tenant().id, added->rules.front().id); }));
    CHECK(starts("short") == 4);
  }
  SECTION("they overlap each other no more than an offer's do, and change no terms") {
    every.weekly = "tue 11:00-13:00";
    CHECK(add(every).error().code == "window_overlap");
    every.length_min = 30;
    CHECK(add(every).error().code == "terms_of_offer");
    every.length_min.reset();
    every.offer = "short";
    CHECK(add(every).error().code == "terms_of_offer");
  }
  SECTION("they are listed without an offer") {
    const auto listed =
        app.store().read([&](store::Tx& tx) { return list_rules(tx, app.tenant().id, "me", ""); });
    REQUIRE(listed);
    const auto without =
        std::count_if(listed->begin(), listed->end(), [](const Rule& rule) { return !rule.offer; });
    CHECK(without == 1);
  }
}

TEST_CASE("booking: rules that cannot be are refused and leave nothing behind", "[booking]") {
  TestApp app;
  auto rules = test::plain_rules();
  std::string code;
  SECTION("overlap with stored windows") {
    add_host(app);
    rules.weekly = "mon 11:30-13:00";
    code = "window_overlap";
  }
  SECTION("unknown zone") {
    rules.zone = "Mars/Base";
    code = "zone_unknown";
  }
  SECTION("window shorter than a slot") {
    rules.length_min = 121;
    code = "window_too_short";
  }
  SECTION("no length") {
    rules.length_min = 0;
    code = "terms_invalid";
  }
  SECTION("too many seats") {
    rules.seats = k_seats_max + 1;
    code = "terms_invalid";
  }
  SECTION("odd name of a host") {
    rules.host = "Me!";
    code = "slug_invalid";
  }
  SECTION("empty name of an offer") {
    rules.offer = "";
    code = "slug_invalid";
  }
  SECTION("no e-mail") {
    rules.email = "me";
    code = "email_invalid";
  }
  SECTION("bad text") {
    rules.host_name = "\xff";
    code = "text_invalid";
  }
  const auto made = app.store().write(
      [&](store::Tx& tx) { return add_rules(app.world(), tx, app.tenant(), rules); });
  REQUIRE_FALSE(made);
  CHECK(made.error().code == code);
  const auto hosts =
      app.store().read([&](store::Tx& tx) { return list_rules(tx, app.tenant().id, "", ""); });
  REQUIRE(hosts);
  CHECK(hosts->size() == (code == "window_overlap" ? 7 : 0));
}

TEST_CASE("booking: an exception closes a day or opens other hours", "[booking]") {
  TestApp app;
  add_host(app);
  const auto add = [&](Date date, std::string open) {
    NewException input;
    input.date = date;
    input.open = std::move(open);
    return app.store().write(
        [&](store::Tx& tx) { return add_exception(app.world(), tx, app.tenant().id, input); });
  };
  REQUIRE(add({2026, 1, 6}, ""));
  REQUIRE(add({2026, 1, 7}, "15:00-16:00,18:00-18:30"));
  CHECK(add({2026, 1, 6}, "")->size() == 1);  // the same again
  CHECK(add({2026, 1, 6}, "10:00-11:00").error().code == "exception_exists");
  CHECK(add({2026, 1, 8}, "11-10").error().code == "weekly_invalid");
  const auto slots = app.store().read([&](store::Tx& tx) -> Result<FreeSlots> {
    FLEAD_TRY(const auto offer, find_offer(tx, app.tenant().id, ""));
    return list_free(app.world(), tx, offer, moment("2026-01-06"), moment("2026-01-08"), 100);
  });
  REQUIRE(slots);
  REQUIRE(slots->slots.size() == 3);
  CHECK(slots->slots[0].starts_at == moment("2026-01-07T12:00Z"));
  CHECK(slots->slots[2].starts_at == moment("2026-01-07T15:00Z"));
  const auto removed = app.store().write([&](store::Tx& tx) {
    return remove_exception(tx, app.tenant().id, "me", {2026, 1, 7});
  });
  REQUIRE(removed);
  CHECK(removed->size() == 2);
}

TEST_CASE("booking: slot check finds nothing in an honest store", "[booking]") {
  TestApp app;
  auto rules = test::plain_rules();
  rules.seats = 2;
  add_host(app, rules);
  REQUIRE(book_at(app, add_lead(app, 1), test::k_first_slot));
  REQUIRE(book_at(app, add_lead(app, 2), test::k_first_slot));
  REQUIRE(hold_at(app, test::k_second_slot));
  const auto report = check_now(app);
  CHECK(problems(report) == 0);
  CHECK(report.hosts == 1);
  CHECK(report.rules == 7);
  CHECK(report.bookings == 3);
}

TEST_CASE("booking: slot check finds what should never be", "[booking]") {
  TestApp app;
  add_host(app);
  const auto one = book_at(app, add_lead(app, 1), test::k_first_slot);
  const auto two = book_at(app, add_lead(app, 2), test::k_second_slot);
  REQUIRE(one);
  REQUIRE(two);
  const std::string of_two = " WHERE id = '" + two->id.text() + "'";
  SECTION("two in a slot of one") {
    spoil(app, "UPDATE bookings SET starts_at_ms = " + std::to_string(one->starts_at) +
                   ", ends_at_ms = " + std::to_string(one->ends_at) +
                   ", busy_until_ms = " + std::to_string(one->busy_until) + of_two);
    CHECK(problems(check_now(app), "seats") == 1);
  }
  SECTION("two that overlap") {
    spoil(app, "UPDATE bookings SET starts_at_ms = starts_at_ms - 60000" + of_two);
    CHECK(problems(check_now(app), "overlap") == 1);
  }
  SECTION("an offer of another host") {
    auto rules = test::plain_rules();
    rules.host = "other";
    const auto other = add_host(app, rules);
    spoil(app, "UPDATE bookings SET host_id = '" + other.host.id.text() + "'" + of_two);
    CHECK(problems(check_now(app), "orphan") == 1);
  }
  SECTION("a booking that never ends") {
    spoil(app, "UPDATE bookings SET busy_until_ms = busy_until_ms + 400000000" + of_two);
    CHECK(problems(check_now(app), "span") == 1);
  }
  SECTION("windows that have changed since are only worth a look") {
    spoil(app, "DELETE FROM slot_rules");
    const auto report = check_now(app);
    CHECK(problems(report) == 0);
    CHECK(report.findings.size() == 2);
    CHECK(report.findings[0].code == "outside_windows");
  }
}

TEST_CASE("booking: slot check tells of nights when the clock changes", "[booking]") {
  TestApp app;
  auto rules = test::plain_rules();
  rules.zone = "Europe/Berlin";
  rules.weekly = "sun 01:00-04:00";
  rules.horizon_days = 366;
  add_host(app, rules);
  const auto report = check_now(app);
  CHECK(problems(report) == 2);
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].code == "dst_gap");
  CHECK_THAT(report.findings[0].message, ContainsSubstring("2026-03-29"));
  CHECK(report.findings[1].code == "dst_repeat");
  CHECK_THAT(report.findings[1].message, ContainsSubstring("2026-10-25"));

  NewException decided;
  decided.date = {2026, 3, 29};
  decided.open = "03:00-04:00";
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return add_exception(app.world(), tx, app.tenant().id, decided); }));
  const auto after = check_now(app);
  REQUIRE(after.findings.size() == 1);
  CHECK(after.findings[0].code == "dst_repeat");
}

}  // namespace flead::booking
