// /h/times: a host's own windows and the days that differ.
#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/base/weekly.h"
#include "core/booking/holiday.h"
#include "serve/api/intake_request.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/host.h"

namespace flead::pages {

namespace {

struct OwnOffer {
  booking::Offer offer;
  std::vector<booking::Rule> rules;
};

struct Times {
  HostVisit visit;
  std::vector<booking::Rule> every;  // for offers without windows of their own
  std::vector<OwnOffer> offers;
  std::vector<booking::ExceptionRow> exceptions;  // from today on
};

Result<Times> load_times(App& app, store::Tx& tx, const http::Request& request) {
  Times times;
  FLEAD_TRY(times.visit, load_host_visit(app, tx, request));
  const TenantId& tenant = times.visit.tenant.id;
  FLEAD_TRY(auto offers, booking::offers_kept_by(tx, times.visit.host.id));
  FLEAD_TRY(times.every, booking::list_rules(tx, tenant, times.visit.host.slug, ""));
  std::erase_if(times.every, [](const booking::Rule& rule) { return rule.offer.has_value(); });
  for (auto& offer : offers) {
    OwnOffer own;
    FLEAD_TRY(own.rules, booking::list_rules(tx, tenant, times.visit.host.slug, offer.slug));
    own.offer = std::move(offer);
    times.offers.push_back(std::move(own));
  }
  FLEAD_TRY(times.exceptions, booking::list_exceptions(tx, tenant, times.visit.host.slug));
  const Date today = times.visit.zone.wall(app.world.clock.now()).date;
  std::erase_if(times.exceptions,
                [&](const booking::ExceptionRow& row) { return row.day.date < today; });
  return times;
}

std::string minutes_label(int minutes) {
  return print_minutes(minutes);
}

void fill_rules(const std::vector<booking::Rule>& rules, Language language, Data& section) {
  for (const auto& rule : rules) {
    Data& row = section.add("RULE");
    row.set("ID", rule.id.text());
    row.set("TEXT", std::string(text("weekday." + std::to_string(rule.window.weekday), language)) +
                        " " + minutes_label(rule.window.from_min) + "–" +
                        minutes_label(rule.window.to_min));
  }
}

void fill_times(const Times& times, Data& data) {
  const Language language = times.visit.language;
  data.set("ZONE", times.visit.host.zone);
  if (times.offers.size() > 1 || !times.every.empty()) {
    Data& every = data.add("OFFER");
    every.set("SLUG", "").set("NAME", text("host.every_offer", language));
    fill_rules(times.every, language, every);
    every.show_if("NONE", times.every.empty());
  }
  for (const OwnOffer& own : times.offers) {
    Data& offer = data.add("OFFER");
    offer.set("SLUG", own.offer.slug).set("NAME", own.offer.name);
    fill_rules(own.rules, language, offer);
    offer.show_if("NONE", own.rules.empty() && times.every.empty());
    offer.show_if("EVERY", own.rules.empty() && !times.every.empty());
  }
  for (const auto& exception : times.exceptions) {
    Data& row = data.add("EXCEPTION");
    row.set("DATE", format_date(exception.day.date));
    row.set("TEXT", exception.day.closed() ? std::string(text("host.closed", language))
                                           : minutes_label(exception.day.from_min) + "–" +
                                                 minutes_label(exception.day.to_min));
    row.set("REASON", exception.reason);
  }
}

Result<http::Reply> times_page(App& app, const http::Request& request, const Error* error) {
  FLEAD_TRY(const auto times,
            app.store.read([&](store::Tx& tx) { return load_times(app, tx, request); }));
  Page page = host_page("host_times", times.visit, text("host.times", times.visit.language));
  fill_times(times, page.data);
  if (error != nullptr) page.data.add("ERROR").set("TEXT", error->message);
  return host_reply_to(error == nullptr ? 200 : 422, page);
}

Result<http::Reply> show_times(App& app, const http::Request& request) {
  return times_page(app, request, nullptr);
}

Status remove_own_rule(store::Tx& tx, const HostVisit& visit, const std::string& id) {
  FLEAD_TRY(const auto rules, booking::list_rules(tx, visit.tenant.id, visit.host.slug, ""));
  for (const auto& rule : rules) {
    if (rule.id.text() != id) continue;
    FLEAD_CHECK(booking::remove_rule(tx, visit.tenant.id, rule.id));
    return {};
  }
  return {};  // gone already
}

Status add_own_rule(App& app, store::Tx& tx, const HostVisit& visit, const FormFields& fields) {
  booking::NewRules rules;
  rules.host = visit.host.slug;
  const std::string slug = field_value(fields, "offer");
  rules.every_offer = slug.empty();
  if (!slug.empty()) {
    FLEAD_TRY(const auto offer, booking::find_offer(tx, visit.tenant.id, slug));
    if (offer.host != visit.host.id) return not_found("offer_not_found", "No such offer.");
    rules.offer = slug;
  }
  rules.weekly = field_value(fields, "weekly");
  FLEAD_CHECK(booking::add_rules(app.world, tx, visit.tenant, rules));
  return {};
}

Status apply_times(App& app, store::Tx& tx, const HostVisit& visit, const FormFields& fields) {
  const std::string wanted = field_value(fields, "do");
  if (wanted == "add") return add_own_rule(app, tx, visit, fields);
  if (wanted == "remove") return remove_own_rule(tx, visit, field_value(fields, "rule"));
  const auto date = parse_date(field_value(fields, "date"));
  if (!date) return refused_field("date", "bad_date", "A day is written such as 2026-12-31.");
  if (wanted == "usual") {
    FLEAD_CHECK(booking::remove_exception(tx, visit.tenant.id, visit.host.slug, *date));
    return {};
  }
  booking::NewException exception;
  exception.host = visit.host.slug;
  exception.date = *date;
  exception.open = trim(field_value(fields, "open"));
  exception.reason = field_value(fields, "reason");
  FLEAD_CHECK(booking::add_exception(app.world, tx, visit.tenant.id, exception));
  return {};
}

Result<http::Reply> change_times(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const auto changed = app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto visit, load_host_visit(app, tx, request));
    return apply_times(app, tx, visit, fields);
  });
  if (changed) return see_host_page("/h/times");
  const ErrorKind kind = changed.error().kind;
  if (kind == ErrorKind::refused || kind == ErrorKind::conflict) {
    return times_page(app, request, &changed.error());
  }
  return changed.error();
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply reply_with_times(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_host_times_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/h/times",
                   .handler = reply_with_times<show_times>,
                   .operation = "getHostTimes",
                   .summary = "A host's windows, and the days that differ",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "POST",
                   .pattern = "/h/times",
                   .handler = reply_with_times<change_times>,
                   .operation = "changeHostTimes",
                   .summary = "The host adds or removes windows and days that differ",
                   .body_types = {api::k_form_type},
                   .request_schema = "HostTimesForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {401, 403, 404, 422}});
}

}  // namespace flead::pages
