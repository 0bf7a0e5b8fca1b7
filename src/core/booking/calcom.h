// Cal.com (API v2, or a Cal.diy at any base URL): requests out, answers and webhook calls in.
// Callers: calcom_links.cpp, calcom_sync.cpp, the hook route, the booking page. Pure: no socket,
// clock or log here.
// Source: Cal.com's OpenAPI of 2026-08-18, its docs on webhooks and the open code of sendPayload
// and scheduleTrigger (read 2026-11-21).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/channels/channel.h"
#include "core/channels/transport.h"

namespace flead::booking::calcom {

inline constexpr std::string_view k_base_url = "https://api.cal.com";
inline constexpr std::int64_t k_page_bookings = 100;     // of one answer: what theirs is at most
inline constexpr std::size_t k_uid_bytes_max = 200;      // of a booking, as we keep it
inline constexpr std::size_t k_reason_characters = 500;  // kept of a reason; the rest is cut
inline constexpr std::size_t k_reply_bytes = 8UL * 1024 * 1024;    // a page of 100 with all answers
inline constexpr std::string_view k_metadata_lead = "flead_lead";  // holds a mark of booking_link.h

struct Access {
  std::string base_url;  // no trailing slash
  std::string key;       // secret: "cal_…"
  std::string ca_file;
};

// ---- requests --------------------------------------------------------------------------------

channels::HttpRequest build_me(const Access& access);
channels::HttpRequest build_event_types(const Access& access, std::string_view username);
channels::HttpRequest build_booking(const Access& access, std::string_view uid);
struct ListQuery {
  std::int64_t event_type = 0;
  std::optional<TimeMs> after_start, after_change;
  std::int64_t skip = 0;
};
// Those of one type, in the order of their last change.
channels::HttpRequest build_bookings(const Access& access, const ListQuery& query);
channels::HttpRequest build_webhook(const Access& access, std::string_view id);
channels::HttpRequest build_webhooks(const Access& access, std::int64_t skip);
struct Hook {
  std::string id;  // "" for a new one
  std::string url, secret;
};
// Without an id it is made (POST), with one it is made ours again (PATCH): address, secret,
// triggers, active, and never with a template.
channels::HttpRequest build_set_webhook(const Access& access, const Hook& hook);
channels::HttpRequest build_delete_webhook(const Access& access, std::string_view id);

// ---- answers ---------------------------------------------------------------------------------

// `sent`: the rest is filled. Never `ambiguous`: whatever is asked here may be asked again.
struct Answer {
  channels::Verdict verdict = channels::Verdict::retry;
  std::string says;  // why not, in a line; no secret
  bool not_found = false;
  std::int64_t retry_after_ms = 0;
};

struct Me : Answer {
  std::string username, zone;
};
Me parse_me(const channels::HttpReply& reply);

struct EventType {
  std::int64_t id = 0;
  std::string slug, title, url;  // url: of its page, where people book
  std::int64_t length_min = 0;
  bool seated = false;  // several people in one booking
};
struct EventTypes : Answer {
  std::vector<EventType> types;
};
EventTypes parse_event_types(const channels::HttpReply& reply);

enum class Status { accepted, pending, cancelled, rejected };
struct Attendee {
  std::string name, email, phone, zone, language;
  bool absent = false;
};
// What is not given is "" or 0.
struct Booking {
  std::string uid;
  Status status = Status::accepted;
  TimeMs starts_at = 0, ends_at = 0;
  std::int64_t event_type = 0;
  std::string moved_from, moved_to;  // uids
  std::string reason;
  Attendee attendee;  // the first one: who booked
  std::string mark;   // metadata.flead_lead
  TimeMs changed_at = 0;
};
struct Bookings : Answer {
  std::vector<Booking> bookings;
  std::int64_t count = 0;       // in the answer, with those that could not be read
  std::int64_t unreadable = 0;  // without a uid, times or a known status
  bool more = false;            // the answer says that others follow
};
Bookings parse_booking(const channels::HttpReply& reply);  // one; a recurring one: each of it
Bookings parse_bookings(const channels::HttpReply& reply);

struct KnownHook {
  std::string id, url, secret;
  bool active = false, has_template = false;
  std::vector<std::string> triggers;
};
struct Hooks : Answer {
  std::vector<KnownHook> hooks;
};
Hooks parse_webhooks(const channels::HttpReply& reply);  // of a list
Hooks parse_webhook(const channels::HttpReply& reply);   // of one, shown or changed
Answer parse_plain(const channels::HttpReply& reply);
// Whether it still calls us with all that we want to hear.
bool is_whole(const KnownHook& hook);

// ---- their calls -----------------------------------------------------------------------------

// The signature over the raw bytes, in constant time. Never without a secret on our side, nor with
// the word that stands there when theirs has none.
bool is_signed(std::string_view secret, std::string_view signature, std::string_view raw_body);

struct Call {
  std::string trigger;  // BOOKING_CREATED …
  std::string uid;      // of the booking it is about, "" when it is about none
  std::string old_uid;  // BOOKING_RESCHEDULED: what it was
  std::string key;      // the same for the same call: event, uid and time
  bool ended = false;   // MEETING_ENDED
};
// Nothing when it has no `triggerEvent`: a template, or not theirs.
std::optional<Call> parse_call(std::string_view raw_body);

// ---- the page where people book --------------------------------------------------------------

struct Prefill {
  std::string name, email;  // "" is left out
  std::string mark;
};
std::string page_url(std::string_view page, const Prefill& prefill);
// Whether this address is Cal.com's own, whose data are kept abroad, and not a Cal.diy.
bool is_abroad(std::string_view url);

}  // namespace flead::booking::calcom
