#include "serve/pages/messengers.h"

#include <cstdint>
#include <string>
#include <utility>

#include "core/base/qr.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/identity.h"
#include "core/tenants/tenant.h"

namespace flead::pages {

namespace {

// From the form to a booking, with time to read.
constexpr std::int64_t k_links_shown_ms = 30 * k_minute_ms;

struct Writer {
  tenants::Tenant tenant;
  intake::Lead lead;
  std::vector<channels::StartLink> links;
};

// All of a person's links, not only the new ones: who has lost a chat finds it again. The link was
// sent to the person, as in links_line().
Result<Writer> find_writer(App& app, store::Tx& tx, std::string_view token) {
  const auto id = channels::read_start_page_token(app.key, token, app.world.clock.now());
  std::optional<TenantId> owner;
  if (id) {
    FLEAD_TRY(owner, intake::tenant_of(tx, *id));
  }
  if (!owner) return not_found("not_found", "This link has ended, or is not whole.");
  Writer writer;
  FLEAD_TRY(writer.tenant, tenants::load(tx, *owner));
  if (writer.tenant.suspended) return not_found("not_found", "There is no such page.");
  FLEAD_TRY(writer.lead, intake::load(tx, *owner, *id));
  FLEAD_TRY(const auto all, channels::start_links(app, tx, writer.tenant, writer.lead));
  writer.links = channels::one_of_each(all);
  return writer;
}

// Where there is one messenger there is nothing to choose.
http::Reply get_start_page(App& app, const http::Request& request) {
  const auto writer =
      app.store.read([&](store::Tx& tx) { return find_writer(app, tx, request.param("token")); });
  if (!writer) return http::failure(writer.error());
  if (writer->links.size() == 1) {
    return http::redirect(303, writer->links.front().url).header("cache-control", "no-store");
  }
  Page page;
  page.content = "write";
  page.language = choose_language(request, parse_language(writer->lead.locale));
  page.title = text("write.title", page.language);
  page.brand = writer->tenant.name;
  page.policy_url = "/legal/policy?t=" + percent_encode(writer->tenant.slug);
  page.messengers = messengers_of(writer->links, page.language);
  page.data.set("BOOK_URL", "/b/" + percent_encode(writer->tenant.slug) +
                                "?t=" + percent_encode(writer->lead.link_token));
  return render(200, page).header("cache-control", "no-store");
}

Json to_json(const MessengerLink& messenger) {
  Json json = Json::object({{"label", messenger.label}, {"url", messenger.url}});
  if (messenger.qr_side > 0) {
    json.set("qr", Json::object({{"path", messenger.qr_path}, {"side", messenger.qr_side}}));
  }
  return json;
}

// The widget's last step: what the thank-you page shows to the same visitor, by the same rule.
http::Reply get_widget_messengers(App& app, const http::Request& request) {
  const auto links = app.store.read([&](store::Tx& tx) -> Result<std::vector<channels::StartLink>> {
    FLEAD_TRY(const auto tenant, tenants::by_publishable_key(tx, request.param("key")));
    if (!tenant || tenant->suspended) return not_found("not_found", "There is no such widget.");
    return shown_links(app, tx, *tenant, request.query_value("t").value_or(""));
  });
  if (!links) return http::failure(links.error());
  const Language language = choose_language(request, Language::en);
  Json::Array data;
  for (const auto& one : messengers_of(*links, language)) data.push_back(to_json(one));
  return http::json_reply(200, Json::object({{"title", text("messengers.title", language)},
                                             {"data", Json(std::move(data))}}))
      .header("cache-control", "no-store");
}

}  // namespace

Result<std::vector<channels::StartLink>> shown_links(App& app, store::Tx& tx,
                                                     const tenants::Tenant& tenant,
                                                     const intake::Lead& lead) {
  if (app.world.clock.now() >= lead.created_at + k_links_shown_ms) {
    return std::vector<channels::StartLink>();
  }
  return channels::new_links(app, tx, tenant, lead);
}

Result<std::vector<channels::StartLink>> shown_links(App& app, store::Tx& tx,
                                                     const tenants::Tenant& tenant,
                                                     std::string_view link_token) {
  FLEAD_TRY(const auto lead, intake::by_link_token(tx, tenant.id, link_token));
  if (!lead) return std::vector<channels::StartLink>();
  return shown_links(app, tx, tenant, *lead);
}

std::vector<MessengerLink> messengers_of(const std::vector<channels::StartLink>& links,
                                         Language language) {
  std::vector<MessengerLink> messengers;
  for (const channels::StartLink& link : links) {
    const auto label = find_text("messengers." + link.kind, language);
    if (!label) continue;
    MessengerLink messenger;
    messenger.label = *label;
    messenger.url = link.url;
    // The button works without it.
    if (auto code = qr_path(link.url)) {
      messenger.qr_path = std::move(code->path);
      messenger.qr_side = code->side;
    }
    messengers.push_back(std::move(messenger));
  }
  return messengers;
}

void add_messenger_routes(std::vector<http::Route>& table) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/s/{token}";
  route.handler = get_start_page;
  route.operation = "getWritePage";
  route.summary = "The messengers in which a person can write to us, by the link in a text message";
  route.query = {{"lang", "Language"}};
  route.response_type = "text/html";
  route.other_replies = {{303, "To the messenger, where there is one"}};
  table.push_back(route);
  http::Route widget;
  widget.method = "GET";
  widget.pattern = "/w/{key}/messengers";
  widget.handler = get_widget_messengers;
  widget.operation = "getWidgetMessengers";
  widget.summary = "Links into messengers for whoever has just sent the widget's form";
  widget.query = {{"t"}, {"lang", "Language"}};
  widget.cors = true;
  table.push_back(std::move(widget));
}

}  // namespace flead::pages
