#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/booking.h"
#include "core/booking/bookings_store.h"
#include "core/booking/calendar.h"
#include "core/booking/completion.h"
#include "core/booking/notice.h"
#include "core/booking/offers_store.h"
#include "core/booking/pay.h"
#include "core/booking/pool.h"
#include "core/booking/reminder.h"
#include "core/booking/request.h"
#include "core/booking/waitlist.h"
#include "core/channels/sequence.h"
#include "core/intake/counters.h"

namespace flead::booking {
namespace {

Error slot_unavailable(std::string_view why) {
  Error error = refused_field("starts_at", "slot_unavailable", std::string(why));
  error.hint = "Free times: flead slot list, or GET /api/v1/slots";
  return error;
}

Status check_caps(store::Tx& tx, const Offer& offer, const Zone& zone, TimeMs start, TimeMs now,
                  const BookingId& except) {
  if (!offer.terms.capped()) return {};
  FLEAD_TRY(const auto others, offer_starts(tx, offer.id, week_of(zone, start), now, except));
  if (within_caps(offer.terms, zone, others, start)) return {};
  return conflict("slot_taken", "This day or week has no more meetings of this offer.",
                  "Choose another free time");
}

// Under the host's lock: is it a slot, may it still be booked, is a seat left.
Status check_slot(World& world, store::Tx& tx, const Offer& offer, TimeMs start,
                  const BookingId& except) {
  FLEAD_CHECK(check_booked_here(offer));
  FLEAD_TRY(const auto schedule, load_schedule(tx, offer));
  if (!is_start(schedule, start)) return slot_unavailable("No slot begins at this time.");
  const TimeMs now = world.clock.now();
  if (start < now) return slot_unavailable("This time has passed.");
  if (!is_open_at(offer.terms, now, start)) {
    return slot_unavailable("This time is too soon, or too far ahead.");
  }
  BusyQuery query;
  query.host = offer.host;
  query.offer = offer.id;
  query.from = start;
  query.to = start + (offer.terms.length_min + offer.terms.buffer_min) * k_minute_ms;
  query.now = now;
  query.except = except;
  FLEAD_TRY(const auto busy, busy_times(tx, query));
  if (seats_left(offer.terms, start, busy) < 1) {
    return conflict("slot_taken", "This time has just been taken.", "Choose another free time");
  }
  return check_caps(tx, offer, schedule.zone, start, now, except);
}

// The price that was shown and the terms in force: they stay with the booking.
Status agree(store::Tx& tx, const NewBooking& input, Booking& booking) {
  if (input.paid) {
    booking.price = input.paid->price;
    booking.price_version = input.paid->price_version;
    booking.policy_version = input.paid->policy_version;
    booking.format = input.paid->format;
    return {};
  }
  FLEAD_TRY(const Price price, price_for(tx, booking.offer, input.format));
  if (input.price_version && *input.price_version != price.version) {
    return conflict("price_changed", "The price has changed since it was shown.",
                    "Ask for the price again, and book with its version");
  }
  FLEAD_TRY(booking.price, agreed_price(price, input.amount_minor));
  booking.price_version = price.version;
  booking.format = price.format;
  FLEAD_TRY(const Policy policy, policy_of(tx, booking.offer));
  booking.policy_version = policy.version;
  return {};
}

void set_time(const Offer& offer, TimeMs start, Booking& booking) {
  booking.starts_at = start;
  booking.ends_at = start + offer.terms.length_min * k_minute_ms;
  booking.busy_until = booking.ends_at + offer.terms.buffer_min * k_minute_ms;
}

Booking new_booking(World& world, const tenants::Tenant& tenant, const Offer& offer,
                    std::string_view base_url, TimeMs start) {
  Booking booking;
  booking.id = new_id<BookingIdTag>(world);
  booking.tenant = tenant.id;
  booking.host = offer.host;
  booking.offer = offer.id;
  booking.offer_slug = offer.slug;
  booking.visitor_zone = tenant.zone;
  booking.uid = fmt::format("booking-{}@{}", booking.id.text(), host_of_url(base_url));
  booking.manage_token = make_token(world.random, "");
  booking.created_at = world.clock.now();
  booking.updated_at = booking.created_at;
  set_time(offer, start, booking);
  return booking;
}

Result<intake::Lead> find_person(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                 const NewBooking& input) {
  if (input.lead) return intake::load(tx, tenant.id, *input.lead);
  if (!input.link_token.empty()) {
    FLEAD_TRY(auto lead, intake::by_link_token(tx, tenant.id, input.link_token));
    if (!lead) return not_found("lead_not_found", "This personal link is not known.");
    return std::move(*lead);
  }
  if (!input.contact) {
    return refused_field("contact", "person_required", "Say who books: lead or contact.");
  }
  intake::Origin origin = input.origin;
  origin.greet = false;
  FLEAD_TRY(auto created, intake::create(world, tx, tenant, *input.contact, origin));
  return std::move(created.lead);
}

Result<std::string> pick_zone(const tenants::Tenant& tenant, const intake::Lead& lead,
                              std::string_view wanted) {
  if (!wanted.empty()) {
    FLEAD_TRY(const auto zone, Zone::load(wanted));
    return zone.name();
  }
  return lead.zone.empty() ? tenant.zone : lead.zone;
}

Json event_data(const Booking& booking) {
  return Json::object({{"booking", booking.id.text()},
                       {"offer", booking.offer_slug},
                       {"starts_at", format_time(booking.starts_at)}});
}

bool has_lapsed(const Booking& booking, TimeMs now) {
  return booking.state == State::held && booking.held_until.value_or(0) <= now;
}

Error hold_lapsed() {
  return conflict("hold_lapsed", "This hold has lapsed.", "Book the slot anew");
}

// Prices are a member's own: who has seen one knows whose it is.
Status check_pool_terms(store::Tx& tx, const TenantId& tenant, const NewBooking& input) {
  if (input.hold || (input.format.empty() && !input.amount_minor && !input.price_version)) {
    return {};
  }
  FLEAD_TRY(const auto pool, find_pool(tx, tenant, input.offer));
  if (!pool) return {};
  Error error =
      refused_field("offer", "pool_has_no_price", "Each offer of this pool has its own prices.");
  error.hint = "Book the offer that the free slot names";
  return error;
}

// The hold becomes this person's booking, at its own time.
Result<Booking> take_over(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                          const BookingId& id) {
  FLEAD_TRY(auto found, booking_by_id(tx, tenant.id, id));
  if (!found) return not_found("hold_not_found", "No such hold.");
  FLEAD_CHECK(lock_host(tx, found->host));
  FLEAD_TRY(found, booking_by_id(tx, tenant.id, id));  // as it is under the lock
  if (!found || (found->state != State::held && found->state != State::expired)) {
    return conflict("booking_state", "This is no hold any more.");
  }
  if (found->state == State::expired || has_lapsed(*found, world.clock.now())) {
    return hold_lapsed();
  }
  found->held_until.reset();
  found->updated_at = world.clock.now();
  return std::move(*found);
}

Result<Booking> reserve_of(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                           const Offer& offer, TimeMs start) {
  FLEAD_CHECK(lock_host(tx, offer.host));
  FLEAD_CHECK(expire_holds(tx, offer.host, app.world.clock.now()));
  FLEAD_CHECK(check_slot(app.world, tx, offer, start, BookingId()));
  return new_booking(app.world, tenant, offer, app.config.base_url, start);
}

bool is_no_place(const Error& error) {
  return error.code == "slot_taken" || error.code == "slot_unavailable";
}

// Of a pool the first member who is free; taken rather than unavailable when all of them refuse.
Result<Booking> reserve(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                        std::string_view offer_slug, TimeMs start) {
  FLEAD_TRY(const auto pool, find_pool(tx, tenant.id, offer_slug));
  if (!pool) {
    FLEAD_TRY(const auto offer, find_offer(tx, tenant.id, offer_slug));
    return reserve_of(app, tx, tenant, offer, start);
  }
  FLEAD_TRY(const auto members, members_by_load(tx, *pool, app.world.clock.now()));
  Error why = slot_unavailable("No slot begins at this time.");
  for (const Offer& member : members) {
    auto booking = reserve_of(app, tx, tenant, member, start);
    if (booking) return booking;
    if (!is_no_place(booking.error())) return booking.error();
    if (why.code != "slot_taken") why = booking.error();
  }
  return why;
}

Status record_booked(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                     const intake::Lead& lead, std::string_view event, std::string_view actor) {
  // The calendar that keeps it elsewhere tells the person, asks the host and reminds them both.
  const bool ours = booking.kept_by.empty();
  if (ours) FLEAD_CHECK(plan_calendar_writes(app.world, tx, booking));
  if (booking.state == State::held) {
    FLEAD_CHECK(intake::add_event(app.world, tx, tenant.id, lead.id, "booking.held", actor,
                                  event_data(booking)));
    return ask_payment(app, tx, tenant, booking, lead);
  }
  if (booking.state != State::confirmed) {
    FLEAD_CHECK(
        intake::add_event(app.world, tx, tenant.id, lead.id, event, actor, event_data(booking)));
    return ours ? open_request(app, tx, tenant, booking, lead) : Status();
  }
  FLEAD_CHECK(intake::count(tx, tenant, booking.created_at, intake::k_metric_bookings,
                            intake::source_label(lead)));
  FLEAD_CHECK(intake::advance(app.world, tx, tenant.id, lead.id, "booked", event,
                              event_data(booking), actor));
  FLEAD_CHECK(channels::stop_sequences(app.world, tx, tenant.id, lead.id, "booked"));
  if (ours) FLEAD_CHECK(tell_person(app, tx, tenant, booking, lead, "booking.confirmed"));
  FLEAD_CHECK(plan_completion(app, tx, tenant, booking));
  if (!ours) return {};
  if (actor != k_by_host) {
    FLEAD_CHECK(tell_host_news(app, tx, tenant, booking, lead, HostNews::booked));
  }
  return plan_reminders(app, tx, tenant, booking);
}

// A robot must not take a person's time, and a person whom the trap caught must not believe to be
// expected: the wish is on the lead's timeline, for the operator to see.
Result<Booking> shelve(World& world, store::Tx& tx, const tenants::Tenant& tenant, Booking booking,
                       const LeadId& lead) {
  FLEAD_CHECK(intake::add_event(world, tx, tenant.id, lead, "booking.shelved", k_visitor,
                                Json::object({{"offer", booking.offer_slug},
                                              {"starts_at", format_time(booking.starts_at)}})));
  booking.state = State::requested;
  booking.shelved = true;
  return booking;
}

Error cannot_change(const Booking& booking, Action action) {
  return conflict("booking_state", fmt::format("A booking that is {} cannot {}.",
                                               state_name(booking.state), action_name(action)));
}

std::string event_of(Action action) {
  return fmt::format("booking.{}", result_name(action));
}

bool by_person(const Change& input) {
  return input.by_person || input.actor == k_visitor;
}

bool is_done_already(const Booking& booking, const Change& input) {
  // Accepted before, and not paid yet: nobody's link makes it more.
  const bool awaits_payment = booking.state == State::held && booking.lead.has_value();
  if (awaits_payment && input.action == Action::confirm && input.actor == "host") return true;
  if (input.action != Action::move) return state_name(booking.state) == result_name(input.action);
  const bool same_end = !input.by_keeper || input.ends_at == booking.ends_at;
  return same_end && input.starts_at == booking.starts_at &&
         next_state(booking.state, Action::move);
}

// What is said here alone would be true here and false there.
Status check_keeper(const Booking& booking, const Change& input) {
  if (input.by_keeper || is_ours_to_change(booking, input.action)) return {};
  return refused("kept_elsewhere", "This booking is kept at Cal.com.",
                 "Change it there: flead learns of it by itself");
}

Status check_change(const Booking& booking, const Change& input, TimeMs now) {
  FLEAD_CHECK(check_keeper(booking, input));
  if (booking.state == State::expired || has_lapsed(booking, now)) return hold_lapsed();
  if (!next_state(booking.state, input.action)) return cannot_change(booking, input.action);
  if (input.action == Action::no_show && now < booking.starts_at) {
    return conflict("booking_not_started", "The booking has not begun yet.");
  }
  const bool gives_up_time = input.action == Action::cancel || input.action == Action::move;
  if (gives_up_time && by_person(input) && now >= booking.starts_at) {
    return conflict("booking_begun", "This booking has begun and cannot be changed any more.");
  }
  if (!valid_utf8(input.reason) || utf8_length(input.reason) > k_reason_characters_max) {
    return refused_field("reason", "too_long",
                         fmt::format("A reason has up to {} characters.", k_reason_characters_max));
  }
  return {};
}

// What goes back: as agreed when the person changes their mind, all when the host does.
Status settle(store::Tx& tx, const Change& input, TimeMs now, Booking& booking) {
  if (booking.price.amount_minor == 0) return {};
  int percent = 100;
  if (by_person(input)) {
    FLEAD_TRY(const Policy policy, policy_at(tx, booking.offer, booking.policy_version));
    percent = refund_percent(policy, booking.starts_at, now);
  }
  FLEAD_TRY(booking.refund_due_minor, refund_due(tx, booking, percent));
  return {};
}

// What is to be paid first is not confirmed yet.
Status hold_for_payment(App& app, store::Tx& tx, const tenants::Tenant& tenant, Booking& booking) {
  FLEAD_TRY(const auto deadline, payment_deadline(app, tx, tenant, booking));
  if (!deadline) return {};
  booking.state = State::held;
  booking.held_until = *deadline;
  return {};
}

Status apply_change(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Change& input,
                    Booking& booking) {
  const State before = booking.state;
  booking.state = *next_state(booking.state, input.action);
  booking.updated_at = app.world.clock.now();
  if (before == State::requested && booking.state != State::cancelled) {
    booking.answered_at = booking.updated_at;
  }
  if (before == State::held && booking.state != State::held) booking.held_until.reset();
  if (before == State::requested && booking.state == State::confirmed) {
    FLEAD_CHECK(hold_for_payment(app, tx, tenant, booking));
  }
  if (input.action == Action::cancel || input.action == Action::decline) {
    booking.reason = input.reason;
    ++booking.sequence;
    FLEAD_CHECK(settle(tx, input, app.world.clock.now(), booking));
  }
  if (input.action == Action::move && input.by_keeper) {
    booking.starts_at = input.starts_at;
    booking.ends_at = input.ends_at;
    booking.busy_until = input.ends_at;
    ++booking.sequence;
  } else if (input.action == Action::move) {
    if (by_person(input)) {
      FLEAD_TRY(const Policy policy, policy_at(tx, booking.offer, booking.policy_version));
      FLEAD_CHECK(check_move(policy, booking.moves, booking.starts_at, app.world.clock.now()));
      ++booking.moves;
    }
    FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, booking.offer));
    FLEAD_CHECK(check_slot(app.world, tx, offer, input.starts_at, booking.id));
    set_time(offer, input.starts_at, booking);
    ++booking.sequence;
  }
  return update_booking(tx, booking);
}

