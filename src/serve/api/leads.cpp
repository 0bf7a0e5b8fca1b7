#include "serve/api/leads.h"

#include <memory>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/intake/lead.h"
#include "core/intake/lead_columns.h"
#include "serve/api/intake_request.h"
#include "serve/api/lead_input.h"
#include "serve/api/paging.h"
#include "serve/api/proof.h"

namespace flead::api {

namespace {

using http::Caller;
using http::failure;
using http::json_reply;
using http::Reply;
using http::Request;

Result<intake::NewLead> parse_lead(const Request& request) {
  if (!is_form(request)) return parse_lead_json(request.body);
  FLEAD_TRY(auto lead, parse_lead_form(request.body));
  // A plain form knows nothing of its page; the browser does.
  const std::string_view page = request.header("referer");
  if (lead.page_url.empty() && page.size() <= k_url_characters_max && valid_utf8(page)) {
    lead.page_url = page;
  }
  return lead;
}

Json created_json(const App& app, const Request& request, const intake::Created& created) {
  const intake::Lead& lead = created.lead;
  // A publishable key is public: it learns an id and a booking link, and nothing of what is stored.
  // A new lead is "new" to everybody, a suspect too: a robot must not learn that it was caught.
  const bool known = created.duplicate && request.caller.kind == Caller::Kind::token;
  const bool hidden = created.duplicate && !known;
  return Json::object(
      {{"id", lead.id.text()},
       {"status", known ? lead.status : "new"},
       {"created_at", format_time(hidden ? app.world.clock.now() : lead.created_at)},
       {"duplicate", created.duplicate},
       {"booking_url", intake::booking_url(app.config.base_url, *request.caller.tenant, lead)}});
}

// Our thank-you page gets the person's token for its booking button; a page elsewhere gets nothing.
std::string thanks_location(const App& app, const Request& request, const intake::Rules& rules,
                            const std::string& reply_body) {
  if (!rules.thanks_url.empty()) return rules.thanks_url;
  std::string location = app.config.base_url + "/thanks/" + request.caller.tenant->slug;
  const auto reply = parse_json(reply_body);
  const std::string booking = reply ? reply->text("booking_url").value_or("") : "";
  if (const auto query = booking.find("?t="); query != std::string::npos) {
    location += booking.substr(query);
  }
  return location;
}

// A lead that was checked, until it is committed.
struct Taking {
  intake::Rules rules;
  intake::IdempotencyKey key;
  intake::Origin origin;
  intake::NewLead input;  // for the gate
  intake::CheckedLead checked;
  ProofGate::Verdict verdict;
  intake::StoredReply reply;
};

Result<intake::StoredReply> store_lead(App& app, store::Tx& tx, const Request& request,
                                       const Taking& taking) {
  return intake::with_idempotency(
      app.world, tx, taking.key, [&](store::Tx& inner) -> Result<intake::StoredReply> {
        FLEAD_TRY(const auto created, intake::create(app.world, inner, *request.caller.tenant,
                                                     taking.checked, taking.origin));
        return intake::StoredReply{created.duplicate ? 200 : 201,
                                   created_json(app, request, created).dump(), false};
      });
}

Reply tell_taken(const App& app, const Request& request, const intake::Rules& rules,
                 intake::StoredReply taken) {
  Reply reply;
  if (is_form(request) && http::prefers_html(request)) {
    reply = http::redirect(303, thanks_location(app, request, rules, taken.body));
  } else {
    reply.status = taken.status;
    reply.body = std::move(taken.body);
    reply.header("content-type", "application/json");
  }
  if (taken.replayed) reply.header("idempotency-replayed", "true");
  return reply;
}

Status check_lead(App& app, const Request& request, ProofGate& gate, Taking& taking) {
  taking.origin = origin_of(request);
  FLEAD_TRY(taking.input, parse_lead(request));
  FLEAD_TRY(taking.checked, intake::check_new_lead(*request.caller.tenant, taking.rules,
                                                   taking.input, taking.origin));
  // Last: a request that is refused has not spent its proof.
  FLEAD_TRY(taking.verdict, gate.judge(app, request, taking.rules, taking.input, taking.key.key));
  taking.checked.input.suspicion = taking.verdict.suspicion;
  return {};
}

Result<Reply> take_lead(App& app, const Request& request, const std::shared_ptr<ProofGate>& gate) {
  const auto taking = std::make_shared<Taking>();
  taking->rules = intake::rules_of(*request.caller.settings);
  FLEAD_TRY(taking->key, idempotency_key_of(request, "lead.create"));
  FLEAD_TRY(auto before, replay_of(app, taking->key));
  if (before) return tell_taken(app, request, taking->rules, std::move(*before));
  FLEAD_CHECK(check_lead(app, request, *gate, *taking));
  auto deferred = std::make_shared<http::Deferred>();
  deferred->write = [&app, &request, taking](store::Tx& tx) -> Status {
    FLEAD_TRY(taking->reply, store_lead(app, tx, request, *taking));
    return {};
  };
  deferred->answer = [&app, &request, gate, taking](const Status& committed) {
    if (!committed) gate->give_back(taking->input, taking->verdict);
    return committed ? tell_taken(app, request, taking->rules, std::move(taking->reply))
                     : failure(committed.error());
  };
  Reply reply;
  reply.deferred = std::move(deferred);
  return reply;
}

Reply create_lead(App& app, const Request& request, const std::shared_ptr<ProofGate>& gate) {
  auto reply = take_lead(app, request, gate);
  return reply ? std::move(*reply) : failure(reply.error());
}

// ---- reading and changing ----------------------------------------------------------------------

Result<intake::LeadFilter> read_filter(const Request& request, const PageRequest& page) {
  intake::LeadFilter filter;
  filter.status = filter_value(request, "status").value_or("");
  if (!filter.status.empty() && !intake::is_status(filter.status)) {
    return usage_error("bad_status", "There is no such status.");
  }
  if (const auto needs_human = filter_value(request, "needs_human")) {
    if (*needs_human != "true") {
      return usage_error("bad_needs_human", "needs_human is true, or left out.");
    }
    filter.needs_human = true;
  }
  filter.channel = request.query_value("channel").value_or("");
  filter.source = request.query_value("source").value_or("");
  filter.query = request.query_value("q").value_or("");
  filter.region = request.caller.tenant->region;
  FLEAD_TRY(filter.from, read_time(request, "from"));
  FLEAD_TRY(filter.to, read_time(request, "to"));
  filter.after_id = page.after_id;
  filter.limit = page.limit;
  return filter;
}

// "id,name": what a client asks for costs less than all of it.
Result<intake::LeadColumns> read_fields(const Request& request) {
  const auto fields = filter_value(request, "fields");
  return intake::choose_lead_columns(fields ? split(*fields, ',') : std::vector<std::string>());
}

Result<Reply> leads_page(App& app, const Request& request) {
  FLEAD_TRY(const PageRequest page, read_page(request, LeadIdTag::k_prefix));
  FLEAD_TRY(const auto filter, read_filter(request, page));
  FLEAD_TRY(auto columns, read_fields(request));
  FLEAD_TRY(const auto leads, app.store.read([&](store::Tx& tx) {
    return intake::list_json(tx, request.caller.tenant->id, filter, std::move(columns));
  }));
  Reply reply;
  reply.body = page_text(leads.rows, leads.has_more, leads.last_id);
  reply.header("content-type", "application/json");
  return reply;
}

Reply list_leads(App& app, const Request& request) {
  auto page = leads_page(app, request);
  return page ? std::move(*page) : failure(page.error());
}

Json lead_json(const App& app, const Request& request, const intake::Lead& lead) {
  return to_json(lead).set("booking_url",
                           intake::booking_url(app.config.base_url, *request.caller.tenant, lead));
}

Result<Json> show_lead(App& app, const Request& request) {
  FLEAD_TRY(const auto lead, app.store.read([&](store::Tx& tx) {
    return intake::load(tx, request.caller.tenant->id, LeadId(std::string(request.param("id"))));
  }));
  return lead_json(app, request, lead);
}

Result<Json> list_events(App& app, const Request& request) {
  FLEAD_TRY(const PageRequest page, read_page(request, EventIdTag::k_prefix));
  const LeadId id{std::string(request.param("id"))};
  FLEAD_TRY(const auto events,
            app.store.read([&](store::Tx& tx) -> Result<std::vector<intake::Event>> {
              const TenantId& tenant = request.caller.tenant->id;
              FLEAD_CHECK(intake::load(tx, tenant, id));  // somebody else's is not found
              return intake::timeline(tx, tenant, id, page.after_id, page.limit + 1);
            }));
  return page_json(page, events);
}

Result<Json> edit_lead(App& app, const Request& request) {
  FLEAD_TRY(const auto edit, parse_lead_edit(request.body));
  const LeadId id{std::string(request.param("id"))};
  FLEAD_TRY(const auto lead, app.store.write([&](store::Tx& tx) {
    return intake::edit(app.world, tx, *request.caller.tenant, id, edit, request.caller.actor);
  }));
  return lead_json(app, request, lead);
}

Status owns_lead(App& app, const Request& request) {
  FLEAD_CHECK(show_lead(app, request));
  return {};
}

template <Result<Json> (*answer)(App&, const Request&)>
Reply reply_json(App& app, const Request& request) {
  const auto json = answer(app, request);
  return json ? json_reply(200, *json) : failure(json.error());
}

}  // namespace

void add_lead_routes(std::vector<http::Route>& table) {
  const auto gate = std::make_shared<ProofGate>();
  add_proof_route(table, gate);
  const http::Handler take = [gate](App& app, const Request& request) {
    return create_lead(app, request, gate);
  };
  table.push_back({.method = "POST",
                   .pattern = "/api/v1/leads",
                   .access = http::Access::publishable,
                   .handler = take,
                   .operation = "createLead",
                   .summary = "Take a lead",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .cors = true,
                   .body_types = {"application/json", k_form_type},
                   .request_schema = "NewLead",
                   .response_schema = "CreatedLead",
                   .success = 201,
                   .form_schema = "NewLeadForm",
                   .idempotent = true,
                   .other_replies = {{200, "This phone or e-mail is known already", "CreatedLead"},
                                     {303, "To a browser that posted a form"}},
                   .refusals = {422}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/leads",
                   .access = http::Access::viewer,
                   .handler = list_leads,
                   .operation = "listLeads",
                   .summary = "List leads, newest first",
                   .response_schema = "LeadList",
                   .query = {{"status", "LeadStatus"},
                             {"channel"},
                             {"source"},
                             {"needs_human", "OnlyTrue"},
                             {"from", "TimeOrDate"},
                             {"to", "TimeOrDate"},
                             {"q"},
                             {"fields", "LeadFields"},
                             {"limit", "PageLimit"},
                             {"cursor"}}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/leads/{id}",
                   .access = http::Access::viewer,
                   .handler = reply_json<show_lead>,
                   .operation = "getLead",
                   .summary = "Show a lead",
                   .response_schema = "Lead",
                   .owns = owns_lead});
  table.push_back({.method = "PATCH",
                   .pattern = "/api/v1/leads/{id}",
                   .access = http::Access::operator_,
                   .handler = reply_json<edit_lead>,
                   .operation = "editLead",
                   .summary = "Change a lead",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .request_schema = "LeadEdit",
                   .response_schema = "Lead",
                   .owns = owns_lead,
                   .refusals = {409, 422}});
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/leads/{id}/events",
                   .access = http::Access::viewer,
                   .handler = reply_json<list_events>,
                   .operation = "listLeadEvents",
                   .summary = "List what happened to a lead, oldest first",
                   .response_schema = "EventList",
                   .query = {{"limit", "PageLimit"}, {"cursor"}},
                   .owns = owns_lead});
}

}  // namespace flead::api
