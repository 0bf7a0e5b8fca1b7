#include "core/booking/waitlist.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/booking/notice.h"
#include "core/booking/offers_store.h"
#include "core/booking/waitlist_store.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_places_at_once_max = 50;  // of one freed time
constexpr std::int64_t k_place_kept_ms_min = 10 * k_minute_ms;

Error no_wait() {
  return not_found("wait_not_found", "Nobody waits under this name.");
}

struct WaitingPerson {
  intake::Lead lead;
  bool trusted = true;  // false: what was typed fell into the trap
};

Result<WaitingPerson> waiting_person(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                     const NewWait& input) {
  if (input.lead) {
    FLEAD_TRY(auto lead, intake::load(tx, tenant.id, *input.lead));
    return WaitingPerson{std::move(lead), true};
  }
  if (!input.contact) {
    return refused_field("contact", "person_required", "Say who waits: lead or contact.");
  }
  FLEAD_TRY(auto created, intake::create(world, tx, tenant, *input.contact, input.origin));
  return WaitingPerson{std::move(created.lead), input.contact->input.suspicion.empty()};
}

// The wait as it is under its host's lock: offering, taking, leaving and lapsing go one by one.
Result<std::optional<Wait>> locked_wait(store::Tx& tx, const TenantId& tenant, const WaitId& id) {
  FLEAD_TRY(const auto known, wait_by_id(tx, tenant, id));
  if (!known) return std::optional<Wait>();
  FLEAD_TRY(const auto offer, load_offer(tx, tenant, known->offer));
  FLEAD_CHECK(lock_host(tx, offer.host));
  return wait_by_id(tx, tenant, id);
}

Json wait_data(const Wait& wait) {
  return Json::object({{"wait", wait.id.text()}, {"offer", wait.offer_slug}});
}

Result<std::int64_t> kept_for(App& app, store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const std::string text, tenants::setting(app, tx, tenant, "waitlist.offer"));
  constexpr std::int64_t k_unset_ms = 2 * k_hour_ms;  // checked when it was set
  return parse_duration_ms(text).value_or(k_unset_ms);
}

Status plan_lapse(World& world, store::Tx& tx, const Wait& wait) {
  jobs::NewJob job;
  job.kind = "waitlist.lapse";
  job.payload = Json::object({{"wait", wait.id.text()}, {"hold", wait.hold->text()}});
  job.tenant = wait.tenant;
  job.subject_id = wait.id.text();
  job.run_at = *wait.offered_until;
  job.unique_key = "waitlist.lapse:" + wait.hold->text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

// The seat is kept, the person is told. False: it has gone in the meantime, or is too near.
Result<bool> offer_place(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Offer& offer,
                         Wait wait, TimeMs start) {
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(const std::int64_t wanted, kept_for(app, tx, tenant.id));
  NewHold wish;
  wish.offer = offer.slug;
  wish.starts_at = start;
  wish.for_ms = std::min({wanted, start - now, k_hold_ms_max});
  if (wish.for_ms < k_place_kept_ms_min) return false;
  const auto held = hold(app, tx, tenant, wish);
  if (!held) {
    if (held.error().kind == ErrorKind::internal) return held.error();
    return false;
  }
  wait.status = "offered";
  wait.hold = held->id;
  wait.offered_until = held->held_until;
  wait.updated_at = now;
  FLEAD_CHECK(update_wait(tx, wait));
  FLEAD_CHECK(plan_lapse(app.world, tx, wait));
  FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, wait.lead));
  FLEAD_CHECK(intake::add_event(app.world, tx, tenant.id, lead.id, "waitlist.offered", "system",
                                wait_data(wait).set("starts_at", format_time(start))));
  if (lead.status == "suspect") return true;
  FLEAD_CHECK(tell_waiting(app, tx, tenant, *held, lead, wait.zone,
                           wait_url(app.config.base_url, wait), *wait.offered_until));
  return true;
}

Status offer_places_of(App& app, store::Tx& tx, const tenants::Tenant& tenant, const OfferId& id,
                       TimeSpan time) {
  FLEAD_TRY(const auto offer, load_offer(tx, tenant.id, id));
  FLEAD_CHECK(lock_host(tx, offer.host));
  // A slot that begins before the freed time may reach into it.
  const TimeMs from = time.from - (offer.terms.length_min + offer.terms.buffer_min) * k_minute_ms;
  FLEAD_TRY(const auto free, list_free(app.world, tx, offer, from, time.to, k_places_at_once_max));
  for (const Slot& slot : free.slots) {
    for (std::int64_t seat = 0; seat < slot.seats_left; ++seat) {
      FLEAD_TRY(const auto wait, next_waiting(tx, offer.id, slot.starts_at));
      if (!wait) break;
      FLEAD_TRY(const bool kept, offer_place(app, tx, tenant, offer, *wait, slot.starts_at));
      if (!kept) break;
    }
  }
  return {};
}