// What the lead's timeline, the host and the person hear of a change that has been made.
Status record_change(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Change& input,
                     const Booking& before, const Booking& booking) {
  if (!booking.lead) return {};
  const bool ours = booking.kept_by.empty();
  const bool moved_or_off = ours && (input.action == Action::move || !takes_time(booking.state));
  if (moved_or_off) FLEAD_CHECK(plan_calendar_writes(app.world, tx, booking));
  FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, *booking.lead));
  if (input.action == Action::confirm) {
    return record_booked(app, tx, tenant, booking, lead, event_of(input.action), input.actor);
  }
  Json data = event_data(booking);
  if (input.action == Action::move) data.set("from", format_time(before.starts_at));
  if (!booking.reason.empty()) data.set("reason", booking.reason);
  if (booking.refund_due_minor) data.set("refund_due_minor", *booking.refund_due_minor);
  const std::string event = event_of(input.action);
  bool was_last = false;
  if (!takes_time(booking.state)) {
    FLEAD_TRY(const auto booked, count_booked(tx, tenant.id, lead.id));
    was_last = booked == 0;
  }
  FLEAD_CHECK(was_last
                  ? intake::step_back(app.world, tx, tenant.id, lead.id, event, data, input.actor)
                  : intake::add_event(app.world, tx, tenant.id, lead.id, event, input.actor, data));
  if (input.action == Action::move) {
    FLEAD_CHECK(plan_completion(app, tx, tenant, booking));
    if (ours) FLEAD_CHECK(plan_reminders(app, tx, tenant, booking));
  }
  if (input.action == Action::complete) return ask_review(app, tx, tenant, booking, lead);
  const bool is_past = before.ends_at <= app.world.clock.now();
  if (is_past || !ours) return {};
  if (input.actor != k_by_host) {
    FLEAD_CHECK(tell_host_change(app, tx, tenant, before, booking, lead, input.action));
  }
  if (input.action == Action::move && booking.state == State::confirmed) {
    return tell_person(app, tx, tenant, booking, lead, "booking.moved");
  }
  if (input.action == Action::cancel || input.action == Action::decline) {
    return tell_person(app, tx, tenant, booking, lead,
                       input.action == Action::cancel ? "booking.cancelled" : "booking.declined");
  }
  return {};
}

}  // namespace

