// Requests: asked for, decided by the host's link, or ended by time.
#include <chrono>
#include <string>

#include "core/booking/request.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/outbox.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_host;
using test::k_first_slot;
using test::TestApp;
using test::visit_page;

Json ask_for_meeting(TestApp& app, int number = 1) {
  const std::string lead = test::add_lead(app, number, "anna@example.ru");
  const auto reply = app.post("/api/v1/bookings",
                              R"({"status":"requested","lead":")" + lead + R"(","starts_at":")" +
                                  std::string(k_first_slot) + "\"}",
                              app.token(tenants::Role::operator_));
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  return app.body_of(reply);
}

TestApp& with_mail(TestApp& app) {
  booking::NewRules rules = test::plain_rules();
  rules.email = "host@acme.test";
  add_host(app, rules);
  channels::add_email(app);
  return app;
}

std::int64_t messages_to(TestApp& app, const std::string& name, const std::string& address) {
  return app.store()
      .read([&](store::Tx& tx) {
        return tx.one(
            "SELECT COUNT(*) FROM messages WHERE template = $1 AND address = $2",
            [](const store::Row& row) { return row.integer(0); }, name, address);
      })
      .value();
}

std::string decision_path(TestApp& app, const Json& booking) {
  return "/r/" +
         booking::make_decision_token(app.app().key, BookingId(booking.text("id").value_or("")));
}

std::string request_state(TestApp& app, const Json& booking) {
  return app
      .body_of(app.get("/api/v1/bookings/" + booking.text("id").value_or(""),
                       app.token(tenants::Role::viewer)))
      .text("status")
      .value_or("");
}

}  // namespace

TEST_CASE("booking: both sides hear of a request, and the host's link decides", "[requests][api]") {
  TestApp app;
  with_mail(app);
  const Json booking = ask_for_meeting(app);
  CHECK(messages_to(app, "booking.requested", "anna@example.ru") == 1);
  CHECK(messages_to(app, "operator.request", "host@acme.test") == 1);
  const std::string path = decision_path(app, booking);
  const auto page = visit_page(app, path);
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("A meeting was asked for"));
  CHECK_THAT(page.body, ContainsSubstring("anna@example.ru"));
  CHECK(request_state(app, booking) == "requested");  // a GET decides nothing
  CHECK(visit_page(app, path, "do=perhaps").status == 422);
  CHECK(visit_page(app, path, "").status == 422);
  const bool accepted = GENERATE(true, false);
  if (accepted) {
    CHECK_THAT(visit_page(app, path, "do=accept").body,
               ContainsSubstring("The meeting is confirmed"));
    CHECK(request_state(app, booking) == "confirmed");
    CHECK(messages_to(app, "booking.confirmed", "anna@example.ru") == 1);
    CHECK(messages_to(app, "operator.booking", "host@acme.test") == 0);  // their own word
    CHECK(visit_page(app, path, "do=accept").status == 200);             // said twice
    CHECK(visit_page(app, path, "do=decline").status == 409);
  } else {
    CHECK(visit_page(app, path, "do=decline&reason=On+leave").status == 200);
    CHECK(request_state(app, booking) == "declined");
    CHECK(messages_to(app, "booking.declined", "anna@example.ru") == 1);
    CHECK(visit_page(app, path, "do=accept").status == 409);
  }
}

