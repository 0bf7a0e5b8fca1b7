// The webhook of Cal.com's double: kept, told once, signed as Cal.com signs; and what a test does
// to the double. What may go wrong on the way is a switch of the event: see calcom.cpp.
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/mock/calcom_double.h"

namespace flead::serve::mock::calcom_double {

namespace {

constexpr int k_calcom_call_timeout_ms = 5000;
constexpr std::string_view k_known_triggers[] = {
    "BOOKING_CREATED",   "BOOKING_REQUESTED",       "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED", "BOOKING_REJECTED",        "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",      "BOOKING_NO_SHOW_UPDATED", "MEETING_STARTED",
    "MEETING_ENDED",     "RECORDING_READY",         "FORM_SUBMITTED"};

http::Reply hook_failed(int status, std::string_view code, std::string_view words) {
  return http::json_reply(
      status, Json::object({{"status", "error"},
                            {"error", Json::object({{"code", code}, {"message", words}})}}));
}

http::Reply hook_success(Json data, int status = 200) {
  return http::json_reply(status, Json::object({{"status", "success"}, {"data", std::move(data)}}));
}

bool is_known_trigger(const Json& trigger) {
  for (const std::string_view known : k_known_triggers) {
    if (trigger.text() == known) return true;
  }
  return false;
}

}  // namespace

Json Calcom::hook_json(const Webhook& hook) {
  Json json = Json::object(
      {{"id", hook.id},
       {"userId", 5},
       {"subscriberUrl", hook.url},
       {"active", hook.active},
       {"triggers", hook.triggers},
       {"payloadTemplate", hook.body_template.empty() ? Json() : Json(hook.body_template)}});
  if (!hook.secret.empty()) json.set("secret", hook.secret);
  return json;
}

http::Reply Calcom::webhooks(const Call& call, const std::vector<std::string>& parts) {
  if (!hooks_allowed_) return hook_failed(403, "ForbiddenException", "Not in this plan");
  const std::string& id = parts[2];
  if (id.empty() && call.method == "GET") {
    Json all = Json::array();
    for (const Webhook& hook : webhooks_) all.push(hook_json(hook));
    const bool beyond = call.field("skip") != "0" && !call.field("skip").empty();
    return hook_success(beyond ? Json::array() : std::move(all));
  }
  std::size_t at = 0;
  while (at < webhooks_.size() && std::to_string(webhooks_[at].id) != id) ++at;
  if (!id.empty() && at == webhooks_.size()) {
    return hook_failed(404, "NotFoundException", "Webhook not found");
  }
  if (call.method == "GET") return hook_success(hook_json(webhooks_[at]));
  if (call.method == "DELETE") {
    const Json gone = hook_json(webhooks_[at]);
    webhooks_.erase(webhooks_.begin() + static_cast<std::ptrdiff_t>(at));
    return hook_success(gone);
  }
  const auto body = parse_json(call.body);
  if (!body || !body->is_object()) return hook_failed(400, "BadRequestException", "No JSON");
  Webhook hook;
  if (!id.empty()) hook = webhooks_[at];
  hook.url = body->text("subscriberUrl").value_or(hook.url);
  hook.active = body->boolean("active").value_or(hook.active);
  hook.secret = body->text("secret").value_or(hook.secret);
  if (const Json* triggers = body->find("triggers")) hook.triggers = *triggers;
  for (const Json& trigger : hook.triggers.items()) {
    if (!is_known_trigger(trigger)) {
      return hook_failed(400, "BadRequestException", "triggers: an unknown value");
    }
  }
  if (!hook.url.starts_with("http") || hook.triggers.items().empty()) {
    return hook_failed(400, "BadRequestException", "subscriberUrl and triggers are needed");
  }
  if (id.empty()) {
    hook.id = ++last_id_;
    webhooks_.push_back(hook);
    return hook_success(hook_json(hook), 201);
  }
  webhooks_[at] = hook;
  return hook_success(hook_json(hook));
}

// ---- its calls
// -----------------------------------------------------------------------------------

Json Calcom::told(const std::string& trigger, const Booking& booking) const {
  const std::string at = format_time(last_change_);
  if (trigger == "MEETING_ENDED") {  // flat: the row itself beside the trigger
    return Json::object({{"triggerEvent", trigger},
                         {"id", booking.id},
                         {"uid", booking.uid},
                         {"eventTypeId", booking.type},
                         {"startTime", format_time(booking.starts_at)},
                         {"endTime", format_time(booking.ends_at)},
                         {"createdAt", format_time(booking.created_at)},
                         {"status", "accepted"}});
  }
  Json payload = Json::object();
  if (trigger == "BOOKING_NO_SHOW_UPDATED") {
    payload.set("message", "updated").set("bookingUid", booking.uid).set("bookingId", booking.id);
    payload.set(
        "attendees",
        Json::array({Json::object({{"email", booking.email}, {"noShow", booking.absent}})}));
  } else {
    std::string status = booking.status;
    for (char& letter : status) letter = static_cast<char>(letter - 'a' + 'A');
    payload = Json::object({{"bookingId", booking.id},
                            {"uid", booking.uid},
                            {"eventTypeId", booking.type},
                            {"startTime", format_time(booking.starts_at)},
                            {"endTime", format_time(booking.ends_at)},
                            {"status", status},
                            {"metadata", booking.metadata}});
    payload.set(
        "attendees",
        Json::array({Json::object(
            {{"name", booking.name}, {"email", booking.email}, {"timeZone", booking.zone}})}));
    if (trigger == "BOOKING_RESCHEDULED") payload.set("rescheduleUid", booking.from_uid);
    if (trigger == "BOOKING_CANCELLED") payload.set("cancellationReason", booking.reason);
  }
  return Json::object({{"triggerEvent", trigger}, {"createdAt", at}, {"payload", payload}});
}

Result<std::pair<std::string, std::size_t>> Calcom::happen(const Json& wish) {
  const std::string type = wish.text("type").value_or("");
  const auto start = parse_time(wish.text("starts_at").value_or(""));
  if (type == "created") {
    Wish made;
    made.starts_at = start.value_or(0);
    made.name = wish.text("name").value_or("Анна");
    made.email = wish.text("email").value_or("anna@example.com");
    made.phone = wish.text("phone").value_or("");
    made.zone = wish.text("zone").value_or("");
    if (const auto lead = wish.text("lead")) made.metadata.set("flead_lead", *lead);
    FLEAD_TRY(const std::size_t at, book(types_.front(), made));
    const bool asks = bookings_[at].status == "pending";
    return std::pair(std::string(asks ? "BOOKING_REQUESTED" : "BOOKING_CREATED"), at);
  }
  std::size_t at = bookings_.size();
  for (std::size_t i = 0; i < bookings_.size(); ++i) {
    if (!wish.text("uid") || bookings_[i].uid == wish.text("uid")) at = i;
  }
  if (at == bookings_.size()) return usage_error("bad_event", "There is no such booking");
  Booking& booking = bookings_[at];
  if (type == "rescheduled") {
    FLEAD_TRY(const std::size_t moved,
              move(at, start.value_or(0), wish.boolean("by_host").value_or(true)));
    return std::pair(std::string("BOOKING_RESCHEDULED"), moved);
  }
  if (type == "told" || type == "ended") {  // nothing happens, it is only said
    const std::string said = wish.text("trigger").value_or("BOOKING_CREATED");
    return std::pair(type == "ended" ? std::string("MEETING_ENDED") : said, at);
  }
  std::string trigger;
  if (type == "cancelled") {
    booking.status = "cancelled";
    booking.reason = wish.text("reason").value_or("");
    trigger = "BOOKING_CANCELLED";
  } else if (type == "rejected") {
    booking.status = "rejected";
    trigger = "BOOKING_REJECTED";
  } else if (type == "confirmed") {
    booking.status = "accepted";
    trigger = "BOOKING_CREATED";
  } else if (type == "no_show") {
    booking.absent = wish.boolean("absent").value_or(true);
    trigger = "BOOKING_NO_SHOW_UPDATED";
  } else {
    return usage_error("bad_event",
                       "type is created, cancelled, rescheduled, rejected, confirmed, no_show, "
                       "ended, told, ping or raw");
  }
  booking.updated_at = tick();
  return std::pair(trigger, at);
}

Result<channels::HttpRequest> Calcom::call_of(const Json& wish, std::string body) {
  channels::HttpRequest call;
  call.label = "mock calcom";
  call.timeout_ms = k_calcom_call_timeout_ms;
  std::string secret;
  for (const Webhook& hook : webhooks_) {
    if (!hook.active) continue;
    call.url = hook.url;
    secret = hook.secret;
  }
  if (const auto url = wish.text("url")) call.url = *url;
  if (const auto given = wish.text("secret")) secret = *given;
  if (!wish.boolean("tell").value_or(true)) call.url.clear();  // lost on the way
  if (call.url.empty()) return call;
  const auto wants = [&](std::string_view name) { return wish.boolean(name).value_or(false); };
  std::string type = "application/json";
  if (wants("template")) {
    body = "content=A+new+event&name=Anna";
    type = "application/x-www-form-urlencoded";
  }
  call.headers = {{"content-type", type}};
  const bool bare = secret.empty() || wants("no_secret");
  std::string signature = bare ? "no-secret-provided" : hex_encode(hmac_sha256(secret, body));
  if (wants("bad_signature")) signature[0] = signature[0] == '0' ? '1' : '0';
  call.headers.emplace_back("x-cal-signature-256", signature);
  call.body = std::move(body);
  return call;
}

Result<channels::HttpRequest> Calcom::event(const Json& wish) {
  const std::string type = wish.text("type").value_or("");
  if (type == "raw") return call_of(wish, wish.text("body").value_or(""));
  if (type == "ping") {
    return call_of(wish, Json::object({{"triggerEvent", "PING"},
                                       {"createdAt", format_time(world_.clock.now())},
                                       {"payload", Json::object()}})
                             .dump());
  }
  FLEAD_TRY(const auto done, happen(wish));
  return call_of(wish, told(done.first, bookings_[done.second]).dump());
}

// ---- what the test does to it
// --------------------------------------------------------------------

Json Calcom::account(const Json& wish) {
  key_ = wish.text("key").value_or(key_);
  username_ = wish.text("username").value_or(username_);
  flood_ = wish.boolean("flood").value_or(flood_);
  hooks_allowed_ = wish.boolean("hooks_allowed").value_or(hooks_allowed_);
  EventType& first = types_.front();
  first.confirms = wish.boolean("confirms").value_or(first.confirms);
  first.seats = wish.integer("seats").value_or(first.seats);
  first.slug = wish.text("slug").value_or(first.slug);
  const std::int64_t length = wish.integer("length_min").value_or(first.length_min);
  if (length > 0 && length <= 480) first.length_min = length;
  Json bookings = Json::array();
  for (const Booking& booking : bookings_) bookings.push(booking_json(booking));
  Json hooks = Json::array();
  for (const Webhook& hook : webhooks_) hooks.push(hook_json(hook).set("secret", ""));
  return Json::object({{"username", username_},
                       {"flood", flood_},
                       {"bookings", std::move(bookings)},
                       {"webhooks", std::move(hooks)}});
}

}  // namespace flead::serve::mock::calcom_double

namespace flead::serve::mock {

std::unique_ptr<ProviderDouble> make_calcom_double(World world) {
  return std::make_unique<calcom_double::Calcom>(world);
}

}  // namespace flead::serve::mock