Result<Booking> book(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                     const NewBooking& input) {
  FLEAD_CHECK(check_pool_terms(tx, tenant.id, input));
  // The host's row first: two who want the last seat meet here, before anything is decided.
  FLEAD_TRY(auto booking, input.hold ? take_over(app.world, tx, tenant, *input.hold)
                                     : reserve(app, tx, tenant, input.offer, input.starts_at));
  FLEAD_TRY(const auto lead, find_person(app.world, tx, tenant, input));
  FLEAD_TRY(booking.visitor_zone, pick_zone(tenant, lead, input.zone));
  booking.lead = lead.id;
  if (input.contact && !input.contact->input.suspicion.empty()) {
    return shelve(app.world, tx, tenant, std::move(booking), lead.id);
  }
  FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, booking.offer));
  const bool asks = (input.request_only || offer.on_request) && !input.paid;
  booking.state = asks ? State::requested : State::confirmed;
  FLEAD_CHECK(agree(tx, input, booking));
  if (booking.state == State::confirmed && !input.paid) {
    FLEAD_CHECK(hold_for_payment(app, tx, tenant, booking));
  }
  FLEAD_CHECK(input.hold ? update_booking(tx, booking) : insert_booking(tx, booking));
  FLEAD_TRY(booking, load(tx, tenant.id, booking.id));
  FLEAD_CHECK(record_booked(app, tx, tenant, booking, lead, "booking.created", input.origin.actor));
  return booking;
}