TEST_CASE("booking: the host hears of what others do with their time", "[requests][api]") {
  TestApp app;
  with_mail(app);
  const bool wanted = GENERATE(true, false);
  if (!wanted) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return tenants::set_setting(app.world(), tx, app.tenant().id, "host.notify", "false");
    }));
  }
  const auto told = [&] { return messages_to(app, "operator.booking", "host@acme.test"); };
  const std::string lead = test::add_lead(app, 1, "anna@example.ru");
  const Json booking = app.body_of(test::post_booking(app, lead, k_first_slot));
  CHECK(told() == (wanted ? 1 : 0));
  const std::string mine = *booking.text("manage_url");
  const std::string path = mine.substr(std::string("http://flead.test").size());
  REQUIRE(app.post("/api/v1/bookings/" + *booking.text("id") + "/move",
                   R"({"starts_at":"2026-01-06T08:00:00Z"})", app.token(tenants::Role::operator_))
              .status == 200);
  CHECK(told() == (wanted ? 2 : 0));
  REQUIRE(visit_page(app, path + "/cancel", "reason=I+am+ill").status < 400);
  REQUIRE(request_state(app, booking) == "cancelled");
  CHECK(told() == (wanted ? 3 : 0));
  if (!wanted) return;
  const auto all = app.store().read([](store::Tx& tx) {
    return tx.all(
        "SELECT subject || body_text FROM messages WHERE template = 'operator.booking' "
        "ORDER BY id",
        [](const store::Row& row) { return row.string(0); });
  });
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  const std::string shown = "flead booking show " + *booking.text("id");
  CHECK_THAT(all->at(0), ContainsSubstring("Новая встреча: ") && ContainsSubstring(shown));
  CHECK_THAT(all->at(1), ContainsSubstring("Встреча перенесена: ") && ContainsSubstring(shown));
  CHECK_THAT(all->at(2), ContainsSubstring("Встреча отменена: ") && ContainsSubstring("I am ill"));
}

TEST_CASE("booking: nobody's link but ours opens a decision", "[requests][api]") {
  TestApp app;
  with_mail(app);
  const Json booking = ask_for_meeting(app);
  const std::string path = decision_path(app, booking);
  std::string forged = path;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {forged, path.substr(0, path.size() - 1), path + "A",
                                   std::string("/r/x"), "/r/" + booking.text("id").value_or("")}) {
    CAPTURE(wrong);
    CHECK(visit_page(app, wrong).status == 404);
    CHECK(visit_page(app, wrong, "do=accept").status == 404);
  }
  CHECK(request_state(app, booking) == "requested");
}

TEST_CASE("booking: a request that nobody answers ends, at its start at the latest", "[requests]") {
  booking::Booking one;
  one.created_at = 1000;
  one.starts_at = 5000;
  CHECK(booking::request_ends_at(one, 3000) == 4000);
  CHECK(booking::request_ends_at(one, 9000) == 5000);

  TestApp app;
  with_mail(app);
  const Json booking = ask_for_meeting(app);
  const bool answered = GENERATE(false, true);
  if (answered) act(app, booking, "confirm");
  app.run_jobs();
  app.advance(std::chrono::hours(21));
  app.run_jobs();
  CHECK(request_state(app, booking) == (answered ? "confirmed" : "requested"));
  app.advance(std::chrono::hours(2));  // it begins 22 hours after it was asked for
  app.run_jobs();
  CHECK(request_state(app, booking) == (answered ? "confirmed" : "expired"));
  CHECK(messages_to(app, "booking.expired", "anna@example.ru") == (answered ? 0 : 1));
}

TEST_CASE("booking: without an address of the host's a request waits in the list",
          "[requests][api]") {
  TestApp app;
  add_host(app);
  channels::add_email(app);
  const Json booking = ask_for_meeting(app);
  CHECK(request_state(app, booking) == "requested");
  CHECK(messages_to(app, "operator.request", "") == 0);
}

// Every state and every action: what it leads to, or that it is refused and changes nothing.
TEST_CASE("booking: the table of states is what the API keeps to", "[requests][api]") {
  using booking::Action;
  using booking::State;
  for (const State state : {State::requested, State::confirmed, State::declined, State::cancelled,
                            State::completed, State::no_show, State::expired}) {
    for (const Action action :
         {Action::confirm, Action::decline, Action::cancel, Action::complete, Action::no_show}) {
      TestApp app;
      add_host(app);
      const Json made = ask_for_meeting(app);
      const std::string name(booking::state_name(state));
      REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
        FLEAD_CHECK(tx.exec("UPDATE bookings SET status = $1", name));
        return {};
      }));
      app.advance(std::chrono::hours(23));  // it has begun
      const auto reply = act(app, made, booking::action_name(action));
      const auto next = booking::next_state(state, action);
      CAPTURE(name, booking::action_name(action), reply.body);
      const std::string after = request_state(app, made);
      if (next) {
        CHECK(reply.status == 200);
        CHECK(after == booking::state_name(*next));
      } else {
        CHECK((reply.status == 409 || after == name));
        CHECK(after == name);
      }
    }
  }
}

}  // namespace flead
