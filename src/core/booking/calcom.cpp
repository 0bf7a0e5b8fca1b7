#include "core/booking/calcom.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/channels/provider_http.h"

namespace flead::booking::calcom {

namespace {

using channels::HttpReply;
using channels::HttpRequest;
using channels::Verdict;

// One for each family of endpoints: without it an older shape is answered, silently.
constexpr std::string_view k_bookings_version = "2024-08-13";
constexpr std::string_view k_event_types_version = "2024-06-14";
constexpr std::string_view k_webhook_version = "2021-10-20";
constexpr std::int64_t k_hooks_page = 100;

constexpr std::string_view k_triggers[] = {
    "BOOKING_CREATED",  "BOOKING_REQUESTED", "BOOKING_RESCHEDULED",     "BOOKING_CANCELLED",
    "BOOKING_REJECTED", "BOOKING_PAID",      "BOOKING_NO_SHOW_UPDATED", "MEETING_ENDED"};

// By HTTP status. The first match wins; 5xx and no answer are asked again.
constexpr channels::Rule k_calcom_rules[] = {
    {401, "", Verdict::misconfigured},  // a key that is wrong or was taken back
    {403, "", Verdict::misconfigured},  // another's, or the plan
    {404, "", Verdict::rejected},       // gone there
    {429, "", Verdict::retry},         {400, "", Verdict::rejected},  // our bug
};
constexpr std::int64_t k_rate_wait_ms = k_minute_ms;
constexpr std::int64_t k_rate_wait_max_ms = 10 * k_minute_ms;
// A moment rather than a number of seconds: more than any wait.
constexpr std::int64_t k_epoch_seconds_least = 1'000'000'000;

HttpRequest with_access(const Access& access, std::string_view version, HttpRequest request) {
  request.headers.emplace_back("authorization", "Bearer " + access.key);
  if (!version.empty()) request.headers.emplace_back("cal-api-version", std::string(version));
  request.ca_file = access.ca_file;
  request.reply_bytes_max = k_reply_bytes;
  return request;
}

HttpRequest get(const Access& access, std::string_view version, std::string_view path,
                std::string_view what) {
  return with_access(
      access, version,
      channels::get_request(access.base_url + std::string(path), "calcom " + std::string(what)));
}

std::string when(TimeMs time) {
  return percent_encode(format_time(time));
}

// "Reset" is a number of seconds, or of a moment: the documents do not say, so both are read.
std::int64_t wait_of(const HttpReply& reply) {
  std::int64_t wait = reply.retry_after_ms;
  for (const auto& [name, value] : reply.headers) {
    if (wait > 0 || !name.starts_with("x-ratelimit-reset")) continue;
    std::int64_t seconds = 0;
    const auto [stop, code] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (code == std::errc() && stop == value.data() + value.size() && seconds > 0 &&
        seconds < k_epoch_seconds_least) {
      wait = std::min(seconds, k_rate_wait_max_ms / k_second_ms) * k_second_ms;
    }
  }
  return std::clamp(wait > 0 ? wait : k_rate_wait_ms, k_second_ms, k_rate_wait_max_ms);
}

struct Reading {
  Answer answer;
  Json data;                 // of a 2xx
  std::optional<bool> more;  // what its pagination says
};

Reading read(const HttpReply& reply) {
  Reading out;
  if (const auto none = channels::parse_no_answer(reply)) {
    const bool ours = none->verdict == Verdict::misconfigured;
    out.answer.verdict = ours ? Verdict::misconfigured : Verdict::retry;
    out.answer.says = none->says.empty() ? "no answer" : none->says;
    return out;
  }
  auto json = parse_json(reply.body);
  const bool told = json && json->is_object();
  if (reply.status >= 200 && reply.status < 300) {
    const bool good = told && json->text("status") == "success";
    out.answer.verdict = good ? Verdict::sent : Verdict::misconfigured;
    if (!good) out.answer.says = "the answer is not Cal.com's: a proxy, or a wrong --base-url";
    if (const Json* data = good ? json->find("data") : nullptr) out.data = *data;
    if (good) out.more = json->boolean("pagination.hasNextPage");
    return out;
  }
  out.answer.says = "HTTP " + std::to_string(reply.status);
  if (reply.status < 400) {
    out.answer.verdict = Verdict::misconfigured;  // redirects are not followed
    out.answer.says += ": it has another address now";
    return out;
  }
  const channels::Rule* rule = channels::match(k_calcom_rules, reply.status, "");
  const Verdict unknown = reply.status < 500 ? Verdict::rejected : Verdict::retry;
  out.answer.verdict = rule != nullptr ? rule->verdict : unknown;
  out.answer.not_found = reply.status == 404 && told;
  if (reply.status == 404 && !told) {
    out.answer.verdict = Verdict::misconfigured;
    out.answer.says += ", not Cal.com's: a wrong --base-url";
  }
  if (reply.status == 429) out.answer.retry_after_ms = wait_of(reply);
  // Words of a 4xx may repeat what a person typed; of these they are about the key alone.
  if (told && (reply.status == 401 || reply.status == 403)) {
    out.answer.says += " " + channels::cut_words(json->text("error.message").value_or(""));
  }
  return out;
}

template <class Kind>
Kind begin(const Reading& reading) {
  Kind out;
  static_cast<Answer&>(out) = reading.answer;
  return out;
}

std::optional<Status> parse_status(std::string_view word) {
  if (word == "accepted") return Status::accepted;
  if (word == "pending") return Status::pending;
  if (word == "cancelled") return Status::cancelled;
  if (word == "rejected") return Status::rejected;
  return std::nullopt;
}

std::string uid_of(const Json& json, std::string_view path) {
  std::string uid = json.text(path).value_or("");
  const bool good = uid.size() <= k_uid_bytes_max && !has_control_characters(uid);
  return good ? uid : std::string();
}

Attendee read_attendee(const Json& json) {
  Attendee out;
  out.name = json.text("name").value_or("");
  out.phone = json.text("phoneNumber").value_or("");
  out.email = json.text("email").value_or("");
  out.zone = json.text("timeZone").value_or("");
  out.language = json.text("language").value_or("");
  out.absent = json.boolean("absent").value_or(false);
  return out;
}

std::optional<Booking> read_booking_json(const Json& json) {
  Booking out;
  out.uid = uid_of(json, "uid");
  const auto status = parse_status(json.text("status").value_or(""));
  const auto start = parse_time(json.text("start").value_or(""));
  const auto end = parse_time(json.text("end").value_or(""));
  const auto changed = parse_time(json.text("updatedAt").value_or(""));
  if (out.uid.empty() || !status || !start || !end || !changed || *end <= *start) {
    return std::nullopt;
  }
  out.status = *status;
  out.starts_at = *start;
  out.ends_at = *end;
  out.changed_at = *changed;
  const auto type = json.integer("eventType.id");
  out.event_type = type ? *type : json.integer("eventTypeId").value_or(0);
  out.moved_from = uid_of(json, "rescheduledFromUid");
  out.moved_to = uid_of(json, "rescheduledToUid");
  const std::string reason = json.text("cancellationReason").value_or("");
  out.reason = utf8_prefix(repair_utf8(reason), k_reason_characters);
  if (const Json* attendees = json.find("attendees")) {
    if (!attendees->items().empty()) out.attendee = read_attendee(attendees->items().front());
  }
  out.mark = json.text("metadata." + std::string(k_metadata_lead)).value_or("");
  return out;
}

void add_bookings(const Json::Array& list, Bookings& out) {
  for (const Json& one : list) {
    ++out.count;
    if (auto booking = read_booking_json(one)) {
      out.bookings.push_back(std::move(*booking));
    } else {
      ++out.unreadable;
    }
  }
}

KnownHook read_hook(const Json& json) {
  KnownHook out;
  out.id = channels::id_text(json, "id");
  out.url = json.text("subscriberUrl").value_or("");
  out.secret = json.text("secret").value_or("");
  out.active = json.boolean("active").value_or(false);
  out.has_template = !json.text("payloadTemplate").value_or("").empty();
  if (const Json* triggers = json.find("triggers")) {
    for (const Json& one : triggers->items()) out.triggers.push_back(one.text().value_or(""));
  }
  return out;
}

}  // namespace

HttpRequest build_me(const Access& access) {
  return get(access, "", "/v2/me", "me");
}

HttpRequest build_event_types(const Access& access, std::string_view username) {
  return get(access, k_event_types_version, "/v2/event-types?username=" + percent_encode(username),
             "event types");
}

HttpRequest build_booking(const Access& access, std::string_view uid) {
  return get(access, k_bookings_version, "/v2/bookings/" + percent_encode(uid), "booking");
}

HttpRequest build_bookings(const Access& access, const ListQuery& query) {
  std::string path = fmt::format("/v2/bookings?eventTypeId={}&sortUpdatedAt=asc&take={}&skip={}",
                                 query.event_type, k_page_bookings, query.skip);
  if (query.after_start) path += "&afterStart=" + when(*query.after_start);
  if (query.after_change) path += "&afterUpdatedAt=" + when(*query.after_change);
  return get(access, k_bookings_version, path, "bookings");
}

HttpRequest build_webhooks(const Access& access, std::int64_t skip) {
  return get(access, "", fmt::format("/v2/webhooks?take={}&skip={}", k_hooks_page, skip),
             "webhooks");
}

HttpRequest build_webhook(const Access& access, std::string_view id) {
  return get(access, "", "/v2/webhooks/" + percent_encode(id), "webhook");
}

HttpRequest build_set_webhook(const Access& access, const Hook& hook) {
  Json triggers = Json::array();
  for (const std::string_view trigger : k_triggers) triggers.push(trigger);
  const Json body = Json::object({{"active", true},
                                  {"subscriberUrl", hook.url},
                                  {"triggers", std::move(triggers)},
                                  {"secret", hook.secret},
                                  {"version", k_webhook_version}});
  std::string url = access.base_url + "/v2/webhooks";
  if (!hook.id.empty()) url += "/" + percent_encode(hook.id);
  HttpRequest request = channels::json_request(std::move(url), "calcom set webhook", body);
  if (!hook.id.empty()) request.method = "PATCH";
  return with_access(access, "", std::move(request));
}

HttpRequest build_delete_webhook(const Access& access, std::string_view id) {
  HttpRequest request = get(access, "", "/v2/webhooks/" + percent_encode(id), "delete webhook");
  request.method = "DELETE";
  return request;
}

Me parse_me(const HttpReply& reply) {
  const Reading reading = read(reply);
  Me out = begin<Me>(reading);
  out.username = reading.data.text("username").value_or("");
  out.zone = reading.data.text("timeZone").value_or("");
  if (out.verdict == Verdict::sent && out.username.empty()) {
    out.verdict = Verdict::misconfigured;
    out.says = "the account has no user name yet";
  }
  return out;
}

EventTypes parse_event_types(const HttpReply& reply) {
  const Reading reading = read(reply);
  EventTypes out = begin<EventTypes>(reading);
  for (const Json& json : reading.data.items()) {
    EventType type;
    type.id = json.integer("id").value_or(0);
    type.slug = json.text("slug").value_or("");
    type.title = json.text("title").value_or("");
    type.url = json.text("bookingUrl").value_or("");
    type.length_min = json.integer("lengthInMinutes").value_or(0);
    type.seated = json.integer("seats.seatsPerTimeSlot").value_or(0) > 0 ||
                  json.integer("seatsPerTimeSlot").value_or(0) > 0;
    if (type.id > 0 && !type.slug.empty()) out.types.push_back(std::move(type));
  }
  return out;
}

Bookings parse_booking(const HttpReply& reply) {
  const Reading reading = read(reply);
  Bookings out = begin<Bookings>(reading);
  if (reading.data.is_object()) add_bookings({reading.data}, out);
  if (reading.data.is_array()) add_bookings(reading.data.items(), out);
  return out;
}

Bookings parse_bookings(const HttpReply& reply) {
  const Reading reading = read(reply);
  Bookings out = begin<Bookings>(reading);
  if (out.verdict == Verdict::sent && !reading.data.is_array()) {
    out.verdict = Verdict::misconfigured;
    out.says = "the answer is no list of bookings: a wrong --base-url";
  }
  add_bookings(reading.data.items(), out);
  out.more = reading.more.value_or(out.count >= k_page_bookings);
  return out;
}

Hooks parse_webhooks(const HttpReply& reply) {
  const Reading reading = read(reply);
  Hooks out = begin<Hooks>(reading);
  for (const Json& one : reading.data.items()) out.hooks.push_back(read_hook(one));
  return out;
}

Hooks parse_webhook(const HttpReply& reply) {
  const Reading reading = read(reply);
  Hooks out = begin<Hooks>(reading);
  if (out.verdict != Verdict::sent) return out;
  out.hooks.push_back(read_hook(reading.data));
  if (!out.hooks.front().id.empty()) return out;
  out.verdict = Verdict::retry;
  out.says = "the answer has no id";
  return out;
}

Answer parse_plain(const HttpReply& reply) {
  return read(reply).answer;
}

bool is_whole(const KnownHook& hook) {
  return hook.active && !hook.has_template &&
         std::all_of(std::begin(k_triggers), std::end(k_triggers), [&](std::string_view trigger) {
           return std::find(hook.triggers.begin(), hook.triggers.end(), trigger) !=
                  hook.triggers.end();
         });
}

bool is_signed(std::string_view secret, std::string_view signature, std::string_view raw_body) {
  // Without a secret of theirs the header holds "no-secret-provided", which is no signature of
  // ours.
  if (secret.empty()) return false;
  return equal_constant_time(signature, hex_encode(hmac_sha256(secret, raw_body)));
}

std::optional<Call> parse_call(std::string_view raw_body) {
  const auto json = parse_json(raw_body);
  if (!json || !json->is_object()) return std::nullopt;
  Call call;
  call.trigger = json->text("triggerEvent").value_or("");
  if (call.trigger.empty()) return std::nullopt;
  call.ended = call.trigger == "MEETING_ENDED";
  // Meetings that began and ended come flat, absences name their booking otherwise.
  for (const std::string_view path : {"payload.uid", "payload.bookingUid", "uid"}) {
    if (call.uid.empty()) call.uid = uid_of(*json, path);
  }
  if (call.trigger == "BOOKING_RESCHEDULED") call.old_uid = uid_of(*json, "payload.rescheduleUid");
  const std::string at = json->text("createdAt").value_or("");
  call.key = call.uid.empty() || at.empty()
                 ? sha256_hex(raw_body)
                 : sha256_hex(fmt::format("{}\n{}\n{}", call.trigger, call.uid, at));
  return call;
}

bool is_abroad(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const std::string host = ascii_lower(url.substr(0, url.find_first_of("/?#:")));
  return host == "cal.com" || host.ends_with(".cal.com");
}

std::string page_url(std::string_view page, const Prefill& prefill) {
  std::string url(page);
  char before = page.find('?') == std::string_view::npos ? '?' : '&';
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    url += before + std::string(name) + "=" + percent_encode(value);
    before = '&';
  };
  add("name", prefill.name);
  add("email", prefill.email);
  add(percent_encode(fmt::format("metadata[{}]", k_metadata_lead)), prefill.mark);
  return url;
}

}  // namespace flead::booking::calcom
