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
#include "serve/api/intake_request.h"
#include "serve/pages/booking.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {

namespace {

constexpr std::string_view k_person_cookie = "flead_me";
constexpr std::int64_t k_meetings_shown_max = 200;

std::string meetings_path(const tenants::Tenant& tenant) {
  return "/me/" + percent_encode(tenant.slug);
}

Error link_is_over() {
  return unauthorized("me_login_needed", "Ask for the link to your meetings once more.",
                      "It is at the end of the page of any of them");
}

struct OwnMeetings {
  tenants::Tenant tenant;
  std::vector<std::pair<booking::Booking, std::string>> meetings;  // with the offer's name
};

// Whose browser this is; an erased or merged person has no meetings here any more.
Result<OwnMeetings> load_meetings(App& app, store::Tx& tx, const http::Request& request) {
  const auto pass =
      booking::read_pass(app.key, booking::PassKind::person_session,
                         cookie_value(request, k_person_cookie), app.world.clock.now());
  OwnMeetings found;
  FLEAD_TRY(found.tenant, page_tenant(tx, request.param("tenant")));
  const TenantId& tenant = found.tenant.id;
  if (!pass || !intake::load(tx, tenant, LeadId(pass->id))) {
    return link_is_over();
  }
  booking::Filter filter;
  filter.lead = LeadId(pass->id);
  filter.limit = k_meetings_shown_max;
  FLEAD_TRY(auto bookings, booking::list(tx, tenant, filter));
  for (auto& one : bookings) {
    FLEAD_TRY(const auto offer, booking::load_offer(tx, tenant, one.offer));
    found.meetings.emplace_back(std::move(one), offer.name);
  }
  return found;
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

Result<http::Reply> show_meetings(App& app, const http::Request& request) {
  FLEAD_TRY(const auto found,
            app.store.read([&](store::Tx& tx) { return load_meetings(app, tx, request); }));
  const Language language = choose_language(request, found.tenant);
  Page page = booking_page("me", language, found.tenant, text("me.title", language));
  fill_meetings(found, language, app.world.clock.now(), page.data);
  return render(200, page).header("cache-control", "no-store");
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
}

}  // namespace flead::pages
