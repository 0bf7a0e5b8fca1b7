#include "serve/pages/host.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/booking.h"
#include "core/booking/note.h"
#include "core/booking/pass.h"
#include "serve/api/intake_request.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {

namespace {

constexpr std::string_view k_session_cookie = "flead_host";
constexpr std::int64_t k_week_shown_max = 500;      // meetings of one week
constexpr std::int64_t k_requests_shown_max = 100;  // that wait for a word

Error login_needed() {
  return unauthorized("login_needed", "This page is for hosts: open it by your own link.",
                      "flead expert link prints it");
}

// The cookie goes with links from elsewhere, but a form must come from our own page.
bool is_from_elsewhere(const App& app, const http::Request& request) {
  if (request.method == "GET") return false;
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty()) return site != "same-origin";
  const std::string_view origin = request.header("origin");
  return !origin.empty() &&
         booking::host_of_url(origin) != booking::host_of_url(app.config.base_url);
}

std::string session_cookie(const App& app, const std::string& session) {
  std::string cookie = std::string(k_session_cookie) + "=" + session + "; Path=/h; Max-Age=" +
                       std::to_string(booking::k_host_session_ms / k_second_ms) +
                       "; HttpOnly; SameSite=Lax";
  if (app.config.base_url.starts_with("https://")) cookie += "; Secure";
  return cookie;
}

Result<http::Reply> enter_host(App& app, const http::Request& request) {
  using booking::PassKind;
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(const auto session, app.store.read([&](store::Tx& tx) -> Result<std::string> {
    FLEAD_TRY(const auto host,
              booking::host_of_pass(tx, app.key, PassKind::host_link, request.param("pass"), now));
    if (!host) return login_needed();
    FLEAD_TRY(const auto seq, booking::login_seq(tx, host->id));
    return booking::make_pass(app.key, PassKind::host_session, host->id.text(), seq,
                              now + booking::k_host_session_ms);
  }));
  http::Reply reply = see_host_page("/h");
  reply.header("set-cookie", session_cookie(app, session));
  reply.header("referrer-policy", "no-referrer");
  return reply;
}

Result<http::Reply> leave_host(App& app, const http::Request& request) {
  if (is_from_elsewhere(app, request)) return login_needed();
  http::Reply reply = see_host_page("/h");
  reply.header("set-cookie", std::string(k_session_cookie) + "=; Path=/h; Max-Age=0; HttpOnly");
  return reply;
}

// ---- the week --------------------------------------------------------------------------------

struct Entry {
  booking::Booking booking;
  std::string person;  // the name, "" for a hold
};

struct Week {
  HostVisit visit;
  Date monday;
  std::vector<Entry> requests, meetings;
};

Date monday_of(Date date) {
  return date_from_days(days_from_date(date) - (weekday_of(date) - 1));
}

