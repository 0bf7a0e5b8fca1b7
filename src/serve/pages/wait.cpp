// The waiting list: /b/{tenant}/{offer}/wait joins it, /wait/{token} is a person's place on it.
// Works without a script; reading a page never changes anything.
#include <optional>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/waitlist.h"
#include "serve/api/intake_request.h"
#include "serve/api/lead_input.h"
#include "serve/pages/booking.h"
#include "serve/pages/booking_form.h"
#include "serve/pages/offer_terms.h"

namespace flead::pages {

namespace {

struct WaitPage {
  tenants::Tenant tenant;
  booking::Wait wait;
  booking::Offer offer;
  std::optional<booking::Booking> place;  // that is kept, or was
  OfferTerms terms;
};

Error no_such_wait() {
  return not_found("not_found", "There is no such page.");
}

Result<WaitPage> load_wait(store::Tx& tx, std::string_view token) {
  FLEAD_TRY(auto wait, booking::wait_by_token(tx, token));
  if (!wait) return no_such_wait();
  WaitPage page;
  FLEAD_TRY(page.tenant, tenants::load(tx, wait->tenant));
  if (page.tenant.suspended) return no_such_wait();
  FLEAD_TRY(page.offer, booking::load_offer(tx, wait->tenant, wait->offer));
  if (wait->hold) {
    FLEAD_TRY(page.place, booking::load(tx, wait->tenant, *wait->hold));
  }
  FLEAD_TRY(page.terms, load_terms(tx, wait->offer));
  page.wait = std::move(*wait);
  return page;
}

void fill_wait(const WaitPage& page, Language language, Data& data) {
  auto zone = Zone::load(page.wait.zone);
  if (!zone) zone = Zone::utc();
  const std::string& status = page.wait.status;
  const std::string url = "/wait/" + percent_encode(page.wait.token);
  data.set("HEADING", text("wait." + status, language)).set("OFFER", page.offer.name);
  const bool offered = status == "offered";
  if (offered && page.place) {
    Data& place = data.add("PLACE");
    place.set("DAY", day_label(*zone, page.place->starts_at, language));
    place.set("TIME", time_label(*zone, page.place->starts_at));
    place.set("ZONE", zone_label(*zone, page.place->starts_at));
    data.add("UNTIL").set("TEXT", day_label(*zone, *page.wait.offered_until, language) + ", " +
                                      time_label(*zone, *page.wait.offered_until));
    add_terms(data, page.terms, {}, language);
    data.add("TAKE").set("URL", url).set("VERSION", shown_version(page.terms));
  }
  if (offered || status == "waiting") data.add("LEAVE").set("URL", url);
  if (!offered) data.add("TIMES").set("URL", offer_path(page.tenant, page.offer));
}

http::Reply wait_reply(const http::Request& request, const WaitPage& found) {
  Page page = booking_page("wait", choose_language(request, found.tenant), found.tenant,
                           text("wait.title", choose_language(request, found.tenant)));
  fill_wait(found, page.language, page.data);
  return render(200, page).header("cache-control", "no-store");
}

Result<http::Reply> show_wait(App& app, const http::Request& request) {
  FLEAD_TRY(const auto found,
            app.store.read([&](store::Tx& tx) { return load_wait(tx, request.param("token")); }));
  return wait_reply(request, found);
}

Result<http::Reply> change_wait(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string wanted = field_value(fields, "do");
  if (wanted != "take" && wanted != "leave") {
    return refused_field("do", "decision_unknown", "Say take or leave.");
  }
  const std::string token(request.param("token"));
  FLEAD_TRY(const auto to, app.store.write([&](store::Tx& tx) -> Result<std::string> {
    FLEAD_TRY(const auto found, load_wait(tx, token));
    if (wanted == "leave") {
      FLEAD_CHECK(booking::leave_waitlist(app, tx, found.tenant, found.wait.id));
      return "/wait/" + percent_encode(token);
    }
    booking::NewBooking chosen;
    FLEAD_CHECK(read_terms(found.terms, fields, chosen));
    FLEAD_TRY(const auto made, booking::take_place(app, tx, found.tenant, found.wait.id, chosen));
    return "/my/" + percent_encode(made.manage_token) + "?new=1";
  }));
  return http::redirect(303, to).header("cache-control", "no-store");
}

// ---- joining ---------------------------------------------------------------------------------

Result<Visit> waiting_visit(App& app, const http::Request& request, const FormFields& fields) {
  return app.store.read([&](store::Tx& tx) -> Result<Visit> {
    FLEAD_TRY(const auto tenant, page_tenant(tx, request.param("tenant")));
    FLEAD_TRY(const auto offer, booking::find_offer(tx, tenant.id, request.param("offer")));
    FLEAD_CHECK(booking::check_booked_here(offer));
    FLEAD_TRY(auto visit, load_visit(tx, request, fields, tenant, offer, app.world.clock.now()));
    visit.moving.reset();
    return visit;
  });
}

Result<http::Reply> show_wait_form(App& app, const http::Request& request) {
  FLEAD_TRY(const auto visit, waiting_visit(app, request, request.query));
  return render_form(app, visit, {});
}

Result<http::Reply> join_by_form(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  FLEAD_TRY(const auto visit, waiting_visit(app, request, fields));
  booking::NewWait input;
  input.offer = visit.offer.slug;
  input.zone = visit.zone.name();
  input.origin = api::origin_of(request);
  input.origin.source = "waitlist";
  input.origin.actor = booking::k_visitor;
  const auto refused = [&](const Error& error) {
    return render_form(
        app, visit,
        {422, 0, "", fields,
         error.fields.empty() ? std::vector<FieldError>{{"", error.code, error.message}}
                              : error.fields});
  };
  if (visit.lead) {
    input.lead = visit.lead->id;
  } else {
    FLEAD_TRY(const auto rules, api::rules_of(app, visit.tenant.id));
    auto checked = intake::check_new_lead(visit.tenant, rules, typed_lead(fields, visit, request),
                                          input.origin);
    if (!checked && checked.error().kind == ErrorKind::refused) return refused(checked.error());
    if (!checked) return checked.error();
    input.contact = std::move(*checked);
  }
  const auto wait = app.store.write(
      [&](store::Tx& tx) { return booking::join_waitlist(app, tx, visit.tenant, input); });
  if (!wait && wait.error().kind == ErrorKind::refused) return refused(wait.error());
  if (!wait) return wait.error();
  // A person whom the trap caught reads thanks, as everywhere.
  const std::string to =
      wait->token.empty() ? "/thanks/" + visit.tenant.slug : "/wait/" + percent_encode(wait->token);
  return http::redirect(303, to).header("cache-control", "no-store");
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply reply_about_wait(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_wait_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/b/{tenant}/{offer}/wait",
                   .handler = reply_about_wait<show_wait_form>,
                   .operation = "getWaitForm",
                   .summary = "The form of the waiting list",
                   .query = {{"t"}, {"tz", "Zone"}, {"lang", "Language"}},
                   .response_type = "text/html"});
  table.push_back({.method = "POST",
                   .pattern = "/b/{tenant}/{offer}/wait",
                   .handler = reply_about_wait<join_by_form>,
                   .operation = "joinWaitlistByForm",
                   .summary = "Wait for a place, by the form of that page",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .body_types = {api::k_form_type},
                   .request_schema = "WaitForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {422}});
  table.push_back({.method = "GET",
                   .pattern = "/wait/{token}",
                   .handler = reply_about_wait<show_wait>,
                   .operation = "getWaitPage",
                   .summary = "A person's place on the waiting list",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html"});
  table.push_back({.method = "POST",
                   .pattern = "/wait/{token}",
                   .handler = reply_about_wait<change_wait>,
                   .operation = "changeWait",
                   .summary = "The person takes the place that is offered, or waits no longer",
                   .body_types = {api::k_form_type},
                   .request_schema = "WaitChangeForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {409, 422}});
}

}  // namespace flead::pages
