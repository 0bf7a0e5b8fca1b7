// What a booking does to its lead, what a visitor may do to a booking, and who learns what of it.
#include <set>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/outbox.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_host;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;

constexpr std::string_view k_third_slot = "2026-01-06T08:00:00.000Z";

std::string status_of(TestApp& app, const std::string& lead) {
  return app.body_of(app.get("/api/v1/leads/" + lead, app.token(tenants::Role::viewer)))
      .text("status")
      .value_or("");
}

// Data of the last event of this kind.
Json last_event(TestApp& app, const std::string& lead, std::string_view kind) {
  const Json body =
      app.body_of(app.get("/api/v1/leads/" + lead + "/events", app.token(tenants::Role::viewer)));
  Json found;
  for (const auto& event : body.find("data")->items()) {
    if (event.text("kind") == kind) found = *event.find("data");
  }
  return found;
}

Result<booking::Booking> change_as(TestApp& app, std::string_view actor, const Json& booking,
                                   booking::Action action) {
  booking::Change change;
  change.id = BookingId(*booking.text("id"));
  change.action = action;
  change.starts_at = parse_time("2026-01-07T07:00:00Z").value();
  change.actor = actor;
  return app.store().write(
      [&](store::Tx& tx) { return booking::change(app.app(), tx, app.tenant(), change); });
}

std::set<std::string> names(const Json& object) {
  std::set<std::string> out;
  for (const auto& [name, value] : object.members()) out.insert(name);
  return out;
}

const std::set<std::string> k_public = {"id",      "status", "offer",     "starts_at",
                                        "ends_at", "zone",   "manage_url"};

}  // namespace

TEST_CASE("booking: a lead is booked for as long as a booking of it lives", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const Json first = app.body_of(post_booking(app, lead, k_first_slot));
  const Json second = app.body_of(post_booking(app, lead, k_second_slot));
  CHECK(status_of(app, lead) == "booked");
  REQUIRE(act(app, first, "cancel").status == 200);
  CHECK(status_of(app, lead) == "booked");
  CHECK(last_event(app, lead, "booking.cancelled").find("lead_status") == nullptr);
  REQUIRE(act(app, second, "cancel").status == 200);
  CHECK(status_of(app, lead) == "new");  // no message of ours has gone out
  CHECK(last_event(app, lead, "booking.cancelled").text("lead_status") == "new");
  REQUIRE(post_booking(app, lead, k_first_slot).status == 201);
  CHECK(status_of(app, lead) == "booked");
}

TEST_CASE("booking: a lead that we have answered steps back to contacted", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const Json made = app.body_of(post_booking(app, lead, k_first_slot));
  app.run_jobs();
  REQUIRE(act(app, made, "cancel").status == 200);
  CHECK(status_of(app, lead) == "contacted");
  CHECK(last_event(app, lead, "booking.cancelled").text("lead_status") == "contacted");
}

TEST_CASE("booking: only booked leads step back", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const auto& token = app.token(tenants::Role::operator_);
  const auto set_status = [&](std::string_view status) {
    const auto reply = app.request("PATCH", "/api/v1/leads/" + lead,
                                   Json::object({{"status", status}}).dump(), token);
    REQUIRE(reply.status == 200);
  };
  const Json made = app.body_of(post_booking(app, lead, k_first_slot));
  set_status("won");
  REQUIRE(act(app, made, "cancel").status == 200);
  CHECK(status_of(app, lead) == "won");
  // What was only asked for never made a lead booked; a declined wish next to a booking neither.
  const auto asked = app.post(
      "/api/v1/bookings",
      Json::object({{"lead", lead}, {"starts_at", k_third_slot}, {"status", "requested"}}).dump(),
      token);
  set_status("replied");
  REQUIRE(act(app, app.body_of(asked), "decline").status == 200);
  CHECK(status_of(app, lead) == "replied");
}