Result<Booking> keep_booking(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                             const KeptBooking& input) {
  Booking booking =
      new_booking(app.world, tenant, input.offer, app.config.base_url, input.starts_at);
  booking.ends_at = input.ends_at;
  booking.busy_until = input.ends_at;
  booking.lead = input.lead.id;
  booking.state = input.asked ? State::requested : State::confirmed;
  booking.kept_by = input.by;
  const auto zone = pick_zone(tenant, input.lead, input.zone);
  booking.visitor_zone = zone ? *zone : tenant.zone;
  FLEAD_CHECK(insert_booking(tx, booking));
  FLEAD_TRY(booking, load(tx, tenant.id, booking.id));
  FLEAD_CHECK(record_booked(app, tx, tenant, booking, input.lead, "booking.created", input.by));
  return booking;
}

Result<Booking> hold(App& app, store::Tx& tx, const tenants::Tenant& tenant, const NewHold& input) {
  if (input.for_ms < k_minute_ms || input.for_ms > k_hold_ms_max) {
    return refused_field("for", "hold_invalid",
                         fmt::format("A hold lasts 1m to {}.", format_duration(k_hold_ms_max)));
  }
  FLEAD_TRY(auto booking, reserve(app, tx, tenant, input.offer, input.starts_at));
  booking.state = State::held;
  booking.held_until = booking.created_at + input.for_ms;
  FLEAD_CHECK(insert_booking(tx, booking));
  FLEAD_CHECK(place_freed(app.world, tx, tenant.id, booking.host,
                          {booking.starts_at, booking.busy_until}, *booking.held_until));
  return load(tx, tenant.id, booking.id);
}

