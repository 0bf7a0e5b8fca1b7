// Cal.com's API v2 for one user: versions by family, bookings that refuse a second one for a slot,
// a move that makes a new uid, reservations that end by the clock. From the vendor's OpenAPI of
// 2026-08-18 and its docs. Slots are whole lengths from 09:00 to 17:00 UTC of every day.
// account: key, username, flood, hooks_allowed, and of the first event type confirms, seats,
//   length_min, slug; all bookings and webhooks are in the answer.
// event: type created cancelled rescheduled rejected confirmed no_show ended ping raw; uid (the
//   newest booking unless said), starts_at, name, email, phone, zone, lead, reason, by_host,
//   absent; tell=false (the call is lost), url, secret, bad_signature, no_secret, template, body
//   (of raw).
#include <algorithm>
#include <utility>

#include "core/base/id.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/mock/calcom_double.h"

namespace flead::serve::mock::calcom_double {

namespace {

constexpr std::size_t k_calcom_kept_max = 10'000;  // of each kind of thing
constexpr std::string_view k_bookings_version = "2024-08-13";
constexpr std::string_view k_slots_version = "2024-09-04";
constexpr std::string_view k_types_version = "2024-06-14";
constexpr std::int64_t k_open_hour = 9;
constexpr std::int64_t k_close_hour = 17;
constexpr std::int64_t k_reservation_min = 5;
constexpr std::size_t k_slots_days_max = 60;

http::Reply failed(const Call& call, int status, std::string_view code, std::string_view words) {
  return http::json_reply(
      status, Json::object({{"status", "error"},
                            {"timestamp", "2026-01-01T00:00:00.000Z"},
                            {"path", call.path},
                            {"error", Json::object({{"code", code}, {"message", words}})}}));
}
http::Reply missing(const Call& call, std::string_view what) {
  return failed(call, 404, "NotFoundException", std::string(what) + " not found");
}
http::Reply bad(const Call& call, std::string_view words) {
  return failed(call, 400, "BadRequestException", words);
}
http::Reply success(Json data, int status = 200) {
  return http::json_reply(status, Json::object({{"status", "success"}, {"data", std::move(data)}}));
}

std::int64_t calcom_number(std::string_view text, std::int64_t fallback = 0) {
  const auto json = parse_json(text);
  return json ? json->integer().value_or(fallback) : fallback;
}

Json body_of(const Call& call) {
  auto json = parse_json(call.body);
  return json && json->is_object() ? std::move(*json) : Json::object();
}

}  // namespace

Calcom::Calcom(World world) : world_(world) {
  types_.push_back({812, "consult", "Консультация", 60, false, 0});
  types_.push_back({813, "intro", "Знакомство", 30, false, 0});
}

std::vector<std::string> Calcom::paths() const {
  return {"/v2/me",       "/v2/event-types",        "/v2/event-types/{id}",
          "/v2/slots",    "/v2/slots/reservations", "/v2/slots/reservations/{uid}",
          "/v2/bookings", "/v2/bookings/{uid}",     "/v2/bookings/{uid}/{what}",
          "/v2/webhooks", "/v2/webhooks/{id}",      "/{user}/{slug}"};
}

std::vector<std::string_view> Calcom::methods() const {
  return {"GET", "POST", "PATCH", "DELETE"};
}

TimeMs Calcom::tick() {
  last_change_ = std::max(world_.clock.now(), last_change_ + 1);
  return last_change_;
}

const Calcom::EventType* Calcom::type_of(std::int64_t id) const {
  for (const EventType& type : types_) {
    if (type.id == id) return &type;
  }
  return nullptr;
}

Calcom::Booking* Calcom::find(std::string_view uid) {
  for (Booking& booking : bookings_) {
    if (booking.uid == uid) return &booking;
  }
  return nullptr;
}

// Without its version a family would answer an older shape; here that is said.
std::optional<http::Reply> Calcom::refuse(const Call& call, std::string_view version) const {
  if (flood_) {
    http::Reply reply = failed(call, 429, "ThrottlerException", "Too Many Requests");
    reply.header("x-ratelimit-limit-default", "120");
    reply.header("x-ratelimit-remaining-default", "0");
    reply.header("x-ratelimit-reset-default", "1");
    return reply;
  }
  const std::string_view login = call.header("authorization");
  const std::string_view key = login.substr(std::min<std::size_t>(7, login.size()));
  if (!login.starts_with("Bearer ") || !key.starts_with("cal_") || (!key_.empty() && key != key_)) {
    return failed(call, 401, "UnauthorizedException", "Invalid API Key");
  }
  if (call.header("cal-api-version") != version && !version.empty()) {
    return bad(call, "cal-api-version is missing or of another family");
  }
  return std::nullopt;
}

http::Reply Calcom::answer(const Call& call) {
  std::vector<std::string> parts = split(call.path.substr(1), '/');
  parts.resize(4);
  if (parts[0] != "v2") {
    return parts[0] == username_ ? page(call, parts[1]) : http::text_reply(404, "Not found");
  }
  const std::string& family = parts[1];
  const std::string_view version = family == "bookings"      ? k_bookings_version
                                   : family == "slots"       ? k_slots_version
                                   : family == "event-types" ? k_types_version
                                                             : "";
  if (auto refusal = refuse(call, version)) return std::move(*refusal);
  if (family == "me") return me();
  if (family == "event-types") return event_types(call, parts[2]);
  if (family == "slots" && parts[2] == "reservations") return reservations(call, parts);
  if (family == "slots") return slots(call);
  if (family == "bookings") return bookings(call, parts);
  if (family == "webhooks") return webhooks(call, parts);
  return missing(call, "Route");
}

http::Reply Calcom::me() const {
  return success(Json::object({{"id", 5},
                               {"username", username_},
                               {"email", "ira@example.com"},
                               {"name", "Ира"},
                               {"timeFormat", 24},
                               {"weekStart", "Monday"},
                               {"timeZone", "Europe/Moscow"}}));
}

Json Calcom::type_json(const EventType& type, const Call& call) const {
  const std::string host(call.header("host").empty() ? "127.0.0.1:9090" : call.header("host"));
  Json json =
      Json::object({{"id", type.id},
                    {"slug", type.slug},
                    {"title", type.title},
                    {"lengthInMinutes", type.length_min},
                    {"bookingUrl", "http://" + host + "/calcom/" + username_ + "/" + type.slug}});
  if (type.seats > 0) json.set("seats", Json::object({{"seatsPerTimeSlot", type.seats}}));
  return json;
}

http::Reply Calcom::event_types(const Call& call, const std::string& id) const {
  if (!id.empty()) {
    const EventType* type = type_of(calcom_number(id));
    return type == nullptr ? missing(call, "Event type") : success(type_json(*type, call));
  }
  Json all = Json::array();
  const std::string user = call.field("username");
  for (const EventType& type : types_) {
    const std::string slug = call.field("eventSlug");
    if ((user.empty() || user == username_) && (slug.empty() || slug == type.slug)) {
      all.push(type_json(type, call));
    }
  }
  return success(std::move(all));
}

// ---- times -------------------------------------------------------------------------------------

bool Calcom::is_slot(const EventType& type, TimeMs start) const {
  const std::int64_t minute = (start % k_day_ms) / k_minute_ms;
  const bool whole = start % k_minute_ms == 0 && (minute - k_open_hour * 60) % type.length_min == 0;
  return whole && minute >= k_open_hour * 60 && minute + type.length_min <= k_close_hour * 60 &&
         start > world_.clock.now();
}

bool Calcom::is_free(const EventType& type, TimeMs start, std::string_view except) const {
  const TimeMs end = start + type.length_min * k_minute_ms;
  const bool booked = std::any_of(bookings_.begin(), bookings_.end(), [&](const Booking& one) {
    return (one.status == "accepted" || one.status == "pending") && one.uid != except &&
           one.starts_at < end && one.ends_at > start;
  });
  const bool reserved =
      std::any_of(reservations_.begin(), reservations_.end(), [&](const Reservation& one) {
        return one.type == type.id && one.starts_at == start && one.until > world_.clock.now() &&
               one.uid != except;
      });
  return !booked && !reserved;
}

http::Reply Calcom::slots(const Call& call) const {
  const EventType* type = type_of(calcom_number(call.field("eventTypeId")));
  for (const EventType& one : types_) {
    if (type == nullptr && one.slug == call.field("eventTypeSlug")) type = &one;
  }
  if (type == nullptr) return missing(call, "Event type");
  const auto moment = [&](std::string_view name) {
    const std::string text = call.field(name);
    const auto date = parse_date(text);
    return date ? std::optional<TimeMs>(days_from_date(*date) * k_day_ms) : parse_time(text);
  };
  const auto start = moment("start");
  const auto end = moment("end");
  if (!start || !end) return bad(call, "start and end are needed");
  Json days = Json::object();
  const std::int64_t length_ms = type->length_min * k_minute_ms;
  for (std::size_t day = 0; day < k_slots_days_max; ++day) {
    const TimeMs midnight = *start - *start % k_day_ms + static_cast<TimeMs>(day) * k_day_ms;
    if (midnight >= *end) break;
    Json list = Json::array();
    for (TimeMs at = midnight + k_open_hour * k_hour_ms; at < midnight + k_close_hour * k_hour_ms;
         at += length_ms) {
      if (at < *start || at >= *end || !is_slot(*type, at) || !is_free(*type, at, "")) continue;
      Json slot = Json::object({{"start", format_time(at)}});
      if (call.field("format") == "range") slot.set("end", format_time(at + length_ms));
      list.push(std::move(slot));
    }
    if (!list.items().empty()) days.set(format_time(midnight).substr(0, 10), std::move(list));
  }
  return success(std::move(days));
}

http::Reply Calcom::reservations(const Call& call, const std::vector<std::string>& parts) {
  std::erase_if(reservations_, [&](const Reservation& one) {
    return one.until <= world_.clock.now() || (call.method == "DELETE" && one.uid == parts[3]);
  });
  if (call.method != "POST") return success(Json::object());
  const Json body = body_of(call);
  const EventType* type = type_of(body.integer("eventTypeId").value_or(0));
  const auto start = parse_time(body.text("slotStart").value_or(""));
  if (type == nullptr || !start) return bad(call, "eventTypeId and slotStart are needed");
  if (!is_slot(*type, *start) || !is_free(*type, *start, "")) {
    return bad(call, "This slot is not available");
  }
  if (reservations_.size() >= k_calcom_kept_max) return bad(call, "Too many reservations");
  Reservation made;
  made.uid = make_id(world_, "res");
  made.type = type->id;
  made.starts_at = *start;
  const std::int64_t minutes = body.integer("reservationDuration").value_or(k_reservation_min);
  made.until = world_.clock.now() + minutes * k_minute_ms;
  reservations_.push_back(made);
  return success(Json::object({{"reservationUid", made.uid},
                               {"eventTypeId", made.type},
                               {"slotStart", format_time(made.starts_at)},
                               {"reservationUntil", format_time(made.until)}}),
                 201);
}

// ---- bookings ----------------------------------------------------------------------------------

Json Calcom::booking_json(const Booking& booking) const {
  const EventType* type = type_of(booking.type);
  Json attendee = Json::object({{"name", booking.name},
                                {"email", booking.email},
                                {"displayEmail", booking.email},
                                {"timeZone", booking.zone},
                                {"absent", booking.absent},
                                {"language", booking.language}});
  if (!booking.phone.empty()) attendee.set("phoneNumber", booking.phone);
  Json json = Json::object(
      {{"id", booking.id},
       {"uid", booking.uid},
       {"title", (type != nullptr ? type->title : "") + ": " + booking.name},
       {"description", ""},
       {"hosts", Json::array({Json::object({{"id", 5},
                                            {"name", "Ира"},
                                            {"email", "ira@example.com"},
                                            {"username", username_},
                                            {"timeZone", "Europe/Moscow"}})})},
       {"status", booking.status},
       {"start", format_time(booking.starts_at)},
       {"end", format_time(booking.ends_at)},
       {"duration", (booking.ends_at - booking.starts_at) / k_minute_ms},
       {"eventTypeId", booking.type},
       {"eventType",
        Json::object({{"id", booking.type}, {"slug", type != nullptr ? type->slug : ""}})},
       {"location", "https://app.cal.com/video/" + booking.uid},
       {"absentHost", false},
       {"createdAt", format_time(booking.created_at)},
       {"updatedAt", format_time(booking.updated_at)},
       {"attendees", Json::array({std::move(attendee)})},
       {"bookingFieldsResponses", Json::object()},
       {"metadata", booking.metadata}});
  if (!booking.reason.empty()) json.set("cancellationReason", booking.reason);
  if (!booking.from_uid.empty()) json.set("rescheduledFromUid", booking.from_uid);
  if (!booking.to_uid.empty()) json.set("rescheduledToUid", booking.to_uid);
  return json;
}

Result<std::size_t> Calcom::book(const EventType& type, const Wish& wish) {
  if (wish.name.empty() || (wish.email.empty() && wish.phone.empty())) {
    return usage_error("bad", "attendee: name and an email or a phoneNumber are needed");
  }
  if (wish.starts_at <= world_.clock.now()) {
    return usage_error("bad", "Attempting to book a meeting in the past.");
  }
  if (!is_slot(type, wish.starts_at) || !is_free(type, wish.starts_at, "")) {
    return usage_error("bad", "User either already has booking at this time or is not available");
  }
  if (bookings_.size() >= k_calcom_kept_max) return usage_error("bad", "Too many bookings");
  Booking made;
  made.id = ++last_id_;
  made.uid = make_id(world_, "cal");
  made.status = type.confirms ? "pending" : "accepted";
  made.type = type.id;
  made.starts_at = wish.starts_at;
  made.ends_at = wish.starts_at + type.length_min * k_minute_ms;
  made.name = wish.name;
  made.email = wish.email;
  made.phone = wish.phone;
  made.zone = wish.zone.empty() ? "Europe/Moscow" : wish.zone;
  made.language = wish.language.empty() ? "ru" : wish.language;
  made.metadata = wish.metadata;
  made.created_at = made.updated_at = tick();
  bookings_.push_back(std::move(made));
  return bookings_.size() - 1;
}

// A new booking with a uid of its own; each names the other, and the old one is cancelled.
Result<std::size_t> Calcom::move(std::size_t at, TimeMs starts_at, bool by_host) {
  const Booking old = bookings_[at];
  const EventType* type = type_of(old.type);
  if (old.status != "accepted" && old.status != "pending") {
    return usage_error("bad", "Can't reschedule booking that was cancelled or rejected");
  }
  if (type == nullptr || !is_slot(*type, starts_at) || !is_free(*type, starts_at, old.uid)) {
    return usage_error("bad", "User either already has booking at this time or is not available");
  }
  Booking made = old;
  made.id = ++last_id_;
  made.uid = make_id(world_, "cal");
  made.starts_at = starts_at;
  made.ends_at = starts_at + type->length_min * k_minute_ms;
  made.status = type->confirms && !by_host ? "pending" : "accepted";
  made.from_uid = old.uid;
  made.created_at = made.updated_at = tick();
  bookings_[at].status = "cancelled";
  bookings_[at].to_uid = made.uid;
  bookings_[at].updated_at = made.updated_at;
  bookings_.push_back(std::move(made));
  return bookings_.size() - 1;
}

http::Reply Calcom::list_bookings(const Call& call) const {
  std::vector<const Booking*> found;
  const auto time = [&](std::string_view name) { return parse_time(call.field(name)); };
  for (const Booking& one : bookings_) {
    const std::string type = call.field("eventTypeId");
    const std::string email = call.field("attendeeEmail");
    const auto after = [](const std::optional<TimeMs>& limit, TimeMs value) {
      return !limit || value > *limit;
    };
    if ((type.empty() || std::to_string(one.type) == type) &&
        (email.empty() || one.email == email) && after(time("afterStart"), one.starts_at) &&
        after(time("afterCreatedAt"), one.created_at) &&
        after(time("afterUpdatedAt"), one.updated_at)) {
      found.push_back(&one);
    }
  }
  if (call.field("sortUpdatedAt") == "asc") {
    std::stable_sort(found.begin(), found.end(), [](const Booking* a, const Booking* b) {
      return a->updated_at < b->updated_at;
    });
  }
  const auto total = static_cast<std::int64_t>(found.size());
  const std::int64_t skip = std::clamp<std::int64_t>(calcom_number(call.field("skip")), 0, total);
  const std::int64_t take =
      std::clamp<std::int64_t>(calcom_number(call.field("take"), 100), 1, 100);
  Json data = Json::array();
  for (std::int64_t i = skip; i < std::min(total, skip + take); ++i) {
    data.push(booking_json(*found[static_cast<std::size_t>(i)]));
  }
  const auto returned = static_cast<std::int64_t>(data.items().size());
  const Json pages = Json::object({{"totalItems", total},
                                   {"remainingItems", total - skip - returned},
                                   {"returnedItems", returned},
                                   {"itemsPerPage", take},
                                   {"currentPage", skip / take + 1},
                                   {"totalPages", (total + take - 1) / take},
                                   {"hasNextPage", skip + returned < total},
                                   {"hasPreviousPage", skip > 0}});
  return http::json_reply(
      200, Json::object({{"status", "success"}, {"data", std::move(data)}, {"pagination", pages}}));
}

http::Reply Calcom::make_booking(const Call& call) {
  const Json body = body_of(call);
  const EventType* type = type_of(body.integer("eventTypeId").value_or(0));
  if (type == nullptr) return missing(call, "Event type");
  const std::string start = body.text("start").value_or("");
  const auto at = parse_time(start);
  if (!at || !start.ends_with('Z')) return bad(call, "start must be a UTC time");
  Wish wish;
  wish.starts_at = *at;
  wish.name = body.text("attendee.name").value_or("");
  wish.email = body.text("attendee.email").value_or("");
  wish.phone = body.text("attendee.phoneNumber").value_or("");
  wish.zone = body.text("attendee.timeZone").value_or("");
  wish.language = body.text("attendee.language").value_or("");
  if (wish.zone.empty()) return bad(call, "attendee.timeZone must be a time zone");
  if (const Json* metadata = body.find("metadata")) wish.metadata = *metadata;
  const auto made = book(*type, wish);
  return made ? success(booking_json(bookings_[*made]), 201) : bad(call, made.error().message);
}

http::Reply Calcom::change_booking(const Call& call, Booking& booking, const std::string& what) {
  const Json body = body_of(call);
  if (what == "reschedule") {
    const auto start = parse_time(body.text("start").value_or(""));
    if (!start) return bad(call, "start must be a UTC time");
    const auto moved = move(static_cast<std::size_t>(&booking - bookings_.data()), *start,
                            body.text("rescheduledBy") == "ira@example.com");
    return moved ? success(booking_json(bookings_[*moved]), 201) : bad(call, moved.error().message);
  }
  const bool live = booking.status == "accepted" || booking.status == "pending";
  if (what == "cancel") {
    if (!live) return bad(call, "Can't cancel booking: it is cancelled already");
    booking.status = "cancelled";
    booking.reason = body.text("cancellationReason").value_or("");
  } else if (what == "confirm" || what == "decline") {
    if (booking.status != "pending") return bad(call, "Booking is not pending");
    booking.status = what == "confirm" ? "accepted" : "rejected";
  } else if (what == "mark-absent") {
    const Json* attendees = body.find("attendees");
    if (attendees == nullptr || attendees->items().empty())
      return bad(call, "attendees are needed");
    booking.absent = attendees->items().front().boolean("absent").value_or(false);
  } else {
    return missing(call, "Route");
  }
  booking.updated_at = tick();
  return success(booking_json(booking));
}

http::Reply Calcom::bookings(const Call& call, const std::vector<std::string>& parts) {
  if (parts[2].empty()) return call.method == "POST" ? make_booking(call) : list_bookings(call);
  Booking* booking = find(parts[2]);
  if (booking == nullptr) return missing(call, "Booking with uid " + parts[2]);
  if (parts[3].empty()) return success(booking_json(*booking));
  return change_booking(call, *booking, parts[3]);
}

}  // namespace flead::serve::mock::calcom_double