Result<std::vector<Entry>> entries_of(store::Tx& tx, const HostVisit& visit,
                                      booking::Filter filter) {
  filter.host = visit.host.slug;
  FLEAD_TRY(auto bookings, booking::list(tx, visit.tenant.id, filter));
  std::vector<Entry> entries;
  for (auto& booking : bookings) {
    Entry entry;
    if (booking.lead) {
      FLEAD_TRY(const auto lead, intake::load(tx, visit.tenant.id, *booking.lead));
      entry.person = lead.name.empty() ? lead.phone.value_or(lead.email) : lead.name;
    }
    entry.booking = std::move(booking);
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Week> load_week(App& app, store::Tx& tx, const http::Request& request) {
  Week week;
  FLEAD_TRY(week.visit, load_host_visit(app, tx, request));
  const Zone& zone = week.visit.zone;
  const auto asked = parse_date(request.query_value("week").value_or(""));
  week.monday = monday_of(asked.value_or(zone.wall(app.world.clock.now()).date));
  booking::Filter filter;
  filter.from = zone.day_start(week.monday);
  filter.to = zone.day_start(date_from_days(days_from_date(week.monday) + 7));
  filter.limit = k_week_shown_max;
  FLEAD_TRY(week.meetings, entries_of(tx, week.visit, filter));
  std::erase_if(week.meetings, [](const Entry& entry) {
    return !booking::takes_time(entry.booking.state) ||
           entry.booking.state == booking::State::requested;
  });
  booking::Filter waiting;
  waiting.status = booking::state_name(booking::State::requested);
  waiting.from = app.world.clock.now();
  waiting.limit = k_requests_shown_max;
  FLEAD_TRY(week.requests, entries_of(tx, week.visit, waiting));
  return week;
}

std::string meeting_path(const booking::Booking& booking) {
  return "/h/meeting/" + booking.id.text();
}

void fill_entry(const HostVisit& visit, const Entry& entry, Data& row) {
  const auto& booking = entry.booking;
  row.set("URL", meeting_path(booking)).set("PERSON", entry.person);
  row.set("DAY", day_label(visit.zone, booking.starts_at, visit.language));
  row.set("TIME", time_label(visit.zone, booking.starts_at) + "–" +
                      time_label(visit.zone, booking.ends_at));
  row.set("OFFER", booking.offer_slug);
  row.set("STATE",
          text("decision." + std::string(booking::state_name(booking.state)), visit.language));
}

std::string week_path(Date monday, int weeks) {
  return "/h?week=" + format_date(date_from_days(days_from_date(monday) + 7 * weeks));
}

void fill_week(const Week& week, Data& data) {
  const HostVisit& visit = week.visit;
  if (!week.requests.empty()) {
    Data& requests = data.add("REQUESTS");
    for (const Entry& entry : week.requests) fill_entry(visit, entry, requests.add("REQUEST"));
  }
  data.set("BEFORE", week_path(week.monday, -1)).set("AFTER", week_path(week.monday, 1));
  data.set("ZONE", visit.host.zone);
  for (int i = 0; i < 7; ++i) {
    const Date date = date_from_days(days_from_date(week.monday) + i);
    Data& day = data.add("DAY");
    day.set("DATE", day_label(visit.zone, visit.zone.day_start(date), visit.language));
    bool any = false;
    for (const Entry& entry : week.meetings) {
      if (visit.zone.wall(entry.booking.starts_at).date != date) continue;
      any = true;
      fill_entry(visit, entry, day.add("MEETING"));
    }
    day.show_if("FREE", !any);
  }
}

Result<http::Reply> show_week(App& app, const http::Request& request) {
  FLEAD_TRY(const auto week,
            app.store.read([&](store::Tx& tx) { return load_week(app, tx, request); }));
  Page page = host_page("host", week.visit, text("host.title", week.visit.language));
  fill_week(week, page.data);
  return host_reply_to(200, page);
}

// ---- one meeting -----------------------------------------------------------------------------

struct Meeting {
  HostVisit visit;
  Entry entry;
  booking::Offer offer;
  std::optional<intake::Lead> lead;
  std::vector<booking::Note> notes;
};

Result<Meeting> load_meeting(App& app, store::Tx& tx, const http::Request& request) {
  Meeting meeting;
  FLEAD_TRY(meeting.visit, load_host_visit(app, tx, request));
  const TenantId& tenant = meeting.visit.tenant.id;
  FLEAD_TRY(auto booking,
            booking::load(tx, tenant, BookingId(std::string(request.param("meeting")))));
  // Another host's meeting is not there for this one.
  if (booking.host != meeting.visit.host.id) {
    return not_found("booking_not_found", "No such booking.");
  }
  FLEAD_TRY(meeting.offer, booking::load_offer(tx, tenant, booking.offer));
  FLEAD_TRY(meeting.notes, booking::notes_of(tx, booking.id, true));
  if (booking.lead) {
    FLEAD_TRY(meeting.lead, intake::load(tx, tenant, *booking.lead));
    meeting.entry.person = meeting.lead->name;
  }
  meeting.entry.booking = std::move(booking);
  return meeting;
}

struct DecisionRow {
  std::string_view name, text;
  booking::Action action;
  bool tells;  // asks for a reason, which the person reads
};
constexpr DecisionRow k_decisions[] = {
    {"accept", "decision.accept", booking::Action::confirm, false},
    {"decline", "decision.decline", booking::Action::decline, true},
    {"complete", "host.complete", booking::Action::complete, false},
    {"no_show", "host.no_show", booking::Action::no_show, false},
    {"cancel", "host.cancel", booking::Action::cancel, true},
};

// What may be done now: nothing is said to have happened before it began.
bool may_decide(const booking::Booking& booking, const DecisionRow& row, TimeMs now) {
  if (!booking.lead || !booking::next_state(booking.state, row.action)) return false;
  // Accepted before, and waiting for its payment.
  if (booking.state == booking::State::held && row.action == booking::Action::confirm) return false;
  if (!booking::is_ours_to_change(booking, row.action)) return false;
  const bool afterwards =
      row.action == booking::Action::complete || row.action == booking::Action::no_show;
  return afterwards ? now >= booking.starts_at : now < booking.ends_at;
}

void fill_meeting(const Meeting& meeting, TimeMs now, Data& data) {
  const HostVisit& visit = meeting.visit;
  const auto& booking = meeting.entry.booking;
  fill_entry(visit, meeting.entry, data);
  data.set("OFFER", meeting.offer.name).set("ZONE", zone_label(visit.zone, booking.starts_at));
  if (booking.price.amount_minor > 0) {
    data.add("COST").set("TEXT", print_money(booking.price, language_name(visit.language)));
  }
  if (meeting.lead) {
    for (const std::string& contact : {meeting.lead->phone.value_or(""), meeting.lead->email}) {
      if (!contact.empty()) data.add("CONTACT").set("TEXT", contact);
    }
    if (!meeting.lead->message.empty()) data.add("MESSAGE").set("TEXT", meeting.lead->message);
  }
  for (const auto& answer : booking::brief_of(meeting.offer, booking)) {
    if (answer.text.empty()) continue;
    data.add("ANSWER").set("QUESTION", answer.question).set("TEXT", answer.text);
  }
  for (const auto& note : meeting.notes) {
    Data& row = data.add("NOTE");
    row.set("TEXT", note.text);
    row.set("ABOUT",
            text(note.kind == "shared" ? "host.note_shared" : "host.note_private", visit.language));
  }
  for (const DecisionRow& one : k_decisions) {
    if (!may_decide(booking, one, now)) continue;
    Data& row = data.add("DECIDE");
    row.set("ACTION", meeting_path(booking)).set("DO", one.name);
    row.set("LABEL", text(one.text, visit.language));
    if (one.tells) row.add("REASON").set("ID", one.name);
  }
  data.set("NOTES_URL", meeting_path(booking));
}

Result<http::Reply> show_meeting(App& app, const http::Request& request) {
  FLEAD_TRY(const auto meeting,
            app.store.read([&](store::Tx& tx) { return load_meeting(app, tx, request); }));
  Page page = host_page("host_meeting", meeting.visit, meeting.offer.name);
  fill_meeting(meeting, app.world.clock.now(), page.data);
  return host_reply_to(200, page);
}

Status apply_decision(App& app, store::Tx& tx, const Meeting& meeting, const FormFields& fields) {
  const std::string wanted = field_value(fields, "do");
  const BookingId& id = meeting.entry.booking.id;
  if (wanted == "note") {
    FLEAD_CHECK(booking::add_note(app.world, tx, meeting.visit.tenant.id, id,
                                  field_value(fields, "kind"), booking::k_by_host,
                                  field_value(fields, "text")));
    return {};
  }
  const auto row = std::find_if(std::begin(k_decisions), std::end(k_decisions),
                                [&](const DecisionRow& one) { return one.name == wanted; });
  if (row == std::end(k_decisions)) {
    return refused_field("do", "decision_unknown", "Say accept, decline, complete or cancel.");
  }
  booking::Change change;
  change.id = id;
  change.action = row->action;
  change.reason = utf8_prefix(field_value(fields, "reason"), k_reason_characters_max);
  change.actor = booking::k_by_host;
  FLEAD_CHECK(booking::change(app, tx, meeting.visit.tenant, change));
  return {};
}

Result<http::Reply> change_meeting(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto meeting, load_meeting(app, tx, request));
    return apply_decision(app, tx, meeting, fields);
  }));
  return see_host_page("/h/meeting/" + percent_encode(request.param("meeting")));
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply reply_to_host(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

Result<HostVisit> load_host_visit(App& app, store::Tx& tx, const http::Request& request) {
  if (is_from_elsewhere(app, request)) {
    return forbidden("other_site", "This form was sent from another site.");
  }
  FLEAD_TRY(auto host,
            booking::host_of_pass(tx, app.key, booking::PassKind::host_session,
                                  cookie_value(request, k_session_cookie), app.world.clock.now()));
  if (!host) return login_needed();
  HostVisit visit;
  FLEAD_TRY(visit.tenant, tenants::load(tx, host->tenant));
  if (visit.tenant.suspended) return login_needed();
  visit.language = choose_language(request, visit.tenant);
  FLEAD_TRY(visit.zone, Zone::load(host->zone));
  visit.host = std::move(*host);
  return visit;
}

Page host_page(std::string_view content, const HostVisit& visit, std::string_view title) {
  Page page;
  page.content = content;
  page.language = visit.language;
  page.title = title;
  page.brand = visit.tenant.name;
  page.brand_url = "/h";
  page.data.set("HOST", visit.host.name);
  return page;
}

http::Reply host_reply_to(int status, const Page& page) {
  http::Reply reply = render(status, page);
  reply.header("cache-control", "no-store");
  return reply;
}

http::Reply see_host_page(std::string_view path) {
  http::Reply reply = http::redirect(303, std::string(path));
  reply.header("cache-control", "no-store");
  return reply;
}

void add_host_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/h/in/{pass}",
                   .handler = reply_to_host<enter_host>,
                   .operation = "enterHostPages",
                   .summary = "A host's link, swapped for a session",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "POST",
                   .pattern = "/h/out",
                   .handler = reply_to_host<leave_host>,
                   .operation = "leaveHostPages",
                   .summary = "Ends the session in this browser",
                   .body_types = {api::k_form_type},
                   .request_schema = "CancelForm",
                   .success = 303,
                   .body_optional = true,
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "GET",
                   .pattern = "/h",
                   .handler = reply_to_host<show_week>,
                   .operation = "getHostPage",
                   .summary = "A host's requests, and the meetings of a week",
                   .query = {{"week", "Date"}, {"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "GET",
                   .pattern = "/h/meeting/{meeting}",
                   .handler = reply_to_host<show_meeting>,
                   .operation = "getHostMeeting",
                   .summary = "One meeting: who, brief, notes, and what may be done",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401, 404}});
  table.push_back({.method = "POST",
                   .pattern = "/h/meeting/{meeting}",
                   .handler = reply_to_host<change_meeting>,
                   .operation = "changeHostMeeting",
                   .summary = "The host decides, or writes a note",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .body_types = {api::k_form_type},
                   .request_schema = "HostMeetingForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {401, 403, 404, 409, 422}});
  add_host_times_routes(table);
  add_host_money_routes(table);
  add_host_method_routes(table);
}

}  // namespace flead::pages