TEST_CASE("booking: a meeting that took place keeps the lead booked", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1);
  const Json first = app.body_of(post_booking(app, lead, k_first_slot));
  const Json second = app.body_of(post_booking(app, lead, k_second_slot));
  REQUIRE(act(app, first, "complete").status == 200);
  REQUIRE(act(app, second, "cancel").status == 200);
  CHECK(status_of(app, lead) == "booked");
}

TEST_CASE("booking: a visitor may not undo what has begun, an operator may", "[booking]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const auto action = GENERATE(booking::Action::cancel, booking::Action::move);
  app.advance(std::chrono::hours(22));  // the minute it begins
  const auto late = change_as(app, "visitor", made, action);
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::conflict);
  CHECK(late.error().code == "booking_begun");
  CHECK(change_as(app, "cli", made, action));
}

TEST_CASE("booking: a visitor is in time until the minute it begins", "[booking]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  app.advance(std::chrono::hours(22) - std::chrono::milliseconds(1));
  CHECK(change_as(app, "visitor", made, booking::Action::move));
  CHECK(change_as(app, "visitor", made, booking::Action::cancel));
}

TEST_CASE("booking: complete is the operator's word, no_show waits for the start",
          "[booking][api]") {
  TestApp app;
  add_host(app);
  const Json made = app.body_of(post_booking(app, add_lead(app, 1), k_first_slot));
  const auto early = act(app, made, "no_show");
  CHECK(early.status == 409);
  CHECK(app.body_of(early).text("code") == "booking_not_started");
  CHECK(app.body_of(act(app, made, "complete")).text("status") == "completed");
  CHECK(act(app, made, "no_show").status == 409);
  app.advance(std::chrono::hours(30));
  CHECK(app.body_of(act(app, made, "no_show")).text("status") == "no_show");
  CHECK(app.body_of(act(app, made, "complete")).text("status") == "completed");
  CHECK(act(app, made, "cancel").status == 409);
}

TEST_CASE("booking: a publishable key learns nothing of the person", "[booking][api]") {
  TestApp app;
  add_host(app);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const auto& token = app.token(tenants::Role::operator_);
  REQUIRE(app.request("PATCH", "/api/v1/leads/" + lead,
                      R"({"zone":"Asia/Vladivostok","locale":"en"})", token)
              .status == 200);
  struct Case {
    std::string who;
    std::string zone;
    std::string shown;
  };
  const auto [who, zone, shown] = GENERATE(values<Case>({
      {R"("lead":"LEAD")", "", "Europe/Moscow"},
      {R"("lead":"LEAD")", "Europe/Berlin", "Europe/Berlin"},
      {R"("contact":{"email":"anna@example.com","consent":{"purposes":["processing"]}})", "",
       "Europe/Moscow"},
      {R"("contact":{"email":"anna@example.com","zone":"Asia/Omsk",)"
       R"("consent":{"purposes":["processing"]}})",
       "", "Asia/Omsk"},
  }));
  CAPTURE(who, zone);
  const auto reply =
      app.post("/api/v1/bookings", "{" + replace_all(who, "LEAD", lead) + R"(,"zone":")" + zone +
                                       R"(","starts_at":")" + std::string(k_first_slot) + "\"}");
  REQUIRE(reply.status == 201);
  const Json made = app.body_of(reply);
  CHECK(names(made) == k_public);
  CHECK(made.text("zone") == shown);
  // Neither does its page, its calendar file, or the lead's own booking page.
  const std::string mine = made.text("manage_url")->substr(std::string("http://flead.test").size());
  const auto link = app.body_of(app.post(
      "/api/v1/leads", R"({"email":"anna@example.com","consent":{"purposes":["processing"]}})"));
  const std::string book =
      link.text("booking_url")->substr(std::string("http://flead.test").size());
  for (const std::string& path : {mine, "/c/" + mine.substr(4) + ".ics", book}) {
    CAPTURE(path);
    const auto page = app.request("GET", path, {}, "-", {{"accept", "text/html"}});
    REQUIRE(page.status == 200);
    for (const auto* secret :
         {"Vladivostok\" selected", "Анна", "anna@", "7916", "See or cancel"}) {
      CAPTURE(secret);
      CHECK(page.body.find(secret) == std::string::npos);
    }
  }
  CHECK(app.request("GET", mine, {}, "-").body.find("Vladivostok") == std::string::npos);
  // An operator is told all of it.
  CHECK(app.body_of(app.get("/api/v1/bookings/" + *made.text("id"), token)).text("lead") == lead);
}

