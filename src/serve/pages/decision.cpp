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

constexpr std::string_view k_host_actor = "host";

struct Asked {
  tenants::Tenant tenant;
  booking::Booking booking;
  booking::Offer offer;
  booking::Host host;
  std::optional<intake::Lead> lead;  // nothing once the person was erased
};

Result<Asked> load_request(App& app, store::Tx& tx, std::string_view token) {
  const auto id = booking::read_decision_token(app.key, token);
  if (!id) return not_found("not_found", "There is no such page.");
  Asked asked;
  FLEAD_TRY(const auto tenant, booking::tenant_of(tx, *id));
  if (!tenant) return not_found("not_found", "There is no such page.");
  FLEAD_TRY(asked.tenant, tenants::load(tx, *tenant));
  FLEAD_TRY(asked.booking, booking::load(tx, *tenant, *id));
  FLEAD_TRY(asked.offer, booking::load_offer(tx, *tenant, asked.booking.offer));
  FLEAD_TRY(asked.host, booking::load_host(tx, *tenant, asked.booking.host));
  if (asked.booking.lead) {
    FLEAD_TRY(asked.lead, intake::load(tx, *tenant, *asked.booking.lead));
  }
  return asked;
}

std::string heading_key(booking::State state) {
  return "decision." + std::string(booking::state_name(state));
}

void fill(const Asked& asked, std::string_view token, Language language, Data& data) {
  auto zone = Zone::load(asked.host.zone);
  if (!zone) zone = Zone::utc();
  const auto& booking = asked.booking;
  data.set("HEADING", text(heading_key(booking.state), language)).set("OFFER", asked.offer.name);
  data.set("DAY", day_label(*zone, booking.starts_at, language));
  data.set("TIME", time_label(*zone, booking.starts_at) + "–" + time_label(*zone, booking.ends_at));
  data.set("ZONE", zone_label(*zone, booking.starts_at));
  if (booking.price.amount_minor > 0) {
    data.add("COST").set("TEXT", print_money(booking.price, language_name(language)));
  }
  if (asked.lead) {
    data.set("PERSON", asked.lead->name);
    for (const std::string& contact : {asked.lead->phone.value_or(""), asked.lead->email}) {
      if (!contact.empty()) data.add("CONTACT").set("TEXT", contact);
    }
    if (!asked.lead->message.empty()) data.add("MESSAGE").set("TEXT", asked.lead->message);
  }
  if (booking.state == booking::State::requested) {
    data.add("DECIDE").set("URL", "/r/" + percent_encode(token));
  }
}

http::Reply decision_page(const http::Request& request, const Asked& asked) {
  Page page;
  page.content = "decision";
  page.language = choose_language(request, asked.tenant);
  page.title = text("decision.title", page.language);
  page.brand = asked.tenant.name;
  fill(asked, request.param("token"), page.language, page.data);
  return render(200, page).header("cache-control", "no-store");
}

http::Reply get_decision(App& app, const http::Request& request) {
  const auto asked =
      app.store.read([&](store::Tx& tx) { return load_request(app, tx, request.param("token")); });
  return asked ? decision_page(request, *asked) : http::failure(asked.error());
}

Result<Asked> decide(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string wanted = field_value(fields, "do");
  if (wanted != "accept" && wanted != "decline") {
    return refused_field("do", "decision_unknown", "Say accept or decline.");
  }
  return app.store.write([&](store::Tx& tx) -> Result<Asked> {
    FLEAD_TRY(const auto asked, load_request(app, tx, request.param("token")));
    booking::Change change;
    change.id = asked.booking.id;
    change.action = wanted == "accept" ? booking::Action::confirm : booking::Action::decline;
    change.reason = utf8_prefix(field_value(fields, "reason"), k_reason_characters_max);
    change.actor = k_host_actor;
    FLEAD_CHECK(booking::change(app, tx, asked.tenant, change));
    return load_request(app, tx, request.param("token"));
  });
}

http::Reply post_decision(App& app, const http::Request& request) {
  const auto asked = decide(app, request);
  return asked ? decision_page(request, *asked) : http::failure(asked.error());
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
