#include "serve/pages/site.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/text.h"
#include "core/base/zone.h"
#include "core/intake/widget.h"
#include "core/law/legal.h"
#include "core/tenants/tenant.h"
#include "serve/pages/assets.h"
#include "serve/pages/markdown.h"
#include "serve/pages/messengers.h"
#include "serve/pages/page.h"

namespace flead::pages {

namespace {

Error no_page() {
  return not_found("not_found", "There is no such page.");
}

// Suspended tenants have no pages.
Result<tenants::Tenant> load_active(store::Tx& tx, std::string_view slug) {
  FLEAD_TRY(auto tenant, tenants::by_slug(tx, slug));
  if (tenant.suspended) return no_page();
  return tenant;
}

Page tenant_page(std::string_view content, const http::Request& request,
                 const tenants::Tenant& tenant) {
  Page page;
  page.content = content;
  page.language = choose_language(request, tenant);
  page.brand = tenant.name;
  page.policy_url = "/legal/policy?t=" + percent_encode(tenant.slug);
  return page;
}

http::Reply get_start(App&, const http::Request& request) {
  Page page;
  page.content = "start";
  page.language = choose_language(request, Language::en);
  page.title = text("start.title", page.language);
  return render(200, page);
}

http::Reply get_demo(App& app, const http::Request& request) {
  const auto tenant =
      app.store.read([&](store::Tx& tx) { return load_active(tx, request.param("tenant")); });
  if (!tenant) return http::failure(tenant.error());
  Page page = tenant_page("demo", request, *tenant);
  page.title = text_with("demo.title", page.language, {});
  page.title += ": " + tenant->name;
  const bool draft = request.query_value("draft").has_value();
  // By path, not by base URL: the page works under whatever name it was reached.
  page.data.set("WIDGET_URL", "/w/" + tenant->publishable_key + (draft ? ".js?draft=1" : ".js"));
  page.data.set("BOOK_URL", "/b/" + percent_encode(tenant->slug));
  page.data.set("SNIPPET", intake::widget_snippet(app.config.base_url, *tenant));
  page.data.show_if("DRAFT", draft);
  return render(200, page).header("cache-control", "no-cache");
}

// ?t= is the token of the person's own booking link.
http::Reply get_thanks(App& app, const http::Request& request) {
  const std::string token(request.query_value("t").value_or(""));
  std::vector<channels::StartLink> links;
  const auto tenant = app.store.read([&](store::Tx& tx) -> Result<tenants::Tenant> {
    FLEAD_TRY(auto found, load_active(tx, request.param("tenant")));
    if (!token.empty()) {
      FLEAD_TRY(links, shown_links(app, tx, found, token));
    }
    return found;
  });
  if (!tenant) return http::failure(tenant.error());
  Page page = tenant_page("thanks", request, *tenant);
  page.title = text("thanks.title", page.language);
  page.messengers = messengers_of(links, page.language);
  if (!token.empty()) {
    page.data.add("BOOK").set("BOOK_URL",
                              "/b/" + percent_encode(tenant->slug) + "?t=" + percent_encode(token));
  }
  return render(200, page).header("cache-control", "no-store");
}

// The tenant of ?t=, or the only one of the store.
Result<tenants::Tenant> legal_tenant(store::Tx& tx, const http::Request& request) {
  if (const auto slug = request.query_value("t")) return load_active(tx, *slug);
  FLEAD_TRY(auto tenants, tenants::list(tx, 2));
  if (tenants.size() != 1 || tenants[0].suspended) return no_page();
  return std::move(tenants[0]);
}

// Published only; nothing for a draft, an unknown version, or a document that was never written.
Result<std::optional<law::LegalText>> load_legal(store::Tx& tx, const TenantId& tenant,
                                                 std::string_view doc, Language language,
                                                 const std::optional<std::string>& version) {
  if (!version) return law::current(tx, tenant, doc, language_name(language));
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(version->data(), version->data() + version->size(), number);
  if (error != std::errc() || end != version->data() + version->size()) {
    return std::optional<law::LegalText>();
  }
  auto found = law::by_version(tx, tenant, doc, language_name(language), number);
  if (!found && found.error().kind == ErrorKind::not_found) return std::optional<law::LegalText>();
  if (!found) return found.error();
  if (!found->published_at) return std::optional<law::LegalText>();
  return std::optional(std::move(*found));
}

struct FoundLegal {
  tenants::Tenant tenant;
  law::LegalText text;
};

Result<FoundLegal> find_legal(store::Tx& tx, const http::Request& request) {
  FLEAD_TRY(auto tenant, legal_tenant(tx, request));
  const auto version = request.query_value("v");
  // In the visitor's language, else in the other: a text is better than none.
  const Language first = choose_language(request, tenant);
  for (const Language language : {first, first == Language::ru ? Language::en : Language::ru}) {
    FLEAD_TRY(auto found, load_legal(tx, tenant.id, request.param("doc"), language, version));
    if (found) return FoundLegal{std::move(tenant), std::move(*found)};
  }
  return no_page();
}

http::Reply get_legal(App& app, const http::Request& request) {
  const auto found = app.store.read([&](store::Tx& tx) { return find_legal(tx, request); });
  if (!found) return http::failure(found.error());
  const law::LegalText& legal = found->text;
  Page page;
  page.content = "legal";
  page.language = parse_language(legal.lang);
  page.brand = found->tenant.name;
  const auto blocks = parse_markdown(legal.body);
  page.title = text("legal.title", page.language);
  if (!blocks.empty() && blocks[0].kind == MarkdownBlock::Kind::heading) {
    page.title.clear();
    for (const MarkdownSpan& span : blocks[0].items[0]) page.title += span.text;
  }
  fill_markdown(page.data, blocks);
  std::string date;
  if (const auto zone = Zone::load(found->tenant.zone)) {
    date = format_date(zone->wall(legal.published_at.value_or(legal.created_at)).date);
  }
  page.data.set("EDITION", text_with("legal.edition", page.language,
                                     {{"version", std::to_string(legal.version)}, {"date", date}}));
  return render(200, page).header("cache-control", "no-cache");
}

}  // namespace

void add_site_routes(std::vector<http::Route>& table) {
  const auto page = [](std::string_view pattern, http::Handler handler, std::string_view operation,
                       std::string_view summary) {
    http::Route route;
    route.method = "GET";
    route.pattern = pattern;
    route.handler = std::move(handler);
    route.operation = operation;
    route.summary = summary;
    route.query = {{"lang", "Language"}};
    route.response_type = "text/html";
    return route;
  };
  table.push_back(page("/", get_start, "getStartPage", "What this is"));
  table.push_back(
      page("/demo/{tenant}", get_demo, "getDemoPage", "The widget on a page of a tenant"));
  table.back().query.push_back({"draft"});
  table.push_back(page("/thanks/{tenant}", get_thanks, "getThanksPage",
                       "Where a plain form goes after success"));
  table.back().query.push_back({"t"});
  table.push_back(page("/legal/{doc}", get_legal, "getLegalPage",
                       "A published legal text of a tenant: consent, marketing, policy"));
  table.back().query.insert(table.back().query.end(), {{"t"}, {"v"}});
  table.push_back(page("/assets/{file}", get_asset, "getAsset", "A script or style of our pages"));
  table.back().query = {};
  table.back().response_type = "*/*";
  table.back().counted = false;
}

http::Reply problem_page(App&, const http::Request& request, const http::Reply& problem) {
  Error error;
  if (const auto json = parse_json(problem.body)) {
    error.code = json->text("code").value_or("");
    if (const Json* fields = json->find("errors")) {
      for (const Json& field : fields->items()) {
        error.fields.push_back({field.text("field").value_or(""), field.text("code").value_or(""),
                                field.text("message").value_or("")});
      }
    }
  }
  const auto& tenant = request.caller.tenant;
  return error_page(request, problem.status, error,
                    tenant ? parse_language(tenant->locale) : Language::en);
}

}  // namespace flead::pages