Status offer_places_now(App& app, store::Tx& tx, const TenantId& tenant_id, const HostId& host,
                        TimeSpan time) {
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  if (tenant.suspended) return {};
  FLEAD_TRY(const auto offers, awaited_offers(tx, host));
  for (const OfferId& offer : offers) {
    FLEAD_CHECK(offer_places_of(app, tx, tenant, offer, time));
  }
  return {};
}

// What was kept for them is free again.
Status release(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Wait& wait) {
  FLEAD_TRY(const auto held, load(tx, tenant.id, *wait.hold));
  if (held.state != State::held) return {};
  Change cancel;
  cancel.id = held.id;
  cancel.action = Action::cancel;
  cancel.actor = "system";
  const auto done = change(app, tx, tenant, cancel);
  if (done || done.error().code != "hold_lapsed") return done ? Status() : done.error();
  return place_freed(app.world, tx, tenant.id, held.host, {held.starts_at, held.busy_until});
}

Status lapse_now(App& app, store::Tx& tx, const TenantId& tenant_id, const WaitId& id,
                 const BookingId& hold_id) {
  FLEAD_TRY(auto wait, locked_wait(tx, tenant_id, id));
  if (!wait || wait->status != "offered" || wait->hold != hold_id) return {};
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  wait->status = "lapsed";
  wait->updated_at = app.world.clock.now();
  FLEAD_CHECK(update_wait(tx, *wait));
  FLEAD_CHECK(intake::add_event(app.world, tx, tenant_id, wait->lead, "waitlist.lapsed", "system",
                                wait_data(*wait)));
  return release(app, tx, tenant, *wait);
}

}  // namespace

Result<Wait> join_waitlist(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                           const NewWait& input) {
  const TimeMs now = app.world.clock.now();
  if (input.to <= input.from || input.to <= now) {
    return refused_field("to", "times_invalid", "Nothing can come free in this time.");
  }
  FLEAD_TRY(const auto offer, find_offer(tx, tenant.id, input.offer));
  FLEAD_CHECK(check_booked_here(offer));
  FLEAD_CHECK(lock_host(tx, offer.host));
  FLEAD_TRY(const auto person, waiting_person(app.world, tx, tenant, input));
  const intake::Lead& lead = person.lead;
  Wait wait;
  wait.tenant = tenant.id;
  wait.offer = offer.id;
  wait.offer_slug = offer.slug;
  wait.lead = lead.id;
  wait.status = "left";
  if (!person.trusted || lead.status == "suspect") return wait;
  FLEAD_TRY(auto known, open_wait_of(tx, offer.id, lead.id));
  // Whoever types a contact has not shown that it is theirs: a place that it has is neither shown
  // nor changed.
  if (known && input.contact) {
    wait.status = "waiting";
    return wait;
  }
  if (!known) {
    FLEAD_TRY(const auto waiting, count_waiting(tx, offer.id));
    if (waiting >= k_waits_max) {
      return refused_field("offer", "waitlist_full", "The waiting list of this offer is full.");
    }
    wait.id = new_id<WaitIdTag>(app.world);
    wait.token = make_token(app.world.random, "");
    wait.status = "waiting";
    wait.created_at = now;
  } else {
    wait = *known;
  }
  const std::string fallback = lead.zone.empty() ? tenant.zone : lead.zone;
  FLEAD_TRY(const auto zone, Zone::load(input.zone.empty() ? fallback : input.zone));
  wait.zone = zone.name();
  wait.from = input.from;
  wait.to = input.to;
  wait.updated_at = now;
  if (known) {
    FLEAD_CHECK(update_wait(tx, wait));
    return wait;
  }
  FLEAD_CHECK(insert_wait(tx, wait));
  FLEAD_CHECK(intake::add_event(app.world, tx, tenant.id, lead.id, "waitlist.joined",
                                input.origin.actor, wait_data(wait)));
  return wait;
}

