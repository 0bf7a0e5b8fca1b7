// Bookings: a person in a slot, and everything that may happen to it. Types and pure rules here,
// operations in bookings.cpp, SQL in bookings_store.cpp. Callers: POST /api/v1/bookings, the pages
// /b/ and /my/, `flead booking`, `flead slot hold`. Check and insert are one write: never more
// seats than a slot has, whatever runs in parallel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/booking/ics.h"
#include "core/booking/offer.h"
#include "core/booking/price.h"
#include "core/intake/lead.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::booking {

enum class State {
  held,       // a seat kept without a person, until held_until
  requested,  // asked for; the operator confirms or declines
  confirmed,
  declined,
  expired,  // a hold that lapsed
  cancelled,
  completed,
  no_show,
};
std::string_view state_name(State state);
std::optional<State> parse_state(std::string_view name);

enum class Action { confirm, decline, cancel, complete, no_show, move };
std::string_view action_name(Action action);
std::optional<Action> parse_action(std::string_view name);
// What has happened: the state it leads to (but for move) and the event's last word.
std::string_view result_name(Action action);

// The transition table: what an action makes of a state, or nothing when it may not happen.
std::optional<State> next_state(State state, Action action);
// Whether it takes the host's time.
bool takes_time(State state);

struct Booking {
  BookingId id;
  TenantId tenant;
  HostId host;
  OfferId offer;
  std::string host_slug, offer_slug;
  std::optional<LeadId> lead;
  State state = State::confirmed;
  TimeMs starts_at = 0;
  TimeMs ends_at = 0;
  TimeMs busy_until = 0;  // ends_at and the buffer of the offer when it was booked
  std::optional<TimeMs> held_until;
  std::string visitor_zone;  // IANA, how the person sees the time
  std::string uid;           // of the calendar entry; never changes
  std::int64_t sequence = 0;
  std::string manage_token;  // the person's own page: /my/TOKEN
  std::string reason;        // of the last cancel or decline
  bool shelved = false;      // never stored: see book()
  std::string kept_by;       // another calendar that has it: "calcom"; "" is ours
  // What was agreed when it was booked; see price.h. Versions of 0: none was set.
  std::string format;
  std::int64_t price_version = 0;
  Money price;
  std::int64_t policy_version = 0;
  std::int64_t moves = 0;  // how often the person has moved it
  // What the person has to get back since it was cancelled or declined; nothing while it stands.
  std::optional<std::int64_t> refund_due_minor;
  std::optional<TimeMs> answered_at;  // when a request was accepted or declined
  std::string brief;                  // see note.h
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

// Whether this may be done here: of a booking that another calendar keeps, only who came may be
// said.
bool is_ours_to_change(const Booking& booking, Action action);  // pure

struct NewBooking {
  std::string offer;  // slug of an offer or a pool; "" is the only offer
  TimeMs starts_at = 0;
  // Who: a lead's id, the token of the person's own links, or a contact that becomes a lead.
  std::optional<LeadId> lead;
  std::string link_token;
  std::optional<intake::CheckedLead> contact;
  intake::Origin origin;      // actor and evidence of the contact
  std::string zone;           // the person's; "" is the lead's, else the tenant's
  bool request_only = false;  // starts as `requested`, also when the offer does not ask for it
  std::string format;         // of the offer's prices; "" is the only one
  std::optional<std::int64_t> amount_minor;   // of a sliding scale; absent: what is suggested
  std::optional<std::int64_t> price_version;  // what the person was shown; absent: not checked
  std::optional<BookingId> hold;              // takes over this hold, its offer and its time
  std::optional<Booking> paid;                // paid for already, on the terms of this one
};
// One transaction: lead (for a contact, not greeted: the confirmation is the first message),
// booking, event, status of the lead, message with the invite. What is to be paid first is `held`
// for the person until it is paid: see pay.h. Errors: slot_taken (conflict) with a
// full or overlapped slot, price_changed (conflict) when the shown price is not in force any more,
// pool_has_no_price (refused),
// price_out_of_range, format_unknown, format_needed, slot_unavailable (refused) for a time that is
// no slot, offer_not_found, lead_not_found, person_required, zone_unknown, hold_not_found,
// hold_lapsed (conflict). A contact that came through a filled trap is kept as a suspect with an
// event that says what was asked for; nothing is booked or sent, and the booking that is returned
// is `shelved`.
Result<Booking> book(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                     const NewBooking& input);

struct NewHold {
  std::string offer;
  TimeMs starts_at = 0;
  std::int64_t for_ms = k_hold_default_ms;
};
// Keeps a seat without a person; errors as book, and hold_invalid (refused).
Result<Booking> hold(App& app, store::Tx& tx, const tenants::Tenant& tenant, const NewHold& input);

// A booking that another calendar made, and tells its person of by itself: it is kept here as it
// is there, whatever our windows, seats and prices say, and nothing is sent for it.
struct KeptBooking {
  Offer offer;
  intake::Lead lead;
  TimeMs starts_at = 0, ends_at = 0;
  std::string zone;     // the person's; "" is the lead's, else the tenant's
  bool asked = false;   // it waits for the host's word there
  std::string_view by;  // kept_by, and the actor of its events
};
// One transaction: booking, event, status of the lead. The caller has locked the host.
Result<Booking> keep_booking(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                             const KeptBooking& input);

// Who changes a booking by its own link. Such a person may not move or cancel what has begun.
inline constexpr std::string_view k_visitor = "visitor";
inline constexpr std::string_view k_by_host = "host";  // by their own pages or the link they got
// Who confirms a booking that was paid.
inline constexpr std::string_view k_payment_actor = "payment";

struct Change {
  BookingId id;
  Action action = Action::confirm;
  TimeMs starts_at = 0;  // move: the new time
  std::string reason;    // cancel, decline: told to the person
  std::string actor = "cli";
  bool by_person = false;  // the person's own wish, told to the operator: the policy holds for it
  // The word of the calendar that keeps this booking (`kept_by`); move: with the new end.
  bool by_keeper = false;
  TimeMs ends_at = 0;
};
// The booking after it, with what has to be paid back: by the policy it was booked under when the
// person cancels, all of it when the host does. An action whose result is there already changes
// nothing. Errors: booking_not_found, booking_state (conflict) when the table does not allow it,
// hold_lapsed, too_long (refused) for the reason, move_refused (conflict) by the policy,
// booking_not_started (conflict) for a no_show too early, booking_begun (conflict) for a visitor
// too late, kept_elsewhere (refused) for what only the calendar that keeps it may change; move:
// slot_taken and slot_unavailable. A lead whose last booking is cancelled or
// declined is no longer "booked".
Result<Booking> change(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Change& input);

Result<Booking> load(store::Tx& tx, const TenantId& tenant, const BookingId& id);
// Whose it is, by the id alone: for links that prove it.
Result<std::optional<TenantId>> tenant_of(store::Tx& tx, const BookingId& id);
// Whoever has the token manages this booking; nothing when unknown.
Result<std::optional<Booking>> by_manage_token(store::Tx& tx, std::string_view token);

struct Filter {
  std::string status, offer, host;  // "" is any
  std::optional<LeadId> lead;
  std::optional<TimeMs> from, to;  // starts_at in [from, to)
  // Page key: after this start and id.
  std::optional<TimeMs> after_start;
  std::string after_id;
  std::int64_t limit = k_page_default;
};
Result<std::vector<Booking>> list(store::Tx& tx, const TenantId& tenant, const Filter& filter);

// The invite as it stands now: REQUEST for a person with an e-mail address (`invite`), PUBLISH for
// a file to open, CANCEL once it is cancelled or declined. UID and SEQUENCE are the booking's. The
// organizer is the host, whom answers reach; without an address of its own, whoever our mail comes
// from. `language` is the reader's ("ru", "en"); "" is the person's.
Result<Appointment> appointment_of(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                   const Booking& booking, bool invite,
                                   std::string_view language = {});

std::string manage_url(std::string_view base_url, const Booking& booking);  // BASE/my/TOKEN
std::string ics_url(std::string_view base_url, const Booking& booking);     // BASE/c/TOKEN.ics
// "flead.example" for "https://flead.example:8443/x": the right side of calendar UIDs.
std::string host_of_url(std::string_view base_url);
// The API's object; what the commands print.
Json to_json(const Booking& booking, std::string_view base_url);

// ---- flead slot check ------------------------------------------------------------------------

struct Finding {
  // false: worth a look (a booking outside today's windows, a window shorter than a slot)
  bool problem = true;
  std::string code;  // overlap, seats, orphan, span, calendar_overlap, dst_gap …
  std::string booking, host;
  std::string message;
};
struct CheckReport {
  std::int64_t hosts = 0, rules = 0, bookings = 0;
  std::vector<Finding> findings;
};
// Replays every rule, booking and hold of the tenant, without trusting the write path: overlaps
// beyond the seats and with imported calendars, calendars that could not be read, rows that belong
// to nothing, ends that do not fit, windows that DST touches on days without an exception.
Result<CheckReport> check(World& world, store::Tx& tx, const tenants::Tenant& tenant);

}  // namespace flead::booking
