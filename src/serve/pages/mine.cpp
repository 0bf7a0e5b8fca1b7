// /me/{tenant}: all meetings of the person whose browser this is. Opening the page of one's own
// booking is what gives the session (my.cpp): the link is swapped for a cookie, and no address here
// names anybody.
#include "serve/pages/mine.h"

#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/booking.h"
#include "core/booking/notice.h"
#include "core/booking/pass.h"
#include "core/booking/pay.h"
#include "core/money/saved_method.h"
#include "serve/api/intake_request.h"
#include "serve/pages/booking.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {

namespace {

constexpr std::string_view k_person_cookie = "flead_me";
constexpr std::int64_t k_meetings_shown_max = 200;
constexpr std::size_t k_payable_shown_max = 10;  // meetings that a kept card may pay at once

std::string meetings_path(const tenants::Tenant& tenant) {
  return "/me/" + percent_encode(tenant.slug);
}

Error link_is_over() {
  return unauthorized("me_login_needed", "Ask for the link to your meetings once more.",
                      "It is at the end of the page of any of them");
}

struct OwnMeetings {
  tenants::Tenant tenant;
  intake::Lead lead;
  std::vector<std::pair<booking::Booking, std::string>> meetings;  // with the offer's name
  std::vector<money::SavedMethod> methods;  // that the person may be charged by
  std::vector<money::Payment> payable;      // that nobody has begun to pay
};

// Whose browser this is; an erased or merged person has no meetings here any more.
Result<OwnMeetings> load_meetings(App& app, store::Tx& tx, const http::Request& request) {
  const auto pass =
      booking::read_pass(app.key, booking::PassKind::person_session,
                         cookie_value(request, k_person_cookie), app.world.clock.now());
  OwnMeetings found;
  FLEAD_TRY(found.tenant, page_tenant(tx, request.param("tenant")));
  const TenantId& tenant = found.tenant.id;
  if (!pass) return link_is_over();
  auto lead = intake::load(tx, tenant, LeadId(pass->id));
  if (!lead) return link_is_over();
  found.lead = std::move(*lead);
  FLEAD_TRY(found.methods, money::list_saved_methods(tx, tenant, found.lead.id.text()));
  booking::Filter filter;
  filter.lead = LeadId(pass->id);
  filter.limit = k_meetings_shown_max;
  FLEAD_TRY(auto bookings, booking::list(tx, tenant, filter));
  for (auto& one : bookings) {
    FLEAD_TRY(const auto offer, booking::load_offer(tx, tenant, one.offer));
    const bool waits = one.state == booking::State::held &&
                       one.held_until.value_or(0) > app.world.clock.now() &&
                       !found.methods.empty() && found.payable.size() < k_payable_shown_max;
    if (waits) {
      FLEAD_TRY(auto payment, booking::payment_of(tx, one));
      if (payment && payment->asks_payer()) found.payable.push_back(std::move(*payment));
    }
    found.meetings.emplace_back(std::move(one), offer.name);
  }
  return found;
}

std::string title_of(const money::SavedMethod& method, Language language) {
  return method.title.empty() ? std::string(text("me.method", language)) : method.title;
}

void fill_meetings(const OwnMeetings& found, Language language, TimeMs now, Data& data) {
  Data* ahead = nullptr;
  Data* behind = nullptr;
  for (const auto& [booking, offer] : found.meetings) {
    const bool coming = booking.ends_at > now && booking::takes_time(booking.state);
    Data*& list = coming ? ahead : behind;
    if (list == nullptr) list = &data.add(coming ? "AHEAD" : "BEHIND");
    auto zone = Zone::load(booking.visitor_zone);
    if (!zone) zone = Zone::utc();
    Data& row = list->add("MEETING");
    row.set("URL", "/my/" + percent_encode(booking.manage_token)).set("OFFER", offer);
    row.set("DAY", day_label(*zone, booking.starts_at, language));
    row.set("TIME", time_label(*zone, booking.starts_at));
    row.set("STATE", text("my." + std::string(booking::state_name(booking.state)), language));
  }
  data.show_if("NONE", found.meetings.empty());
}

// What the person has let us keep, and what it could pay now.
void fill_methods(const OwnMeetings& found, Language language, Data& data) {
  if (found.methods.empty()) return;
  const std::string url = meetings_path(found.tenant) + "/methods";
  for (const money::Payment& payment : found.payable) {
    Data* section = nullptr;
    for (const money::SavedMethod& method : found.methods) {
      if (method.account != payment.account) continue;
      if (section == nullptr) {
        section = &data.add("PAYABLE");
        section->set("WHAT", payment.text);
        section->set("AMOUNT", print_money(payment.amount, language_name(language)));
      }
      Data& row = section->add("BY");
      row.set("URL", url).set("PAYMENT", payment.id.text()).set("METHOD", method.id.text());
      row.set("LABEL", text_with("me.pay_by", language, {{"method", title_of(method, language)}}));
    }
  }
  Data& kept = data.add("KEPT");
  for (const money::SavedMethod& method : found.methods) {
    Data& row = kept.add("METHOD");
    row.set("URL", url).set("ID", method.id.text()).set("TITLE", title_of(method, language));
    row.show_if("TEST", method.test);
  }
}

Result<http::Reply> show_meetings(App& app, const http::Request& request) {
  FLEAD_TRY(const auto found,
            app.store.read([&](store::Tx& tx) { return load_meetings(app, tx, request); }));
  const Language language = choose_language(request, found.tenant);
  Page page = booking_page("me", language, found.tenant, text("me.title", language));
  fill_meetings(found, language, app.world.clock.now(), page.data);
  fill_methods(found, language, page.data);
  return render(200, page).header("cache-control", "no-store");
}

// Only the person's own session gets here: the page of a payment may have been passed on, or opened
// by somebody who booked with another one's address.
Result<http::Reply> act_on_method(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string what = field_value(fields, "do");
  if (what != "forget" && what != "pay") {
    return refused_field("do", "do_invalid", "A means of payment is forgotten, or pays.");
  }
  const money::SavedMethodId id(field_value(fields, "method"));
  FLEAD_TRY(const auto to, app.store.write([&](store::Tx& tx) -> Result<std::string> {
    FLEAD_TRY(const auto found, load_meetings(app, tx, request));
    FLEAD_TRY(const auto method, money::load_saved_method(tx, found.tenant.id, id));
    if (method.lead != found.lead.id) {
      return not_found("saved_method_not_found", "There is no such means of payment.");
    }
    if (what == "forget") {
      FLEAD_CHECK(money::forget_saved_method(app, tx, method, booking::k_visitor));
      return meetings_path(found.tenant);
    }
    for (const money::Payment& payment : found.payable) {
      if (payment.id.text() != field_value(fields, "payment")) continue;
      FLEAD_CHECK(money::charge_by(app, tx, payment, id));
      return "/pay/" + percent_encode(payment.token) + "?back=1";
    }
    return conflict("payment_pending", "This is not to be paid so any more.",
                    "Look at the page of the meeting");
  }));
  return http::redirect(303, to).header("cache-control", "no-store");
}

Result<http::Reply> enter_mine(App& app, const http::Request& request) {
  const TimeMs now = app.world.clock.now();
  const auto pass =
      booking::read_pass(app.key, booking::PassKind::person_link, request.param("pass"), now);
  FLEAD_TRY(const auto tenant, app.store.read([&](store::Tx& tx) -> Result<tenants::Tenant> {
    FLEAD_TRY(auto found, page_tenant(tx, request.param("tenant")));
    if (!pass || !intake::load(tx, found.id, LeadId(pass->id))) return link_is_over();
    return found;
  }));
  const std::string session = booking::make_pass(app.key, booking::PassKind::person_session,
                                                 pass->id, 0, now + booking::k_person_session_ms);
  std::string cookie = std::string(k_person_cookie) + "=" + session +
                       "; Path=" + meetings_path(tenant) +
                       "; Max-Age=" + std::to_string(booking::k_person_session_ms / k_second_ms) +
                       "; HttpOnly; SameSite=Lax";
  if (app.config.base_url.starts_with("https://")) cookie += "; Secure";
  http::Reply reply = http::redirect(303, meetings_path(tenant));
  reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer");
  reply.header("set-cookie", cookie);
  return reply;
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply reply_with_meetings(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

Status send_way_in(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                   const intake::Lead& lead) {
  const std::string pass =
      booking::make_pass(app.key, booking::PassKind::person_link, lead.id.text(), 0,
                         app.world.clock.now() + booking::k_person_link_ms);
  if (pass.empty()) {
    return unauthorized("key_missing", "The key that signs links is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  return booking::send_person_link(app, tx, tenant, lead,
                                   app.config.base_url + meetings_path(tenant) + "/in/" + pass);
}

void add_mine_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/me/{tenant}/in/{pass}",
                   .handler = reply_with_meetings<enter_mine>,
                   .operation = "enterMyMeetings",
                   .summary = "A person's link, swapped for a session",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {401, 404}});
  table.push_back({.method = "GET",
                   .pattern = "/me/{tenant}",
                   .handler = reply_with_meetings<show_meetings>,
                   .operation = "getMyMeetings",
                   .summary = "All meetings of the person whose browser this is",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401, 404}});
  table.push_back({.method = "POST",
                   .pattern = "/me/{tenant}/methods",
                   .handler = reply_with_meetings<act_on_method>,
                   .operation = "actOnMyMethod",
                   .summary = "The person forgets a kept means of payment, or pays a meeting by it",
                   .body_types = {api::k_form_type},
                   .request_schema = "MethodForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {401, 404, 409, 422}});
}

}  // namespace flead::pages