Result<Wait> leave_waitlist(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                            const WaitId& id) {
  FLEAD_TRY(auto wait, locked_wait(tx, tenant.id, id));
  if (!wait) return no_wait();
  if (wait->status != "waiting" && wait->status != "offered") return std::move(*wait);
  const bool was_offered = wait->status == "offered";
  wait->status = "left";
  wait->updated_at = app.world.clock.now();
  FLEAD_CHECK(update_wait(tx, *wait));
  if (was_offered) FLEAD_CHECK(release(app, tx, tenant, *wait));
  return std::move(*wait);
}

Result<Booking> take_place(App& app, store::Tx& tx, const tenants::Tenant& tenant, const WaitId& id,
                           const NewBooking& chosen) {
  FLEAD_TRY(auto wait, locked_wait(tx, tenant.id, id));
  if (!wait) return no_wait();
  if (wait->status == "booked") return load(tx, tenant.id, *wait->hold);  // said twice
  if (wait->status != "offered") {
    return conflict("offer_lapsed", "This place is not kept any more.", "Choose another free time");
  }
  NewBooking input = chosen;
  input.offer = wait->offer_slug;
  input.hold = wait->hold;
  input.lead = wait->lead;
  input.zone = wait->zone;
  input.origin.actor = k_visitor;
  auto made = book(app, tx, tenant, input);
  if (!made && made.error().code == "hold_lapsed") {
    return conflict("offer_lapsed", "This place is not kept any more.", "Choose another free time");
  }
  if (!made) return made;
  wait->status = "booked";
  wait->updated_at = app.world.clock.now();
  FLEAD_CHECK(update_wait(tx, *wait));
  return made;
}

Result<Wait> load_wait(store::Tx& tx, const TenantId& tenant, const WaitId& id) {
  FLEAD_TRY(auto wait, wait_by_id(tx, tenant, id));
  if (!wait) return no_wait();
  return std::move(*wait);
}

Status place_freed(World& world, store::Tx& tx, const TenantId& tenant, const HostId& host,
                   TimeSpan time, TimeMs at) {
  if (time.to <= world.clock.now()) return {};
  if (at == 0) {
    FLEAD_TRY(const auto offers, awaited_offers(tx, host));
    if (offers.empty()) return {};
  }
  jobs::NewJob job;
  job.kind = "waitlist.offer";
  job.payload = Json::object({{"host", host.text()}, {"from", time.from}, {"to", time.to}});
  job.tenant = tenant;
  job.subject_id = host.text();
  if (at != 0) job.run_at = at;
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

jobs::Outcome offer_places(App& app, const jobs::Job& job) {
  const auto host = job.payload.text("host");
  const auto from = job.payload.integer("from");
  const auto to = job.payload.integer("to");
  if (!host || !from || !to || !job.tenant) return jobs::Outcome::dead("The job names no time");
  return jobs::Outcome::done(
      [&app, tenant = *job.tenant, id = HostId(*host), time = TimeSpan{*from, *to}](store::Tx& tx) {
        return offer_places_now(app, tx, tenant, id, time);
      });
}

jobs::Outcome lapse_place(App& app, const jobs::Job& job) {
  const auto wait = job.payload.text("wait");
  const auto kept = job.payload.text("hold");
  if (!wait || !kept || !job.tenant) return jobs::Outcome::dead("The job names no place");
  return jobs::Outcome::done(
      [&app, tenant = *job.tenant, id = WaitId(*wait), hold_id = BookingId(*kept)](store::Tx& tx) {
        return lapse_now(app, tx, tenant, id, hold_id);
      });
}

std::string wait_url(std::string_view base_url, const Wait& wait) {
  return std::string(base_url) + "/wait/" + wait.token;
}

Json to_json(const Wait& wait, std::string_view base_url) {
  constexpr TimeMs k_never = std::numeric_limits<TimeMs>::max();
  return Json::object(
      {{"id", wait.id.text()},
       {"status", wait.status},
       {"offer", wait.offer_slug},
       {"lead", wait.lead.text()},
       {"zone", wait.zone},
       {"from", wait.from == 0 ? Json() : Json(format_time(wait.from))},
       {"to", wait.to == k_never ? Json() : Json(format_time(wait.to))},
       {"booking", wait.hold ? Json(wait.hold->text()) : Json()},
       {"offered_until", wait.offered_until ? Json(format_time(*wait.offered_until)) : Json()},
       {"url", wait.token.empty() ? std::string() : wait_url(base_url, wait)},
       {"created_at", format_time(wait.created_at)},
       {"updated_at", format_time(wait.updated_at)}});
}

}  // namespace flead::booking
