// What a booking is at Cal.com, made true here: whose it is, which of ours it is, what has become
// of it. One transaction; nothing here calls the network.
#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/bookings_store.h"
#include "core/booking/calcom_link.h"
#include "core/booking/calcom_store.h"
#include "core/booking/completion.h"
#include "core/booking/offers_store.h"
#include "core/intake/booking_link.h"

namespace flead::booking {

namespace {

struct CalcomScene {
  App& app;
  store::Tx& tx;
  tenants::Tenant tenant;
  Offer offer;
  const calcom::Booking& there;
  const CalcomNews& news;
};

using calcom_store::Known;

// ---- who ---------------------------------------------------------------------------------------

// Somebody who books by phone alone gets an address made of the number there: no address at all.
bool is_address_of_phone(const calcom::Attendee& who) {
  std::string digits;
  for (const char c : who.phone) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const std::string local = who.email.substr(0, who.email.find('@'));
  return !digits.empty() && (local == digits || local == "+" + digits);
}

intake::NewLead typed_there(const calcom::Attendee& who) {
  intake::NewLead lead;
  std::string name = repair_utf8(who.name);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  lead.name = utf8_prefix(name, k_name_characters_max);
  lead.phone = who.phone;
  if (!is_address_of_phone(who)) lead.email = who.email;
  const std::string_view language = std::string_view(who.language).substr(0, 2);
  if (language == "ru" || language == "en") lead.locale = language;
  if (const auto zone = Zone::load(who.zone)) lead.zone = zone->name();
  return lead;
}

// Nobody is turned away for a contact that we would not take: it is left out.
Result<intake::Lead> lead_of_contact(const CalcomScene& scene) {
  const calcom::Attendee& who = scene.there.attendee;
  intake::Origin origin;
  origin.source = k_calcom;
  origin.actor = k_calcom;
  origin.greet = false;   // Cal.com has just written to them
  origin.vouched = true;  // they agreed there, to a text that is not ours
  origin.content_type = "application/json";
  origin.raw_body =
      Json::object({{"name", who.name}, {"email", who.email}, {"phone", who.phone}}).dump();
  const intake::NewLead typed = typed_there(who);
  struct Contact {
    std::string email, phone;
  };
  for (const Contact& kept :
       {Contact{typed.email, typed.phone}, Contact{typed.email, ""}, Contact{"", typed.phone}}) {
    intake::NewLead input = typed;
    input.email = kept.email;
    input.phone = kept.phone;
    const auto checked = intake::check_new_lead(scene.tenant, {}, input, origin);
    if (checked) {
      FLEAD_TRY(auto made,
                intake::create(scene.app.world, scene.tx, scene.tenant, *checked, origin));
      return std::move(made.lead);
    }
    if (checked.error().kind != ErrorKind::refused) return checked.error();
  }
  intake::NewLead bare = typed;
  bare.email.clear();
  bare.phone.clear();
  return intake::create_from_channel(scene.app.world, scene.tx, scene.tenant, std::move(bare), "",
                                     origin);
}

// By the mark that our link carried, which only we can make; else by what was typed there.
Result<intake::Lead> person_there(const CalcomScene& scene) {
  if (const auto id = intake::read_lead_mark(scene.app.key, scene.there.mark)) {
    auto lead = intake::load(scene.tx, scene.tenant.id, *id);
    if (lead || lead.error().kind != ErrorKind::not_found) return lead;
  }
  return lead_of_contact(scene);
}

// ---- which -------------------------------------------------------------------------------------

// An uid that has a successor says nothing any more but where to look.
Status leave_behind(const CalcomScene& scene, std::optional<Known> known) {
  store::Tx& tx = scene.tx;
  const TenantId& tenant = scene.tenant.id;
  if (!known && !scene.there.moved_from.empty()) {
    FLEAD_TRY(auto before, calcom_store::known(tx, tenant, scene.there.moved_from));
    if (before) {
      before->next_uid = scene.there.uid;
      FLEAD_CHECK(calcom_store::put_known(tx, tenant, *before));
      known = Known{scene.there.uid, before->booking, "", false, 0};
    }
  }
  if (!known) {
    FLEAD_TRY(const auto next, calcom_store::known(tx, tenant, scene.there.moved_to));
    if (!next) return {};
    known = Known{scene.there.uid, next->booking, "", false, 0};
  }
  known->next_uid = scene.there.moved_to;
  known->changed_at = std::max(known->changed_at, scene.there.changed_at);
  return calcom_store::put_known(tx, tenant, *known);
}

// The booking that this one was before it was moved, where it is known and can still move.
Result<std::optional<Known>> follow_move(const CalcomScene& scene) {
  const TenantId& tenant = scene.tenant.id;
  FLEAD_TRY(auto before, calcom_store::known(scene.tx, tenant, scene.there.moved_from));
  if (!before) return std::optional<Known>();
  before->next_uid = scene.there.uid;
  FLEAD_CHECK(calcom_store::put_known(scene.tx, tenant, *before));
  FLEAD_TRY(const auto booking, load(scene.tx, tenant, before->booking));
  if (booking.lead && !next_state(booking.state, Action::move)) return std::optional<Known>();
  return std::optional<Known>(Known{scene.there.uid, before->booking, "", false, 0});
}

Result<std::optional<Known>> keep_new(const CalcomScene& scene) {
  using calcom::Status;
  const Status status = scene.there.status;
  const bool off = status == Status::cancelled || status == Status::rejected;
  if (off && scene.news.first_look) return std::optional<Known>();
  FLEAD_TRY(const intake::Lead lead, person_there(scene));
  KeptBooking input;
  input.offer = scene.offer;
  input.lead = lead;
  input.starts_at = scene.there.starts_at;
  input.ends_at = scene.there.ends_at;
  input.zone = scene.there.attendee.zone;
  input.asked = status == Status::pending || status == Status::rejected;
  input.by = k_calcom;
  FLEAD_TRY(const auto made, keep_booking(scene.app, scene.tx, scene.tenant, input));
  if (!scene.there.moved_from.empty()) {
    // What it was before may still be told, late, as if it stood.
    FLEAD_TRY(const auto before,
              calcom_store::known(scene.tx, scene.tenant.id, scene.there.moved_from));
    if (!before) {
      FLEAD_CHECK(calcom_store::put_known(
          scene.tx, scene.tenant.id,
          Known{scene.there.moved_from, made.id, scene.there.uid, false, 0}));
    }
  }
  return std::optional<Known>(Known{scene.there.uid, made.id, "", false, 0});
}

// ---- what --------------------------------------------------------------------------------------

Status act(const CalcomScene& scene, Action action, Booking& booking) {
  if (!next_state(booking.state, action)) return {};
  Change change;
  change.id = booking.id;
  change.action = action;
  change.starts_at = scene.there.starts_at;
  change.ends_at = scene.there.ends_at;
  change.reason = scene.there.reason;
  change.actor = k_calcom;
  change.by_keeper = true;
  FLEAD_TRY(booking, booking::change(scene.app, scene.tx, scene.tenant, change));
  return {};
}

// A meeting that was agreed on and then moved may wait for the host's word once more. It has been
// counted as booked, and its lead stays so until the answer.
Status wait_again(const CalcomScene& scene, Booking& booking) {
  booking.state = State::requested;
  booking.answered_at = scene.app.world.clock.now();
  booking.updated_at = *booking.answered_at;
  return update_booking(scene.tx, booking);
}

Status agree_again(const CalcomScene& scene, Booking& booking) {
  booking.state = State::confirmed;
  booking.updated_at = scene.app.world.clock.now();
  FLEAD_CHECK(update_booking(scene.tx, booking));
  FLEAD_CHECK(intake::add_event(scene.app.world, scene.tx, scene.tenant.id, *booking.lead,
                                "booking.confirmed", k_calcom,
                                Json::object({{"booking", booking.id.text()},
                                              {"offer", booking.offer_slug},
                                              {"starts_at", format_time(booking.starts_at)}})));
  return plan_completion(scene.app, scene.tx, scene.tenant, booking);
}

Status bring_state(const CalcomScene& scene, Booking& booking) {
  switch (scene.there.status) {
    case calcom::Status::accepted:
      if (booking.state != State::requested) return {};
      return booking.answered_at ? agree_again(scene, booking)
                                 : act(scene, Action::confirm, booking);
    case calcom::Status::pending:
      return booking.state == State::confirmed ? wait_again(scene, booking) : flead::Status();
    case calcom::Status::cancelled:
      return act(scene, Action::cancel, booking);
    case calcom::Status::rejected:
      return act(scene, booking.state == State::requested ? Action::decline : Action::cancel,
                 booking);
  }
  return {};
}

// Who came. That a meeting is over says nothing of it: it only ends the waiting for a word.
Status bring_attendance(const CalcomScene& scene, const Known& known, Booking& booking) {
  const TimeMs now = scene.app.world.clock.now();
  const bool absent = scene.there.attendee.absent;
  if (now < booking.starts_at) return {};
  if (absent && !known.absent) return act(scene, Action::no_show, booking);
  if (!absent && known.absent && booking.state == State::no_show) {
    return act(scene, Action::complete, booking);
  }
  if (!scene.news.ended || absent || now < booking.ends_at) return {};
  if (scene.there.status != calcom::Status::accepted || booking.state != State::confirmed) {
    return {};
  }
  FLEAD_TRY(const std::string after,
            tenants::setting(scene.app, scene.tx, scene.tenant.id, "booking.complete_after"));
  return after == "off" ? flead::Status() : act(scene, Action::complete, booking);
}

Status bring(const CalcomScene& scene, const Known& known, Booking& booking) {
  if (booking.kept_by != k_calcom) {  // it was ours while the connection was gone
    booking.kept_by = k_calcom;
    FLEAD_CHECK(update_booking(scene.tx, booking));
  }
  const bool off = scene.there.status == calcom::Status::cancelled ||
                   scene.there.status == calcom::Status::rejected;
  if (!off) FLEAD_CHECK(act(scene, Action::move, booking));
  FLEAD_CHECK(bring_state(scene, booking));
  return bring_attendance(scene, known, booking);
}

}  // namespace

Status apply_calcom(App& app, store::Tx& tx, const CalcomLink& link, const CalcomNews& news) {
  if (news.booking.event_type != link.event_type) return {};
  FLEAD_TRY(const auto still, calcom_store::by_id(tx, link.id));
  if (!still) return {};
  FLEAD_TRY(auto tenant, tenants::load(tx, link.tenant));
  FLEAD_TRY(auto offer, load_offer(tx, tenant.id, link.offer));
  FLEAD_CHECK(lock_host(tx, offer.host));
  const CalcomScene scene{app, tx, std::move(tenant), std::move(offer), news.booking, news};
  const calcom::Booking& there = news.booking;
  FLEAD_TRY(auto known, calcom_store::known(tx, scene.tenant.id, there.uid));
  if (!there.moved_to.empty()) return leave_behind(scene, std::move(known));
  if (known && (!known->next_uid.empty() || there.changed_at < known->changed_at)) return {};
  if (!known && !there.moved_from.empty()) {
    FLEAD_TRY(known, follow_move(scene));
  }
  if (!known) {
    FLEAD_TRY(known, keep_new(scene));
  }
  if (!known) return {};
  FLEAD_TRY(auto booking, load(tx, scene.tenant.id, known->booking));
  // Of a person who was erased nothing comes back.
  if (booking.lead) FLEAD_CHECK(bring(scene, *known, booking));
  known->absent = there.attendee.absent;
  known->changed_at = there.changed_at;
  return calcom_store::put_known(tx, scene.tenant.id, *known);
}

}  // namespace flead::booking
