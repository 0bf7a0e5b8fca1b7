#include "serve/pages/decision.h"

#include <optional>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/request.h"
#include "serve/api/intake_request.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/page.h"

namespace flead::pages {

namespace {

struct Decision {
  tenants::Tenant tenant;
  booking::Booking booking;
  booking::Offer offer;
  booking::Host host;
  std::optional<intake::Lead> lead;  // nothing once the person was erased
};

Result<Decision> load_request(App& app, store::Tx& tx, std::string_view token) {
  const auto id = booking::read_decision_token(app.key, token);
  if (!id) return not_found("not_found", "There is no such page.");
  Decision decision;
  FLEAD_TRY(const auto tenant, booking::tenant_of(tx, *id));
  if (!tenant) return not_found("not_found", "There is no such page.");
  FLEAD_TRY(decision.tenant, tenants::load(tx, *tenant));
  FLEAD_TRY(decision.booking, booking::load(tx, *tenant, *id));
  FLEAD_TRY(decision.offer, booking::load_offer(tx, *tenant, decision.booking.offer));
  FLEAD_TRY(decision.host, booking::load_host(tx, *tenant, decision.booking.host));
  if (decision.booking.lead) {
    FLEAD_TRY(decision.lead, intake::load(tx, *tenant, *decision.booking.lead));
  }
  return decision;
}

std::string heading_key(booking::State state) {
  return "decision." + std::string(booking::state_name(state));
}

void fill_decision(const Decision& decision, std::string_view token, Language language,
                   Data& data) {
  auto zone = Zone::load(decision.host.zone);
  if (!zone) zone = Zone::utc();
  const auto& booking = decision.booking;
  data.set("HEADING", text(heading_key(booking.state), language)).set("OFFER", decision.offer.name);
  data.set("DAY", day_label(*zone, booking.starts_at, language));
  data.set("TIME", time_label(*zone, booking.starts_at) + "–" + time_label(*zone, booking.ends_at));
  data.set("ZONE", zone_label(*zone, booking.starts_at));
  if (booking.price.amount_minor > 0) {
    data.add("COST").set("TEXT", print_money(booking.price, language_name(language)));
  }
  if (decision.lead) {
    data.set("PERSON", decision.lead->name);
    for (const std::string& contact : {decision.lead->phone.value_or(""), decision.lead->email}) {
      if (!contact.empty()) data.add("CONTACT").set("TEXT", contact);
    }
    if (!decision.lead->message.empty()) data.add("MESSAGE").set("TEXT", decision.lead->message);
  }
  if (booking.state == booking::State::requested) {
    data.add("DECIDE").set("URL", "/r/" + percent_encode(token));
  }
}

http::Reply decision_page(const http::Request& request, const Decision& decision) {
  Page page;
  page.content = "decision";
  page.language = choose_language(request, decision.tenant);
  page.title = text("decision.title", page.language);
  page.brand = decision.tenant.name;
  fill_decision(decision, request.param("token"), page.language, page.data);
  return render(200, page).header("cache-control", "no-store");
}

http::Reply get_decision(App& app, const http::Request& request) {
  const auto decision =
      app.store.read([&](store::Tx& tx) { return load_request(app, tx, request.param("token")); });
  return decision ? decision_page(request, *decision) : http::failure(decision.error());
}

Result<Decision> decide(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string wanted = field_value(fields, "do");
  if (wanted != "accept" && wanted != "decline") {
    return refused_field("do", "decision_unknown", "Say accept or decline.");
  }
  return app.store.write([&](store::Tx& tx) -> Result<Decision> {
    FLEAD_TRY(const auto decision, load_request(app, tx, request.param("token")));
    booking::Change change;
    change.id = decision.booking.id;
    change.action = wanted == "accept" ? booking::Action::confirm : booking::Action::decline;
    change.reason = utf8_prefix(field_value(fields, "reason"), k_reason_characters_max);
    change.actor = booking::k_by_host;
    FLEAD_CHECK(booking::change(app, tx, decision.tenant, change));
    return load_request(app, tx, request.param("token"));
  });
}

http::Reply post_decision(App& app, const http::Request& request) {
  const auto decision = decide(app, request);
  return decision ? decision_page(request, *decision) : http::failure(decision.error());
}

}  // namespace

void add_decision_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/r/{token}",
                   .handler = get_decision,
                   .operation = "getDecisionPage",
                   .summary = "A request for a meeting, and the buttons that decide",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html"});
  table.push_back({.method = "POST",
                   .pattern = "/r/{token}",
                   .handler = post_decision,
                   .operation = "decideRequest",
                   .summary = "The host accepts or declines",
                   .body_types = {api::k_form_type},
                   .request_schema = "DecisionForm",
                   .response_type = "text/html",
                   .refusals = {409, 422}});
}

}  // namespace flead::pages
