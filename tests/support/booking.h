// A host with windows in one line, for tests of bookings: acme's host "me" and its offer.
#pragma once

#include <optional>
#include <string>

#include "core/booking/booking.h"
#include "core/booking/offer.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::test {

// Slots of 30 minutes, every day 10:00 to 12:00 in Moscow, unless told otherwise. The clock stands
// at Monday 12:00 in Moscow, so the first slot is Tuesday 2026-01-06T07:00Z.
inline booking::NewRules plain_rules() {
  booking::NewRules rules;
  rules.host = "me";
  rules.weekly = "daily 10:00-12:00";
  rules.length_min = 30;
  return rules;
}

inline booking::MadeRules add_host(TestApp& app, const booking::NewRules& rules = plain_rules()) {
  auto made = app.store().write(
      [&](store::Tx& tx) { return booking::add_rules(app.world(), tx, app.tenant(), rules); });
  REQUIRE(made);
  return *made;
}

inline constexpr std::string_view k_first_slot = "2026-01-06T07:00:00.000Z";
inline constexpr std::string_view k_second_slot = "2026-01-06T07:30:00.000Z";

// A lead's id, with its own phone number.
inline std::string add_lead(TestApp& app, int number, std::string_view email = {}) {
  Json body =
      Json::object({{"name", "Анна"},
                    {"phone", "+7916" + std::to_string(1000000 + number)},
                    {"consent", Json::object({{"purposes", Json::array({"processing"})}})}});
  if (!email.empty()) body.set("email", email);
  const auto reply = app.post("/api/v1/leads", body.dump());
  REQUIRE(reply.status < 300);
  return *app.body_of(reply).text("id");
}

// By an operator, who is told all of it.
inline http::Reply post_booking(TestApp& app, std::string_view lead, std::string_view starts_at) {
  return app.post("/api/v1/bookings",
                  Json::object({{"lead", lead}, {"starts_at", starts_at}}).dump(),
                  app.token(tenants::Role::operator_));
}

// "confirm", "cancel" ... by an operator.
inline http::Reply act(TestApp& app, const Json& booking, std::string_view action,
                       std::string_view body = {}) {
  return app.post("/api/v1/bookings/" + *booking.text("id") + "/" + std::string(action), body,
                  app.token(tenants::Role::operator_));
}

// A page, as a browser that reads English asks for it; with `form` it is sent.
inline http::Reply visit_page(TestApp& app, const std::string& target,
                              const std::optional<std::string>& form = std::nullopt) {
  http::Headers headers = {{"accept", "text/html"}, {"accept-language", "en"}};
  if (form) headers.emplace_back("content-type", "application/x-www-form-urlencoded");
  return app.request(form ? "POST" : "GET", target, form.value_or(""), "-", headers);
}

}  // namespace flead::test
