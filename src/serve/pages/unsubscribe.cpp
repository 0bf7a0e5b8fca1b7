#include "serve/pages/unsubscribe.h"

#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/intake/consents.h"
#include "core/intake/lead.h"
#include "serve/pages/page.h"

namespace flead::pages {

namespace {

struct Leaver {
  tenants::Tenant tenant;
  intake::Lead lead;
};

Result<Leaver> find_leaver(store::Tx& tx, const http::Request& request) {
  FLEAD_TRY(auto tenant, tenants::by_slug(tx, request.param("tenant")));
  FLEAD_TRY(auto lead, intake::by_link_token(tx, tenant.id, request.param("token")));
  if (!lead) return not_found("not_found", "There is no such page.");
  return Leaver{std::move(tenant), std::move(*lead)};
}

http::Reply leaver_page(const http::Request& request, const Leaver& leaver, bool done) {
  Page page;
  page.content = "unsubscribe";
  page.language = choose_language(request, parse_language(leaver.lead.locale));
  page.title = text("unsubscribe.title", page.language);
  page.brand = leaver.tenant.name;
  if (done) {
    page.data.show("DONE");
  } else {
    page.data.add("ASK").set("URL", "/u/" + percent_encode(leaver.tenant.slug) + "/" +
                                        percent_encode(request.param("token")));
  }
  return render(200, page).header("cache-control", "no-store");
}

http::Reply get_unsubscribe(App& app, const http::Request& request) {
  const auto leaver = app.store.read([&](store::Tx& tx) { return find_leaver(tx, request); });
  if (!leaver) return http::failure(leaver.error());
  return leaver_page(request, *leaver, false);
}

http::Reply post_unsubscribe(App& app, const http::Request& request) {
  const auto leaver = app.store.write([&](store::Tx& tx) -> Result<Leaver> {
    FLEAD_TRY(auto found, find_leaver(tx, request));
    FLEAD_TRY(const bool given,
              intake::withdraw_consent(app.world, tx, found.tenant.id, found.lead.id, "marketing",
                                       request.ip, request.header("user-agent")));
    if (given) {
      FLEAD_CHECK(intake::add_event(app.world, tx, found.tenant.id, found.lead.id,
                                    "consent.withdrawn", "visitor",
                                    Json::object({{"purpose", "marketing"}})));
    }
    return found;
  });
  if (!leaver) return http::failure(leaver.error());
  return leaver_page(request, *leaver, true);
}

}  // namespace

void add_unsubscribe_routes(std::vector<http::Route>& table) {
  http::Route route;
  route.pattern = "/u/{tenant}/{token}";
  route.method = "GET";
  route.handler = get_unsubscribe;
  route.operation = "getUnsubscribePage";
  route.summary = "Asks whether a person wants no more advertising";
  route.query = {{"lang", "Language"}};
  route.response_type = "text/html";
  table.push_back(route);
  route.method = "POST";
  route.handler = post_unsubscribe;
  route.operation = "unsubscribe";
  route.summary = "Withdraws the consent to advertising, also in one click (RFC 8058)";
  // A mailbox may post a form of either kind; what it says is not read.
  route.body_types = {};
  route.body_bytes_max = 4096;
  table.push_back(std::move(route));
}

}  // namespace flead::pages
