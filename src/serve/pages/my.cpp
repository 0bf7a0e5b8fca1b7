// /my/{token}: a person's own booking, and its calendar file. Whoever has the token may cancel; a
// GET never does.
#include <optional>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/feed.h"
#include "core/booking/note.h"
#include "core/booking/pay.h"
#include "core/booking/review.h"
#include "serve/api/intake_request.h"
#include "serve/pages/assets.h"
#include "serve/pages/booking.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/messengers.h"
#include "serve/pages/mine.h"
#include "serve/pages/offer_terms.h"

namespace flead::pages {

namespace {

struct Mine {
  tenants::Tenant tenant;
  booking::Booking booking;
  booking::Offer offer;
  booking::Host host;
  booking::Policy policy;  // that it was booked under
  std::optional<money::Payment> payment;
  bool reviewed = false;
  std::vector<booking::Note> notes;  // shared ones
  std::optional<intake::Lead> lead;
  std::vector<channels::StartLink> links;  // into messengers
};

Error no_booking() {
  return not_found("not_found", "There is no such booking.");
}

Result<Mine> load_mine(store::Tx& tx, std::string_view token) {
  FLEAD_TRY(auto found, booking::by_manage_token(tx, token));
  if (!found) return no_booking();
  Mine mine;
  mine.booking = std::move(*found);
  FLEAD_TRY(mine.tenant, tenants::load(tx, mine.booking.tenant));
  if (mine.tenant.suspended) return no_booking();
  FLEAD_TRY(mine.offer, booking::load_offer(tx, mine.tenant.id, mine.booking.offer));
  FLEAD_TRY(mine.host, booking::load_host(tx, mine.tenant.id, mine.booking.host));
  FLEAD_TRY(mine.policy, booking::policy_at(tx, mine.booking.offer, mine.booking.policy_version));
  FLEAD_TRY(mine.payment, booking::payment_of(tx, mine.booking));
  FLEAD_TRY(const auto review, booking::find_review(tx, mine.tenant.id, mine.booking.id));
  mine.reviewed = review.has_value();
  FLEAD_TRY(mine.notes, booking::notes_of(tx, mine.booking.id, false));
  if (mine.booking.lead) {
    FLEAD_TRY(mine.lead, intake::load(tx, mine.tenant.id, *mine.booking.lead));
  }
  return mine;
}

// The visitor may change what has not begun.
bool may_change(const Mine& mine, booking::Action action, TimeMs now) {
  if (!booking::is_ours_to_change(mine.booking, action)) return false;
  if (action == booking::Action::move &&
      !booking::check_move(mine.policy, mine.booking.moves, mine.booking.starts_at, now)) {
    return false;
  }
  return mine.booking.starts_at > now &&
         booking::next_state(mine.booking.state, action).has_value();
}

std::string_view heading_of(const http::Request& request, booking::State state) {
  if (state == booking::State::confirmed) {
    if (request.query_value("new")) return "my.new";
    if (request.query_value("moved")) return "my.moved";
  }
  switch (state) {
    case booking::State::held:
      return "my.held";
    case booking::State::requested:
      return "my.requested";
    case booking::State::confirmed:
      return "my.confirmed";
    case booking::State::declined:
      return "my.declined";
    case booking::State::expired:
      return "my.expired";
    case booking::State::cancelled:
      return "my.cancelled";
    case booking::State::completed:
      return "my.completed";
    case booking::State::no_show:
      return "my.no_show";
  }
  return "my.confirmed";
}

// What is written about the meeting: the brief, while it is ahead, and the notes of both sides.
void fill_papers(const Mine& mine, const Zone& zone, Language language, TimeMs now, Data& data) {
  const std::string url = "/my/" + percent_encode(mine.booking.manage_token);
  const auto brief = booking::brief_of(mine.offer, mine.booking);
  const bool ahead = mine.lead && mine.booking.ends_at > now &&
                     (mine.booking.state == booking::State::confirmed ||
                      mine.booking.state == booking::State::requested);
  if (ahead && !brief.empty()) {
    Data& form = data.add("BRIEF");
    form.set("URL", url + "/brief");
    for (std::size_t i = 0; i < brief.size(); ++i) {
      Data& row = form.add("QUESTION");
      row.set("N", std::to_string(i)).set("LABEL", brief[i].question).set("TEXT", brief[i].text);
    }
  }
  const bool met = mine.booking.state == booking::State::completed;
  if (mine.notes.empty() && !(mine.lead && (ahead || met))) return;
  Data& notes = data.add("NOTES");
  for (const auto& note : mine.notes) {
    Data& row = notes.add("NOTE");
    row.set("TEXT", note.text);
    row.set("ABOUT",
            (note.author == booking::k_visitor && mine.lead ? mine.lead->name : mine.host.name) +
                ", " + day_label(zone, note.created_at, language));
  }
  if (mine.lead && (ahead || met)) notes.add("ADD").set("URL", url + "/notes");
}

void fill_mine(const Mine& mine, Language language, TimeMs now, Data& data) {
  auto zone = Zone::load(mine.booking.visitor_zone);
  if (!zone) zone = Zone::utc();
  const TimeMs start = mine.booking.starts_at;
  const std::string token = percent_encode(mine.booking.manage_token);
  data.set("OFFER", mine.offer.name).set("HOST", mine.host.name);
  data.set("DAY", day_label(*zone, start, language));
  data.set("TIME", time_label(*zone, start) + "–" + time_label(*zone, mine.booking.ends_at));
  data.set("ZONE", zone_label(*zone, start));
  const std::string& place = mine.offer.location;
  const bool is_link = place.starts_with("https://") && place.find(' ') == std::string::npos;
  const bool joins = is_link && booking::takes_time(mine.booking.state);
  if (joins) data.add("JOIN").set("URL", place);
  if (!place.empty() && !joins) data.add("PLACE").set("LOCATION", place);
  const std::string name(language_name(language));
  const Money& price = mine.booking.price;
  if (price.amount_minor > 0) data.add("COST").set("TEXT", print_money(price, name));
  if (mine.booking.refund_due_minor) {
    data.add("REFUND").set("TEXT",
                           print_money({*mine.booking.refund_due_minor, price.currency}, name));
  }
  const bool awaits_payment = mine.booking.state == booking::State::held && mine.payment &&
                              mine.booking.held_until.value_or(0) > now;
  if (awaits_payment) {
    Data& pay = data.add("PAY");
    pay.set("URL", "/pay/" + percent_encode(mine.payment->token));
    pay.set("UNTIL",
            text_with("my.pay_until", language,
                      {{"until", format_wall_long(zone->wall(*mine.booking.held_until), name)}}));
  }
  if (!mine.booking.reason.empty()) data.add("WHY").set("REASON", mine.booking.reason);
  const bool live = booking::takes_time(mine.booking.state);
  const bool ours = mine.booking.kept_by.empty();
  data.show_if("KEPT", !ours && live);
  if (live && ours && !awaits_payment) data.add("CALENDAR").set("URL", "/c/" + token + ".ics");
  if (may_change(mine, booking::Action::move, now)) {
    data.add("MOVE").set("URL", offer_path(mine.tenant, mine.offer) + "?m=" + token +
                                    "&tz=" + percent_encode(zone->name()));
  }
  if (may_change(mine, booking::Action::cancel, now)) {
    Data& cancel = data.add("CANCEL");
    cancel.set("URL", "/my/" + token + "/cancel");
    const std::string back = refund_sentence(mine.booking, mine.policy, now, language);
    if (!back.empty()) cancel.add("BACK").set("TEXT", back);
  }
  fill_papers(mine, *zone, language, now, data);
  if (mine.booking.state == booking::State::completed && mine.lead && !mine.reviewed) {
    Data& review = data.add("REVIEW");
    review.set("URL", "/my/" + token + "/review");
    for (int stars = 5; stars > 0; --stars) review.add("STAR").set("N", std::to_string(stars));
  }
  data.show_if("THANKS", mine.reviewed);
  if (!live) {
    std::string url = offer_path(mine.tenant, mine.offer);
    if (mine.lead) url += "?t=" + percent_encode(mine.lead->link_token);
    data.add("AGAIN").set("URL", url);
  }
}

Result<http::Reply> show_mine(App& app, const http::Request& request) {
  FLEAD_TRY(const auto mine, app.store.read([&](store::Tx& tx) -> Result<Mine> {
    FLEAD_TRY(auto found, load_mine(tx, request.param("token")));
    // A person who has called the meeting off wants another time, not a dialogue about it.
    if (found.lead && booking::takes_time(found.booking.state)) {
      FLEAD_TRY(found.links, shown_links(app, tx, found.tenant, *found.lead));
    }
    return found;
  }));
  const Language language = choose_language(request, mine.tenant);
  const auto heading = text(heading_of(request, mine.booking.state), language);
  Page page = booking_page("my", language, mine.tenant, heading);
  page.data.set("HEADING", heading);
  fill_mine(mine, language, app.world.clock.now(), page.data);
  page.messengers = messengers_of(mine.links, language);
  if (mine.lead && app.key.present()) {
    Data& all = page.data.add("ALL");
    all.set("URL", "/my/" + percent_encode(mine.booking.manage_token) + "/all");
    all.show_if("SENT", request.query_value("sent").has_value());
  }
  http::Reply reply = render(200, page);
  reply.header("cache-control", "no-store");
  return reply;
}

http::Reply back_to(const Mine& mine) {
  http::Reply reply = http::redirect(303, "/my/" + percent_encode(mine.booking.manage_token));
  reply.header("cache-control", "no-store");
  return reply;
}

Result<http::Reply> cancel_mine(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  FLEAD_TRY(const auto mine,
            app.store.read([&](store::Tx& tx) { return load_mine(tx, request.param("token")); }));
  booking::Change change;
  change.id = mine.booking.id;
  change.action = booking::Action::cancel;
  change.reason = utf8_prefix(field_value(fields, "reason"), k_reason_characters_max);
  change.actor = booking::k_visitor;
  FLEAD_CHECK(app.store.write(
      [&](store::Tx& tx) { return booking::change(app, tx, mine.tenant, change); }));
  return back_to(mine);
}

Result<http::Reply> review_mine(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string stars = field_value(fields, "rating");
  const std::int64_t rating = stars.size() == 1 ? stars[0] - '0' : 0;
  FLEAD_TRY(const auto mine, app.store.write([&](store::Tx& tx) -> Result<Mine> {
    FLEAD_TRY(auto found, load_mine(tx, request.param("token")));
    FLEAD_CHECK(booking::add_review(app.world, tx, found.tenant.id, found.booking.id, rating,
                                    field_value(fields, "text"), booking::k_visitor));
    return found;
  }));
  return back_to(mine);
}

Result<http::Reply> brief_mine(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  FLEAD_TRY(const auto mine, app.store.write([&](store::Tx& tx) -> Result<Mine> {
    FLEAD_TRY(auto found, load_mine(tx, request.param("token")));
    auto brief = booking::brief_of(found.offer, found.booking);
    for (std::size_t i = 0; i < brief.size(); ++i) {
      brief[i].text = field_value(fields, "answer_" + std::to_string(i));
    }
    FLEAD_CHECK(booking::set_brief(app.world, tx, found.tenant.id, found.booking.id, brief,
                                   booking::k_visitor));
    return found;
  }));
  return back_to(mine);
}

Result<http::Reply> note_mine(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  FLEAD_TRY(const auto mine, app.store.write([&](store::Tx& tx) -> Result<Mine> {
    FLEAD_TRY(auto found, load_mine(tx, request.param("token")));
    if (!found.lead) return no_booking();
    FLEAD_CHECK(booking::add_note(app.world, tx, found.tenant.id, found.booking.id, "shared",
                                  booking::k_visitor, field_value(fields, "text")));
    return found;
  }));
  return back_to(mine);
}

// Sent to the person's own address: this page may have been passed on.
Result<http::Reply> send_all_mine(App& app, const http::Request& request) {
  FLEAD_TRY(const auto mine, app.store.write([&](store::Tx& tx) -> Result<Mine> {
    FLEAD_TRY(auto found, load_mine(tx, request.param("token")));
    if (!found.lead) return no_booking();
    FLEAD_CHECK(send_way_in(app, tx, found.tenant, *found.lead));
    return found;
  }));
  return http::redirect(303, "/my/" + percent_encode(mine.booking.manage_token) + "?sent=1")
      .header("cache-control", "no-store");
}

Result<http::Reply> get_calendar(App& app, const http::Request& request) {
  std::string_view file = request.param("file");
  if (!file.ends_with(".ics")) return no_booking();
  file.remove_suffix(4);
  FLEAD_TRY(const auto appointment,
            app.store.read([&](store::Tx& tx) -> Result<booking::Appointment> {
              FLEAD_TRY(const auto mine, load_mine(tx, file));
              // Whoever has the link reads it, not always the person: in the reader's language.
              const Language language = choose_language(request, mine.tenant);
              return booking::appointment_of(app, tx, mine.tenant, mine.booking, false,
                                             language_name(language));
            }));
  http::Reply reply;
  reply.body = booking::write_calendar(appointment);
  reply.header("content-type", "text/calendar; charset=utf-8");
  reply.header("content-disposition", "attachment; filename=\"meeting.ics\"");
  reply.header("cache-control", "no-store");
  add_security_headers(reply);
  return reply;
}

// Calendars ask every few minutes, and mostly nothing has changed.
Result<http::Reply> get_feed(App& app, const http::Request& request) {
  std::string_view file = request.param("file");
  if (!file.ends_with(".ics")) return no_booking();
  file.remove_suffix(4);
  FLEAD_TRY(auto feed,
            app.store.read([&](store::Tx& tx) { return booking::write_host_feed(app, tx, file); }));
  http::Reply reply;
  const std::string etag = make_etag(feed);
  reply.header("etag", etag);
  reply.header("cache-control", "private, no-cache");
  if (matches_etag(request, etag)) {
    reply.status = 304;
    return reply;
  }
  reply.body = std::move(feed);
  reply.header("content-type", "text/calendar; charset=utf-8");
  add_security_headers(reply);
  return reply;
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply my_reply(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

void add_my_paper_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "POST",
                   .pattern = "/my/{token}/brief",
                   .handler = my_reply<brief_mine>,
                   .operation = "briefMyBooking",
                   .summary = "The person answers what is asked before the meeting",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .body_types = {api::k_form_type},
                   .request_schema = "BriefForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {409, 422}});
  table.push_back({.method = "POST",
                   .pattern = "/my/{token}/notes",
                   .handler = my_reply<note_mine>,
                   .operation = "addMyNote",
                   .summary = "The person writes a note that both sides see",
                   .body_bytes_max = k_lead_body_bytes_max,
                   .body_types = {api::k_form_type},
                   .request_schema = "NoteForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {422}});
  table.push_back({.method = "POST",
                   .pattern = "/my/{token}/all",
                   .handler = my_reply<send_all_mine>,
                   .operation = "sendMyMeetings",
                   .summary = "Sends the person a link to all of their meetings",
                   .body_types = {api::k_form_type},
                   .request_schema = "FavouriteForm",
                   .success = 303,
                   .body_optional = true,
                   .response_type = "text/html",
                   .refusals = {422}});
}

}  // namespace

void add_my_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/my/{token}",
                   .handler = my_reply<show_mine>,
                   .operation = "getMyBookingPage",
                   .summary = "A person's own booking",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html"});
  table.push_back({.method = "POST",
                   .pattern = "/my/{token}/cancel",
                   .handler = my_reply<cancel_mine>,
                   .operation = "cancelMyBooking",
                   .summary = "The person cancels a booking that has not begun",
                   .body_types = {api::k_form_type},
                   .request_schema = "CancelForm",
                   .success = 303,
                   .body_optional = true,
                   .response_type = "text/html",
                   .refusals = {409}});
  table.push_back({.method = "POST",
                   .pattern = "/my/{token}/review",
                   .handler = my_reply<review_mine>,
                   .operation = "reviewMyBooking",
                   .summary = "The person says how the meeting was",
                   .body_types = {api::k_form_type},
                   .request_schema = "ReviewForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {409, 422}});
  add_my_paper_routes(table);
  table.push_back({.method = "GET",
                   .pattern = "/c/{file}",
                   .handler = my_reply<get_calendar>,
                   .operation = "getCalendarFile",
                   .summary = "A booking as an iCalendar file: TOKEN.ics",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/calendar"});
  table.push_back({.method = "GET",
                   .pattern = "/c/feed/{file}",
                   .handler = my_reply<get_feed>,
                   .operation = "getCalendarFeed",
                   .summary = "A host's bookings as a calendar to subscribe to: TOKEN.ics",
                   .response_type = "text/calendar",
                   .other_replies = {{304, "Nothing has changed"}}});
}

}  // namespace flead::pages