TEST_CASE("booking: a filled trap books nothing, says nothing untrue and loses nobody",
          "[booking][api]") {
  TestApp app;
  add_host(app);
  const std::string body = R"({"starts_at":")" + std::string(k_first_slot) +
                           R"(","contact":{"email":"anna@example.com","website":"x",)"
                           R"("consent":{"purposes":["processing"]}}})";
  const auto key = GENERATE(values<std::string>({"", "token"}));
  const auto reply =
      app.post("/api/v1/bookings", body, key.empty() ? "" : app.token(tenants::Role::operator_));
  REQUIRE(reply.status == 201);
  const Json made = app.body_of(reply);
  CHECK(names(made) == k_public);
  CHECK(made.text("status") == "requested");
  CHECK(made.text("manage_url") == "http://flead.test/thanks/acme");
  const auto& token = app.token(tenants::Role::viewer);
  CHECK(app.body_of(app.get("/api/v1/bookings", token)).find("data")->items().empty());
  const Json leads = app.body_of(app.get("/api/v1/leads?status=suspect", token));
  REQUIRE(leads.find("data")->items().size() == 1);
  const std::string lead = *leads.find("data")->items()[0].text("id");
  CHECK(last_event(app, lead, "booking.shelved").text("starts_at") == std::string(k_first_slot));
  app.run_jobs();
  CHECK(app.file_messages().empty());
  // The time is still free, and a full one is a conflict for a robot too.
  REQUIRE(post_booking(app, add_lead(app, 1), k_first_slot).status == 201);
  CHECK(app.post("/api/v1/bookings", body).status == 409);
}

TEST_CASE("booking: the organizer of an invite is whom the mail comes from, or whom it names",
          "[booking][channels]") {
  TestApp app;
  auto rules = test::plain_rules();
  struct Case {
    std::string host_email, organizer, reply_to;
  };
  const auto [host_email, organizer, reply_to] = GENERATE(values<Case>({
      {"", "hi@acme.test", ""},
      {"ira@acme.test", "ira@acme.test", "Reply-To: ira@acme.test\r\n"},
  }));
  if (!host_email.empty()) rules.email = host_email;
  add_host(app, rules);
  const auto lead = add_lead(app, 1, "anna@example.com");
  const Json before = app.body_of(post_booking(app, lead, k_first_slot));
  const auto ics = [&] {
    const std::string url = *before.text("ics_url");
    return app.request("GET", url.substr(std::string("http://flead.test").size()), {}, "-").body;
  };
  CHECK_THAT(ics(), ContainsSubstring(host_email.empty() ? "mailto:noreply@flead.test"
                                                         : "mailto:ira@acme.test"));
  app.run_jobs();  // what there is goes to the file
  channels::add_email(app);
  CHECK_THAT(ics(), ContainsSubstring("mailto:" + organizer));
  REQUIRE(act(app, before, "move", R"({"starts_at":"2026-01-06T08:00:00Z"})").status == 200);
  app.provider("email").then_smtp(channels::smtp(channels::SmtpReply::Stage::done, 250, "ok"));
  app.run_jobs();
  std::string mail;
  for (const auto& sent : app.transport().smtp_sent) {
    const bool to_host = sent.rcpt_to == host_email;  // an answer of theirs goes to the person
    if (to_host) CHECK_THAT(sent.data, ContainsSubstring("Reply-To: anna@example.com\r\n"));
    if (!to_host) mail = sent.data;
  }
  REQUIRE(app.transport().smtp_sent.size() == (host_email.empty() ? 1 : 2));
  CHECK((mail.find("Reply-To:") != std::string::npos) == !reply_to.empty());
  CHECK_THAT(mail, ContainsSubstring(reply_to));
}

}  // namespace flead