Result<Booking> change(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                       const Change& input) {
  FLEAD_TRY(auto booking, load(tx, tenant.id, input.id));
  FLEAD_CHECK(lock_host(tx, booking.host));
  FLEAD_TRY(booking, load(tx, tenant.id, input.id));  // as it is under the lock
  if (is_done_already(booking, input)) return booking;
  FLEAD_CHECK(check_change(booking, input, app.world.clock.now()));
  const Booking before = booking;
  FLEAD_CHECK(apply_change(app, tx, tenant, input, booking));
  if (!takes_time(booking.state) || before.starts_at != booking.starts_at) {
    FLEAD_CHECK(
        place_freed(app.world, tx, tenant.id, before.host, {before.starts_at, before.busy_until}));
  }
  FLEAD_CHECK(record_change(app, tx, tenant, input, before, booking));
  FLEAD_CHECK(settle_payment(app, tx, booking));
  return booking;
}

Result<Booking> load(store::Tx& tx, const TenantId& tenant, const BookingId& id) {
  FLEAD_TRY(auto booking, booking_by_id(tx, tenant, id));
  if (!booking) return not_found("booking_not_found", "No such booking.");
  return std::move(*booking);
}

Result<std::optional<Booking>> by_manage_token(store::Tx& tx, std::string_view token) {
  return booking_by_token(tx, token);
}

Result<std::vector<Booking>> list(store::Tx& tx, const TenantId& tenant, const Filter& filter) {
  if (!filter.status.empty() && !parse_state(filter.status)) {
    return usage_error("status_unknown", "No such booking status.",
                       "One of held requested confirmed declined expired cancelled completed "
                       "no_show");
  }
  return bookings_page(tx, tenant, filter);
}

}  // namespace flead::booking
